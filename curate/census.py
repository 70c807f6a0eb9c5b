"""A first look at every row of a mix, on any worker, before the first is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from curate.assembly import Stretch
from curate.funnel import Timing, Timings
from curate.output.carried import Carried, survey
from curate.output.promises import Promises, Seen
from curate.output.token_lengths import count_rows
from curate.passage import Watch
from curate.recipe.model import Recipe
from curate.workers import Workers

COUNTING, CHECKING = "count tokens", "check the template"
"""What the looks spend their time on, as a build's timings call it."""


@dataclass(frozen=True)
class Census:
    """What all rows carry, how the chat template did on them, and how many tokens they have."""

    carried: Carried
    seen: tuple[Seen, ...]
    counted: pl.DataFrame | None
    """In the columns of `token_lengths.COUNTED`; None where nothing counts them."""
    timings: Timings


@dataclass(frozen=True)
class Look:
    """Some rows to look at, and the promises they are to show kept."""

    stretch: Stretch
    promises: Promises
    tokenizer: Path | None


def look(task: Look) -> tuple[Carried, Seen, pl.DataFrame | None, Timings]:
    """Look at some rows."""
    rows, promises = task.stretch.rows(), task.promises
    size = int(rows.estimated_size())
    counted, took = None, dict[str, Timing]()
    if task.tokenizer is not None:
        watch = Watch()
        counted = count_rows(rows, promises.kind, promises.template, task.tokenizer)
        took[COUNTING] = watch.stop(size)
    watch = Watch()
    seen = promises.look(rows)
    took[CHECKING] = watch.stop(size)
    return survey([rows]), seen, counted, Timings(took)


def take_census(recipe: Recipe, mix: Iterable[Stretch], workers: Workers) -> Census:
    """Look at all rows of a mix.

    Raises OutputError where records kept as they are do not have one set of columns.
    """
    promises = Promises.of(recipe)
    carried, seen, counted, timings = Carried(), list[Seen](), list[pl.DataFrame](), Timings()
    looks = [Look(stretch, promises, recipe.tokenizer) for stretch in mix]
    for carries, saw, has, took in workers.run(look, looks):
        carried |= carries
        seen.append(saw)
        counted += [] if has is None else [has]
        timings += took
    return Census(carried, tuple(seen), pl.concat(counted) if counted else None, timings)
