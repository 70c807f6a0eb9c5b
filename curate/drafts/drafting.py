"""From what a first recipe is made: data, a repository, or another tool's configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import yaml

from curate.drafts import axolotl, llama_factory, mixture, trlm
from curate.drafts.data import draft_files, draft_repository
from curate.drafts.draft import Draft
from curate.drafts.places import is_data, moved
from curate.errors import OutputError, Place, Problem, RecipeError
from curate.recipe.model import REPOSITORY
from curate.sources.hub.repository import Hub

Table = dict[str, Any]

FORMS: tuple[tuple[Callable[[Table], bool], Callable[[Table, Path], Draft]], ...] = (
    (lambda said: "dataset_mixture" in said or "dataset_name" in said, mixture.draft),
    (lambda said: _each(said.get("datasets"), "entries", "name", "split"), trlm.draft),
    (lambda said: "base_model" in said or _each(said.get("datasets"), "type"), axolotl.draft),
    (lambda said: _each(said.get("datasets"), "path"), mixture.draft),
    (
        lambda said: _each(list(said.values()), *llama_factory.PLACES, some=True),
        llama_factory.draft,
    ),
)
"""How to tell whose configuration a table is, and what makes a recipe of it; the first that fits counts."""


def draft(origin: str, target: Path, config: str | None, hub: Hub) -> Draft:
    """A first recipe, to be written into the folder `target`.

    `origin` is a file or folder of data, a repository of the Hub, or a configuration. Raises CurateError
    where it cannot be read, or is none of these.
    """
    path = Path(origin).expanduser()
    if path.is_dir():
        return _moved(draft_files(path, hub), path, target)
    if path.is_file():
        said = _configuration(path)
        if said is None:
            return _moved(draft_files(path, hub), path.parent, target)
        for is_so, make in FORMS:
            if is_so(said):
                return _moved(make(said, path), path.parent, target)
        raise _unknown(path)
    if re.fullmatch(REPOSITORY, origin) and "/" in origin and not is_data(origin):
        return draft_repository(origin, config, hub)
    what = f"there is no file '{origin}', and it is no repository of the Hub"
    raise RecipeError(Problem(what, help="name data, a configuration, or a repository as org/name"))


def write(made: Draft, file: Path) -> None:
    """Write a draft where nothing stands yet. Raises OutputError where something does."""
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(made.as_text())
    except FileExistsError as error:
        what = f"{file} is there already; it is left as it is"
        raise OutputError(Problem(what, help="Name another file.")) from error
    except OSError as error:
        raise OutputError(f"{file} cannot be written: {error.strerror or error}") from error


def _configuration(path: Path) -> Table | None:
    """What a configuration says; None for a file that holds data."""
    if path.suffix not in (".yaml", ".yml", ".json") or path.stat().st_size > 4 << 20:
        if is_data(path.name):
            return None
        raise _unknown(path)
    try:
        text = path.read_text(encoding="utf-8")
        said: Any = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        if path.suffix == ".json":
            return None  # its reader says what is wrong, and where
        raise RecipeError(Problem(f"this is not YAML: {error}", Place(path))) from error
    if isinstance(said, dict):
        table = cast("Table", said)
        if path.suffix != ".json" or any(is_so(table) for is_so, _ in FORMS):
            return table
    return None if path.suffix == ".json" else {}


def _each(several: Any, *names: str, some: bool = False) -> bool:
    """Whether these are tables, each with all of the names, or with `some` of them."""
    if not isinstance(several, list) or not several:
        return False
    there = any if some else all
    tables = cast("list[Any]", several)
    return all(isinstance(one, dict) and there(name in one for name in names) for one in tables)


def _unknown(path: Path) -> RecipeError:
    return RecipeError(
        Problem(
            "this is neither data nor a configuration that is known",
            Place(path),
            help="known are data configurations of trlm, TRL, open-r1 and axolotl, and LLaMA-Factory's dataset_info.json",
        )
    )


def _moved(made: Draft, home: Path, target: Path) -> Draft:
    """The draft with paths seen from the folder it is written to."""
    sources = {
        name: replace(source, fields=moved(dict(source.fields), home.absolute(), target.absolute()))
        for name, source in made.sources.items()
    }
    return replace(made, sources=sources)
