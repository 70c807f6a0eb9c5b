"""Why rows are not in a finished mix: one row's story, or one step's.

All of it comes from the folder: the manifest's funnel, `rejects.parquet`, and what near-duplicates noted in
`explain.json`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from curate.errors import OutputError, Problem
from curate.funnel import Funnel, Stop
from curate.output.findings import read_notes
from curate.output.folder import REJECTED
from curate.output.manifest import read_manifest
from curate.output.reading import read_ids
from curate.output.tokenized import FILE as LEFT_OUT
from curate.spelling import did_you_mean

SHOWN = 8
"""Dropped rows, and kinds of reasons, that are told of a step."""
_REASON = r"^([^0-9“]*[^0-9“\s:])"
"""A measure up to its numbers and quotes: the kind of reason."""


@dataclass(frozen=True)
class StepStory:
    """What one step dropped.

    `sources` counts dropped rows by source, `reasons` by what their measures say before any number.
    `rows` are a few of them, in the columns of the rejects. `notes` is what the step noted, of which
    `outcomes` are those asked for.
    """

    stop: Stop
    rule: str
    sources: dict[str, int]
    reasons: dict[str, int]
    rows: list[dict[str, Any]]
    notes: dict[str, Any] = field(default_factory=dict[str, Any])
    outcomes: tuple[dict[str, Any], ...] = ()

    @property
    def dropped(self) -> int:
        """How many rows it dropped."""
        return sum(self.sources.values())


@dataclass(frozen=True)
class RowStory:
    """What became of one row: the split it is in, or the record of its drop.

    `stays` tells of the row because of which it was dropped, `left_out` is what a layout of token ids says of a
    row that it does not have.
    """

    id: str
    split: str | None = None
    reject: dict[str, Any] | None = None
    left_out: dict[str, Any] | None = None
    stays: RowStory | None = None


def explain_steps(
    folder: Path, name: str | None = None, what_if: Sequence[float] = ()
) -> list[StepStory]:
    """The stories of the steps of this name, or of all that dropped rows.

    `what_if` are similarities whose outcomes are wanted. Raises OutputError where the folder has no such
    step, or did not keep such an outcome.
    """
    stops = Funnel.from_json(read_manifest(folder).funnel).stops
    chosen = [stop for stop in stops if name in (None, stop.name, stop.key)]
    if not chosen:
        raise OutputError(
            Problem(
                f"no step of this mix is called '{name}', and no row",
                hint=did_you_mean(name or "", {stop.name for stop in stops}),
                help=f"steps: {', '.join(dict.fromkeys(stop.name for stop in stops))}",
            )
        )
    notes = read_notes(folder)
    rejects = pl.scan_parquet(folder / REJECTED)
    stories = [_step(stop, rejects, notes.get(stop.key, {}), what_if) for stop in chosen]
    return stories if name else [story for story in stories if story.dropped]


def _step(
    stop: Stop, rejects: pl.LazyFrame, notes: dict[str, Any], what_if: Sequence[float]
) -> StepStory:
    mine = rejects.filter(pl.col("step") == stop.key).collect()
    reason = pl.col("measure").str.extract(_REASON).fill_null("").alias("reason")
    return StepStory(
        stop,
        mine["threshold"][0] if mine.height else "",
        _counts(mine["source"]),
        {name: count for name, count in _counts(mine.select(reason).to_series()).items() if name},
        mine.head(SHOWN).to_dicts(),
        notes,
        tuple(_outcome(stop, notes, similarity) for similarity in what_if),
    )


def _counts(values: pl.Series) -> dict[str, int]:
    """How often each value occurs, the most frequent first."""
    return dict(sorted(values.value_counts().iter_rows(), key=lambda pair: (-pair[1], pair[0])))


def _outcome(stop: Stop, notes: dict[str, Any], similarity: float) -> dict[str, Any]:
    kept = notes.get("outcomes", [])
    for outcome in kept:
        if abs(outcome["similarity"] - similarity) < 1e-6:
            return outcome
    if not kept:
        raise OutputError(Problem(f"'{stop.name}' keeps no outcomes of other thresholds"))
    told = ", ".join(f"{outcome['similarity']:g}" for outcome in kept)
    raise OutputError(
        Problem(
            f"what '{stop.name}' would drop at {similarity:g} was not kept; kept are {told}",
            help=f"build with  {stop.name}: {{what_if: [{similarity:g}]}}",
        )
    )


def explain_row(folder: Path, start: str) -> RowStory | None:
    """The story of the one row whose id is this or begins so; None where there is none.

    A row that came through every step and was not drawn has left no trace. Raises OutputError where
    several ids begin so.
    """
    story = _row(folder, start)
    because: str | None = story.reject["because_of"] if story and story.reject else None
    return replace(story, stays=_row(folder, because)) if story and because else story


def _row(folder: Path, start: str) -> RowStory | None:
    begins = pl.col("id").str.starts_with(start)
    for split in read_manifest(folder).splits:
        row = _only(start, read_ids(folder, split).filter(begins))
        if row is not None:
            return RowStory(row["id"], split=split, left_out=_left_out(folder, row["id"]))
    reject = _left_out(folder, start) or _only(
        start, pl.scan_parquet(folder / REJECTED).filter(begins)
    )
    return None if reject is None else RowStory(reject["id"], reject=reject)


def _left_out(folder: Path, start: str) -> dict[str, Any] | None:
    """The record of the one such row that a layout of token ids left out."""
    file = folder / LEFT_OUT
    if not file.exists():
        return None
    return _only(start, pl.scan_parquet(file).filter(pl.col("id").str.starts_with(start)))


def _only(start: str, rows: pl.LazyFrame) -> dict[str, Any] | None:
    """The row whose id is `start`, or the only row."""
    found = rows.unique("id", maintain_order=True).collect()
    whole = found.filter(id=start)
    if whole.is_empty() and found.height > 1:
        raise OutputError(Problem(f"{found.height} ids begin with '{start}'", help="write more"))
    rows_ = (whole if whole.height else found).to_dicts()
    return rows_[0] if rows_ else None
