"""A first look at every row of a mix, on any worker, before the first is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from curate.assembly import Stretch
from curate.output.carried import Carried, survey
from curate.output.promises import Promises, Seen
from curate.recipe.model import Recipe
from curate.workers import Workers


@dataclass(frozen=True)
class Census:
    """What all rows carry, and how the chat template did on them."""

    carried: Carried
    seen: tuple[Seen, ...]


@dataclass(frozen=True)
class Look:
    """Some rows to look at, and the promises they are to show kept."""

    stretch: Stretch
    promises: Promises


def look(task: Look) -> tuple[Carried, Seen]:
    """Look at some rows."""
    rows = task.stretch.rows()
    return survey([rows]), task.promises.look(rows)


def take_census(recipe: Recipe, mix: Iterable[Stretch], workers: Workers) -> Census:
    """Look at all rows of a mix.

    Raises OutputError where records kept as they are do not have one set of columns.
    """
    promises = Promises.of(recipe)
    carried, seen = Carried(), list[Seen]()
    for carries, saw in workers.run(look, [Look(stretch, promises) for stretch in mix]):
        carried |= carries
        seen.append(saw)
    return Census(carried, tuple(seen))
