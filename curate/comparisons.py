"""Rows that set steps compare with and never drop."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from curate.errors import Problem, StepError
from curate.feeds import Prompts
from curate.output.manifest import read_manifest
from curate.partitions import Feed
from curate.recipe.model import Recipe, Source
from curate.sources.hub.repository import Hub
from curate.step import SetStep
from curate.supplies import open_source

HUB = "hub:"


def open_comparisons(recipe: Recipe, earlier: Sequence[str | Path], hub: Hub) -> list[Feed]:
    """The prompts of earlier mixes, and of all that the recipe's steps name under `against`.

    Raises StepError where a step of one source names any, OutputError where a folder is no finished mix, and
    what `open_source` raises of a repository.
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
    named = [
        name for step in recipe.steps if isinstance(step, SetStep) for name in step.compares_with()
    ]
    feeds: list[Feed] = [Prompts(Path(folder)) for folder in earlier]
    for name in dict.fromkeys(named):
        if name.startswith(HUB):
            feeds += _published(recipe, name.removeprefix(HUB), hub)
        else:
            feeds.append(_built(recipe, name))
    return feeds


def _built(recipe: Recipe, name: str) -> Prompts:
    """The prompts of a finished folder, which is named relative to the recipe's file."""
    folder = Path(name) if recipe.path is None else recipe.path.parent / name
    read_manifest(folder)
    return Prompts(folder)


def _published(recipe: Recipe, name: str, hub: Hub) -> Sequence[Feed]:
    """The rows of a data set on the Hub, `org/name` or `org/name@revision`, whose shape is recognised."""
    repository, _, revision = name.partition("@")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise StepError(
            Problem(
                f"'{HUB}{name}' names no data set",
                help="write hub:org/name, or hub:org/name@revision",
            )
        )
    source = Source(hub=repository, revision=revision or None, take="all")
    supply = open_source(recipe.model_copy(update={"sources": {name: source}}), name, hub)
    supply.ask(sys.maxsize)
    return supply.feeds
