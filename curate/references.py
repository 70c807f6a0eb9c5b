"""Every source that the rows of a mix depend on: its own, those of packs, and what `against` names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from curate.errors import Problem, RecipeError, StepError
from curate.recipe.lock import origins
from curate.recipe.model import Recipe, Source
from curate.recipe.reading import load_pack
from curate.recipe.writing import dump
from curate.step import SetStep
from curate.steps.decontaminate import Decontaminate

HUB = "hub:"
"""What the name of a data set on the Hub begins with under `against`."""


@dataclass(frozen=True)
class Reference:
    """One source of a recipe: of the one that is built, of a pack, or of one made for what `against` names."""

    recipe: Recipe
    source: str
    origin: str
    """A digest of where it comes from, as `origins` says it."""

    @property
    def is_on_hub(self) -> bool:
        """Whether its records come from there."""
        return self.recipe.sources[self.source].hub is not None


def references(recipe: Recipe) -> dict[str, Reference]:
    """All of them, by the names a lock gives them: `chat`, `gsm8k/test`, `hub:org/name@revision`.

    Raises what `load_packs` raises, and StepError where `against` names no data set.
    """
    found = dict(_sources(recipe))
    for pack in load_packs(recipe).values():
        found |= {in_pack(pack, name): reference for name, reference in _sources(pack)}
    for name in comparisons(recipe):
        if name.startswith(HUB):
            ((_, found[name]),) = _sources(published(recipe, name))
    return found


def _sources(recipe: Recipe) -> Iterator[tuple[str, Reference]]:
    for name, origin in origins(recipe).items():
        yield name, Reference(recipe, name, origin)


def in_pack(pack: Recipe, source: str) -> str:
    """What a lock calls a source of a pack; its items are called so before their number."""
    return f"{pack.name}/{source}"


def pack_of(name: str) -> str | None:
    """The pack whose source a lock calls so, where it is one's."""
    pack, _, source = name.partition("/")
    return pack if source and not name.startswith(HUB) else None


def load_packs(recipe: Recipe) -> dict[str, Recipe]:
    """The packs that the recipe's steps name, by what the steps call them.

    Raises RecipeError where a pack cannot be read, or has the name of another.
    """
    steps = [*recipe.steps, *(step for one in recipe.sources.values() for step in one.steps)]
    searches = [step for step in steps if isinstance(step, Decontaminate)]
    files = dict.fromkeys(name for step in searches for name in step.against)
    packs = {file: load_pack(file, recipe.given) for file in files}
    first: dict[str, str] = {}
    for file, pack in packs.items():
        if first.setdefault(pack.name, file) != file:
            what = f"two packs are called '{pack.name}': {first[pack.name]} and {file}"
            help_ = "give one a  name:  of its own, for its items are called by it"
            raise RecipeError(Problem(what, help=help_))
    return packs


def comparisons(recipe: Recipe) -> dict[str, bool]:
    """The finished folders and data sets that the recipe's steps name under `against`.

    Says of each whether a step asks for more than its prompts.
    """
    found: dict[str, bool] = {}
    for step in (step for step in recipe.steps if isinstance(step, SetStep)):
        for name in step.compares_with():
            found[name] = found.get(name, False) or step.compares_whole()
    return found


def published(recipe: Recipe, name: str) -> Recipe:
    """The recipe with one source instead of its own: all of `hub:org/name` or `hub:org/name@revision`.

    Raises StepError where the name is none.
    """
    called = name.removeprefix(HUB)
    repository, _, revision = called.partition("@")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise StepError(
            Problem(
                f"'{name}' names no data set",
                help="write hub:org/name, or hub:org/name@revision",
            )
        )
    source = Source(hub=repository, revision=revision or None, take="all")
    text = dump({"sources": {called: {"hub": repository, "revision": source.revision}}})
    return recipe.model_copy(update={"sources": {called: source}, "text": text})
