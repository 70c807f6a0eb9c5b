"""A recipe's lock, written or moved."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from curate.errors import Problem, RecipeError
from curate.pins import Pins, make_lock, pin_source, read_pins, write_lock
from curate.recipe.lock import Lock, LockedSource, lock_of, read_lock
from curate.recipe.model import Recipe
from curate.references import pack_of, references
from curate.sources.hub.repository import Hub


@dataclass(frozen=True)
class Move:
    """A source whose pin is not what it was; None is no pin."""

    source: str
    before: LockedSource | None
    after: LockedSource | None


@dataclass(frozen=True)
class Locking:
    """A lock just written, and how it differs from the one that stood there."""

    path: Path
    lock: Lock
    moves: tuple[Move, ...]


def lock(recipe: Recipe, hub: Hub, upgrade: Collection[str] = ()) -> Locking:
    """Write a recipe's lock: sources keep the pins they have, those in `upgrade` move to what is there now.

    `upgrade` names them as the lock does; a pack's name, where no source has it, stands for all of the
    pack's. Fetches no data but footers. Raises RecipeError, StepError, SourceError or RemoteError.
    """
    path = lock_of(recipe)
    if path is None:
        raise RecipeError(Problem("a recipe made in Python has no file for a lock to stand beside"))
    before = read_lock(path)
    read, pins = references(recipe), read_pins(recipe)
    packs = {*upgrade} - read.keys()
    moving = {name for name in read if name in upgrade or pack_of(name) in packs}
    held = {name: pin for name, pin in pins.items() if name not in moving}
    sources = {name: held.get(name) or pin_source(one, hub) for name, one in read.items()}
    written = make_lock(recipe, sources)
    write_lock(path, written)
    was: Pins = {} if before is None else before.sources
    moves = [
        Move(name, was.get(name), sources.get(name))
        for name in dict.fromkeys([*sources, *was])
        if was.get(name) != sources.get(name)
    ]
    return Locking(path, written, tuple(moves))
