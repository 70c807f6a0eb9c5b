"""The paths a recipe names, found from where they were written.

A relative path is relative to the file it stands in, one given on the command line to the working
folder. For the recipe's text paths are put as they were written, variables and all: where things lie on
one machine is nobody else's business.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from curate import shipped
from curate.errors import CurateError, Place
from curate.recipe.inheritance import beside
from curate.recipe.model import Recipe, Source
from curate.recipe.nodes import Items, Node, Scalar, Table
from curate.recipe.values import Reader
from curate.recipe.variables import escape, used
from curate.recipe.writing import plain
from curate.spelling import did_you_mean
from curate.step import TemplateUse

MODEL = r"[\w-][\w.-]*/[\w-][\w.-]*(@[\w./-]+)?"
"""A model of the Hub, at a branch, tag or commit if one is named."""


BROUGHT = "template/"
"""The folder in which a finished mix has a template that does not ship, as a model's folder has it. In the
recipe's text it has this name wherever it was found, so that a finished folder is built again from itself."""


def template(node: Node, reader: Reader) -> TemplateUse:
    """A template by name, by path, or as a table: `use` beside the values given to it."""
    if not isinstance(node, Table):
        return TemplateUse(_template(reader.scalar(node, "a template"), reader))
    given = {name: reader.value(entry.value, Any) for name, entry in node.entries.items()}
    tokens: dict[str, str | None] = {}
    for name in ("bos_token", "eos_token"):
        value = node.get(name)
        tokens[name] = None if value is None else reader.value(value, str | None)
    use = node.get("use")
    path = (
        shipped.templates()[shipped.DEFAULT_TEMPLATE]
        if use is None
        else _template(reader.scalar(use, "a template"), reader)
    )
    variables = {name: value for name, value in given.items() if name not in {*tokens, "use"}}
    return TemplateUse(path, tokens["bos_token"], tokens["eos_token"], variables)


def _template(scalar: Scalar, reader: Reader) -> Path:
    names = shipped.templates()
    if scalar.text in names:
        return names[scalar.text]
    path = _absolute(scalar)
    if path.exists():
        return path
    raise reader.fail(
        f"there is no template '{scalar.text}', neither by that name nor at that path",
        scalar.place,
        hint=did_you_mean(scalar.text, names),
        help=f"templates that ship: {', '.join(names)}",
    )


def tokenizer(node: Node, reader: Reader) -> Path:
    """The tokenizer.json a recipe names: itself, by its folder, or by a model of the Hub."""
    from curate.hub.tokenizers import fetch_tokenizer  # the Hub stands above recipes

    scalar = reader.scalar(node, "a path")
    file = _tokenizer_here(scalar)
    if file is not None:
        return file
    if not re.fullmatch(MODEL, scalar.text):
        raise reader.fail(
            f"there is no tokenizer at '{scalar.text}'",
            scalar.place,
            help="name a tokenizer.json, a folder that holds one, or a model of the Hub as `org/name`",
        )
    model, _, revision = scalar.text.partition("@")
    try:
        return fetch_tokenizer(model, revision or None)
    except CurateError as error:
        (problem,) = error.problems
        raise reader.fail(problem.what, scalar.place, help=problem.help) from error


def _tokenizer_here(scalar: Scalar) -> Path | None:
    path = _absolute(scalar)
    file = path / "tokenizer.json" if path.is_dir() else path
    return file if file.is_file() else None


def pack(node: Node, reader: Reader, written: dict[str, Scalar]) -> str:
    """A pack of test items: its name where it ships, else its path, noted as it was `written`."""
    scalar = reader.scalar(node, "a pack")
    names = shipped.packs()
    if scalar.text in names:
        return scalar.text
    path = _absolute(scalar)
    if not path.is_file():
        raise reader.fail(
            f"there is no pack '{scalar.text}', neither by that name nor at that path",
            scalar.place,
            hint=did_you_mean(scalar.text, names),
            help=f"packs that ship: {', '.join(names)}",
        )
    if isinstance(node, Scalar):
        written[str(path)] = node
    return str(path)


def locate(recipe: Recipe, sources: Table, reader: Reader) -> Recipe:
    """The recipe with an absolute root for every source of files."""
    located: dict[str, Source] = {}
    for name, source in recipe.sources.items():
        table = sources.get(name)
        if source.files is None or source.hub is not None or not isinstance(table, Table):
            located[name] = source
            continue
        root = table.get("root")
        folder = _base(table) if root is None else _absolute(reader.scalar(root))
        files = tuple(_file(node, reader) for node in _files(table))
        located[name] = source.model_copy(update={"root": str(folder), "files": files})
    return recipe.model_copy(update={"sources": located})


def portable(
    recipe: Recipe,
    table: Table,
    variables: dict[str, Scalar],
    folder: Path,
    packs: Mapping[str, Scalar],
) -> dict[str, Any]:
    """What the recipe says, with its paths as they were written, seen from `folder`.

    `variables` are those the recipe's files declare; the ones that paths begin with stay. `packs`
    are the scalars that name packs, by the paths they stand for.
    """
    said = plain(recipe)
    kept: set[str] = set()

    def written(scalar: Scalar) -> str:
        name = used(scalar.text)
        if name is not None:
            kept.add(name)
            return scalar.text
        home = _home(scalar.place)
        if home == folder or Path(scalar.text).is_absolute():
            return scalar.text
        return _seen_from(folder, beside(home / "recipe", scalar.text))

    told = {path: written(scalar) for path, scalar in packs.items()}
    for fields in (said, *said["sources"].values()):
        if "steps" in fields:
            fields["steps"] = _renamed(fields["steps"], told)
    for name, source in recipe.sources.items():
        fields, node = said["sources"][name], _inner(table, "sources", name)
        if source.files is None or source.hub is not None or not isinstance(node, Table):
            continue
        fields["files"] = [scalar.text for scalar in _files(node)]
        kept |= {name for scalar in _files(node) if (name := used(scalar.text))}
        root = node.get("root")
        if isinstance(root, Scalar):
            fields["root"] = written(root)
        elif _base(node) != folder:
            fields["root"] = _seen_from(folder, _base(node))
        else:
            del fields["root"]
    if recipe.template.path not in shipped.templates().values():
        if isinstance(said["template"], dict):
            said["template"]["use"] = BROUGHT
        else:
            said["template"] = BROUGHT
    path = table.get("tokenizer")
    if isinstance(path, Scalar) and recipe.tokenizer is not None:
        is_here = used(path.text) or _tokenizer_here(path)
        said["tokenizer"] = written(path) if is_here else path.text
    if kept:
        said = {"vars": {name: written(variables[name]) for name in sorted(kept)}} | said
    return said


def _renamed(said: Any, names: Mapping[str, str]) -> Any:
    """Tables, lists and texts with every text that has another name told by it."""
    match said:
        case str():
            return names.get(said, said)
        case dict():
            table = cast("dict[str, Any]", said)
            return {key: _renamed(value, names) for key, value in table.items()}
        case list():
            return [_renamed(value, names) for value in cast("list[Any]", said)]
        case _:
            return said


def _inner(table: Table, outer: str, name: str) -> Node | None:
    node = table.get(outer)
    return node.get(name) if isinstance(node, Table) else None


def _files(source: Table) -> tuple[Scalar, ...]:
    node = source.get("files")
    nodes = node.values if isinstance(node, Items) else (node,)
    return tuple(scalar for scalar in nodes if isinstance(scalar, Scalar))


def _file(node: Scalar, reader: Reader) -> str:
    """A path below the source's root, or an absolute one where a variable says where it begins."""
    scalar = reader.scalar(node)
    return str(_absolute(scalar)) if used(node.text) else scalar.text


def _base(source: Table) -> Path:
    """Where a source's files lie when it names no root."""
    return _home(source.entries["files"].key.place)


def _home(place: Place) -> Path:
    """The folder a relative path is relative to."""
    return place.file.parent if isinstance(place.file, Path) else Path.cwd()


def _absolute(scalar: Scalar) -> Path:
    return beside(_home(scalar.place) / "recipe", scalar.text)


def _seen_from(folder: Path, path: Path) -> str:
    return escape(Path(os.path.relpath(path, folder)).as_posix())
