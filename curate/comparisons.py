"""Rows that set steps compare with and never drop."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from curate.errors import Problem, StepError
from curate.feeds import Finished
from curate.output.manifest import read_manifest
from curate.output.reading import need_turns
from curate.partitions import Feed
from curate.pins import Pins
from curate.recipe.lock import LockedSource
from curate.recipe.model import Recipe
from curate.references import HUB, comparisons, published
from curate.sources.hub.repository import Hub
from curate.step import SetStep
from curate.supplies import open_source


def open_comparisons(
    recipe: Recipe, earlier: Sequence[str | Path], hub: Hub, pins: Pins
) -> list[Feed]:
    """The prompts of earlier mixes, and the rows of all that the recipe's steps name under `against`.

    `pins` are what the recipe's lock says of them. Raises StepError where a step of one source names any,
    OutputError where a folder is no finished mix, and what `open_source` raises of a repository.
    """
    for name, source in recipe.sources.items():
        for step in source.steps:
            if isinstance(step, SetStep) and step.compares_with():
                raise StepError(
                    Problem(
                        f"'{step.name}' of source '{name}' cannot look beyond it",
                        help="write the step with `against` among the recipe's own steps",
                    )
                )
    feeds: list[Feed] = [Finished(Path(folder)) for folder in earlier]
    for name, is_whole in comparisons(recipe).items():
        if name.startswith(HUB):
            feeds += _published(published(recipe, name), hub, pins.get(name))
        else:
            feeds.append(_built(recipe, name, is_whole=is_whole))
    return feeds


def _built(recipe: Recipe, name: str, *, is_whole: bool) -> Finished:
    """The rows of a finished folder, which is named relative to the recipe's file."""
    folder = Path(name) if recipe.path is None else recipe.path.parent / name
    read_manifest(folder)
    if is_whole:
        need_turns(folder)
    return Finished(folder, is_whole)


def _published(recipe: Recipe, hub: Hub, pin: LockedSource | None) -> Sequence[Feed]:
    """The rows of the one data set on the Hub that a recipe reads; their shape is recognised."""
    (name,) = recipe.sources
    supply = open_source(recipe, name, hub, pin)
    supply.ask(sys.maxsize)
    return supply.feeds
