"""`curate lock`: which exact revisions and files are used?"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.cli.options import Cache, Json, Recipes, Set, assignments
from curate.errors import Problem, RecipeError

if TYPE_CHECKING:
    from curate.recipe.model import Recipe


def lock(
    recipes: Recipes,
    upgrade: Annotated[
        bool,
        typer.Option(
            "--upgrade",
            help="Move all sources, or those named, to what is there now, and show what moved.",
        ),
    ] = False,
    variables: Set = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Write down which commits, files and versions recipes use, each in a file RECIPE.lock beside it.

    RECIPE is a file or a folder of recipes. `curate build` keeps to a lock, and `curate build --locked` insists on one. What is locked stays; --upgrade moves it: `curate lock RECIPE --upgrade` all sources, `curate lock RECIPE --upgrade NAME` one. Packs of test items are locked like sources, called as in `gsm8k` or `gsm8k/test`, and so is what `against` names, called as there, `hub:org/name`.
    """
    from curate.cli.draw_lock import draw_locking
    from curate.cli.terminal import Terminal, print_json
    from curate.locking import lock as write
    from curate.recipes import load_all, named
    from curate.references import references
    from curate.sources.hub.cache import Cache as Kept
    from curate.sources.hub.repository import Hub

    names, sources = _told_apart(recipes) if upgrade else (recipes, [])
    loaded = load_all(names, assignments(variables))
    _check_sources(loaded, sources)
    hub, told = Hub(Kept.at(cache)), list[dict[str, Any]]()
    for recipe in loaded:
        with named(recipe):
            moving = (sources or list(references(recipe))) if upgrade else ()
            locking = write(recipe, hub, moving)
        if as_json:
            lock_ = locking.lock.model_dump(mode="json")
            moves = [_plain(asdict(move)) for move in locking.moves]
            told.append({"path": str(locking.path), "lock": lock_, "moves": moves})
        else:
            draw_locking(Terminal(), locking)
    if as_json:
        print_json({"locks": told})


def _told_apart(words: list[str]) -> tuple[list[str], list[str]]:
    """Of the words of a command the recipes, and the sources to move."""
    from curate.recipe.reading import find

    recipes: list[str] = []
    for word in words:
        with suppress(RecipeError):
            find(word)
            recipes.append(word)
    return (recipes, [word for word in words if word not in recipes]) if recipes else (words, [])


def _check_sources(recipes: list[Recipe], names: list[str]) -> None:
    from curate.references import pack_of, references
    from curate.spelling import did_you_mean

    locked = [name for recipe in recipes for name in references(recipe)]
    packs = [pack for name in locked if (pack := pack_of(name))]
    known = list(dict.fromkeys([*locked, *packs]))
    problems = [
        Problem(
            f"there is neither a recipe nor a source '{name}'",
            hint=did_you_mean(name, known),
            help=f"sources: {', '.join(known)}",
        )
        for name in names
        if name not in known
    ]
    if problems:
        raise RecipeError(*problems)


def _plain(move: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.model_dump(mode="json") if hasattr(value, "model_dump") else value
        for name, value in move.items()
    }
