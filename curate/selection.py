"""Set steps taken over the rows of many partitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate import fingerprint
from curate.funnel import Count, Stop, Timing
from curate.partitions import Batch, Kept
from curate.passage import Watch, judging, rejected
from curate.phases import PlacedSet
from curate.reordering import Bucket, scatter
from curate.rows import MESSAGE
from curate.shelf import Partition
from curate.step import Choice, Facts
from curate.texts import PartitionTexts, first_rows, located

RECORDED = 65_536
"""Dropped rows written down at a time."""


@dataclass
class Selected:
    """What set steps left of the rows, and made of them."""

    alive: NDArray[np.bool_]
    pairs: pl.DataFrame | None = None
    """Rows `chosen` and `rejected`, where the last step makes preference rows."""
    rejects: list[Path] = field(default_factory=list[Path])
    """Parquet files of the rows dropped, in the columns of `funnel.REJECTS`."""
    counts: dict[int, dict[int, Count]] = field(default_factory=dict[int, dict[int, Count]])
    """By the source's position in the recipe, then the stop's."""
    timings: dict[str, Timing] = field(default_factory=dict[str, Timing])
    notes: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """What choices have to tell beside their drops, by the stop's key."""


def select(
    partitions: Sequence[Partition],
    sets: Sequence[PlacedSet],
    sources: tuple[str, ...],
    folder: Path,
) -> Selected:
    """Take all rows of the partitions through set steps, in the order written.

    What is dropped is recorded in files in `folder`.
    """
    files = tuple(partition.facts for partition in partitions)
    firsts = first_rows(partitions)
    texts = PartitionTexts(partitions)
    height = sum(partition.height for partition in partitions)
    selected = Selected(np.ones(height, dtype=np.bool_))
    owner = _column(files, "source", np.uint16)
    for placed in sets:
        watch = Watch()
        seen = selected.alive & (placed.step.sees_earlier() | (owner < len(sources)))
        facts = Facts(files, firsts, pl.Series(seen), texts, sources)
        entering = np.bincount(owner[selected.alive], minlength=len(sources) + 1)
        made = np.zeros_like(entering)
        with judging(placed.step):
            if isinstance(placed.step, Choice):
                dropped = placed.step.drop(facts).sort("row")
                leaving = dropped["row"].to_numpy()
                selected.alive[leaving] = False
                if facts.notes:
                    selected.notes[placed.stop.key] = facts.notes
                selected.rejects += _recorded(dropped, placed.step, placed.stop, facts, folder)
            else:
                selected.pairs = placed.step.pair(facts)
                chosen = selected.pairs["chosen"].to_numpy()
                made = np.bincount(owner[chosen], minlength=len(sources) + 1)
                leaving = np.flatnonzero(selected.alive)
                selected.alive[:] = False
        gone = np.bincount(owner[leaving], minlength=len(sources) + 1)
        for source in np.flatnonzero(entering[: len(sources)]):
            count = Count(int(entering[source]), int(gone[source]), 0, int(made[source]))
            selected.counts.setdefault(int(source), {})[placed.stop.position] = count
        selected.timings[placed.stop.key] = watch.stop()
    return selected


def _recorded(
    dropped: pl.DataFrame, step: Choice, stop: Stop, facts: Facts, folder: Path
) -> Iterator[Path]:
    """Write down which rows a choice dropped and why, some at a time."""
    for number, rows in enumerate(dropped.iter_slices(RECORDED)):
        named = _named(facts.files, facts.first_rows, rows["row"], facts.sources)
        causes = rows["because_of"].drop_nulls()
        because = _named(facts.files, facts.first_rows, causes, facts.sources)
        joined = rows.join(named, on="row", maintain_order="left").join(
            because.select(pl.col("row").alias("because_of"), pl.col("id").alias("because")),
            on="because_of",
            how="left",
            maintain_order="left",
        )
        records = rejected(joined, stop, pl.col("measure"), step.threshold(), pl.col("because"))
        file = folder / f"{stop.position:04d}-{number:05d}.dropped"
        records.write_parquet(file)
        yield file


def _named(
    files: Sequence[Path], firsts: Sequence[int], rows: pl.Series, sources: tuple[str, ...]
) -> pl.DataFrame:
    """The ids and sources of rows, as `row`, `id` and `source`."""
    names = pl.Series([*sources, "earlier mix"], dtype=pl.String)
    frames = [pl.DataFrame(schema={"row": pl.UInt32, "id": pl.String, "source": pl.String})]
    for index, here, places in located(rows, firsts):
        facts = pl.read_parquet(files[index], columns=["id", "source"])[places]
        frames.append(
            pl.DataFrame({"row": here, "id": facts["id"], "source": names[facts["source"]]})
        )
    return pl.concat(frames)


def _column(files: Sequence[Path], name: str, dtype: type[np.uint16]) -> NDArray[np.uint16]:
    parts = [pl.read_parquet(file, columns=[name])[name].to_numpy() for file in files]
    return np.concatenate([np.empty(0, dtype), *parts])


def keep(partitions: Sequence[Partition], alive: NDArray[np.bool_]) -> Iterator[Kept]:
    """The partitions again, as feeds of the rows that are still in."""
    for partition, first in zip(partitions, first_rows(partitions), strict=True):
        here = alive[first : first + partition.height]
        stamp = fingerprint.digest_bytes(partition.stem.name.encode(), here.tobytes()).hex()
        yield Kept(partition, here.tobytes(), stamp)


# Pairs ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Joined:
    """Preference rows made of pairs of conversations that share their prompt."""

    bucket: Bucket
    source: str

    @property
    def stamp(self) -> str:
        """What changes when the pairs do."""
        return self.bucket.stamp

    @property
    def weight(self) -> int:
        """The bucket itself."""
        return 1

    @property
    def arrived(self) -> None:
        """A pair's two rows may have arrived apart."""

    def batches(self, skipped: int) -> Iterator[Batch]:
        """The bucket's pairs, in order."""
        del skipped
        halves = self.bucket.gather()
        joined = join(self.source, halves.gather_every(2), halves.gather_every(2, 1))
        yield Batch(joined, weight=self.weight)


def pair_up(
    partitions: Sequence[Partition], pairs: pl.DataFrame, source: str, folder: Path
) -> list[Joined]:
    """Bring the two conversations of each pair together, as feeds of preference rows."""
    rows = np.stack([pairs["chosen"].to_numpy(), pairs["rejected"].to_numpy()], axis=1)
    stamp = fingerprint.digest_bytes(
        rows.tobytes(), *(p.stem.name.encode() for p in partitions)
    ).hex()
    positions = np.arange(rows.size, dtype=np.int64)
    flat = np.ascontiguousarray(rows.reshape(-1), dtype=np.uint32)
    return [
        Joined(bucket, source) for bucket in scatter(partitions, flat, positions, folder, stamp)
    ]


def join(source: str, chosen: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """Make preference rows of conversations, the i-th chosen with the i-th rejected.

    The prompt is all turns of `chosen` but its last. Kept columns are those of `chosen`; where there is a
    `score`, `margin` tells by how much it is higher than that of `rejected`.
    """
    turns = pl.col("messages")
    ids = [
        fingerprint.digest(source, one, other).hex()
        for one, other in zip(chosen["id"], rejected["id"], strict=True)
    ]
    joined = chosen.drop("position").with_columns(
        pl.Series("id", ids, dtype=pl.String),
        turns.list.slice(0, turns.list.len() - 1).alias("messages"),
        turns.list.tail(1).cast(pl.List(MESSAGE)).alias("chosen"),
        rejected.select(turns.list.tail(1).cast(pl.List(MESSAGE)).alias("rejected")).to_series(),
    )
    if "score" not in chosen.columns:
        return joined
    return joined.with_columns((pl.col("score") - rejected["score"]).alias("margin"))
