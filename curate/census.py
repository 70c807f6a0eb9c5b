"""A first look at every row of a mix, on any worker, before the first is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from curate.assembly import Stretch
from curate.output.carried import Carried, survey
from curate.output.promises import Promises, Seen
from curate.output.token_lengths import count_rows
from curate.recipe.model import Recipe
from curate.workers import Workers


@dataclass(frozen=True)
class Census:
    """What all rows carry, how the chat template did on them, and how many tokens they have."""

    carried: Carried
    seen: tuple[Seen, ...]
    counted: pl.DataFrame | None
    """In the columns of `token_lengths.COUNTED`; None where nothing counts them."""


@dataclass(frozen=True)
class Look:
    """Some rows to look at, and the promises they are to show kept."""

    stretch: Stretch
    promises: Promises
    tokenizer: Path | None


def look(task: Look) -> tuple[Carried, Seen, pl.DataFrame | None]:
    """Look at some rows."""
    rows, promises = task.stretch.rows(), task.promises
    counted = None
    if task.tokenizer is not None:
        counted = count_rows(rows, promises.kind, promises.template, task.tokenizer)
    return survey([rows]), promises.look(rows), counted


def take_census(recipe: Recipe, mix: Iterable[Stretch], workers: Workers) -> Census:
    """Look at all rows of a mix.

    Raises OutputError where records kept as they are do not have one set of columns.
    """
    promises = Promises.of(recipe)
    carried, seen, counted = Carried(), list[Seen](), list[pl.DataFrame]()
    looks = [Look(stretch, promises, recipe.tokenizer) for stretch in mix]
    for carries, saw, has in workers.run(look, looks):
        carried |= carries
        seen.append(saw)
        counted += [] if has is None else [has]
    return Census(carried, tuple(seen), pl.concat(counted) if counted else None)
