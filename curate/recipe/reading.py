"""Recipes read from YAML.

The files are composed into nodes that know their places, inheritance and variables are resolved on the
nodes, and the declared types of `curate.recipe.model` read what is left. All problems are reported at
once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from curate import shipped
from curate.errors import Place, Problem, RecipeError
from curate.recipe import layoutitems, paths
from curate.recipe.inheritance import MERGED, inherit
from curate.recipe.model import COUNTS, LayoutUse, Recipe, TokenizerFile
from curate.recipe.nodes import Entry, Node, Scalar, Table, kind
from curate.recipe.settling import settle
from curate.recipe.steplists import StepLists
from curate.recipe.values import Reader, Unreadable
from curate.recipe.variables import declared, given, literal, undeclared
from curate.recipe.writing import dump
from curate.spelling import did_you_mean
from curate.step import PackName, Step, TemplateUse

BESIDE = ("extends", *MERGED)
"""What a recipe's file may say beside the recipe's own fields."""


def load(path_or_name: str | Path, variables: Mapping[str, str] = {}) -> Recipe:
    """Read one recipe, by the path of its file or by the name it ships under.

    `variables` are values for names the recipe declares under `vars`; each is read by the type of the
    place where it is used. Raises RecipeError with every problem found.
    """
    file = find(path_or_name)
    if file.is_dir():
        names = ", ".join(path.name for path in _files(file)) or "none"
        raise RecipeError(
            Problem(f"'{path_or_name}' is a folder of recipes, not one", help=f"in it: {names}")
        )
    table = inherit(file)
    known = declared(table, [])
    strangers = [
        undeclared(name, text, known) for name, text in variables.items() if name not in known
    ]
    return _recipe(file, table, variables, strangers)


def load_pack(name_or_path: str, variables: Mapping[str, str]) -> Recipe:
    """Read a pack of test items that ships, or whose file this is.

    Of `variables` those it declares are used. Raises RecipeError with every problem found.
    """
    file = shipped.packs().get(name_or_path, Path(name_or_path)).absolute()
    return _recipe(file, inherit(file), variables)


def load_folder(path: str | Path, variables: Mapping[str, str] = {}) -> tuple[Recipe, ...]:
    """Read every recipe of a folder, in the order of their files' names.

    A file that starts with `_` or `base` and has no `sources` is there to be extended, and is no
    recipe. Raises RecipeError with every problem of every file.
    """
    folder = find(path)
    if not folder.is_dir():
        raise RecipeError(Problem(f"'{path}' is not a folder"))
    problems: list[Problem] = []
    tables: dict[Path, Table] = {}
    for file in _files(folder):
        try:
            table = inherit(file)
        except RecipeError as error:
            problems += error.problems
        else:
            if not file.name.startswith(("_", "base")) or table.get("sources") is not None:
                tables[file] = table
    known: dict[str, Scalar] = {}
    for table in tables.values():
        known |= declared(table, [])
    problems += [
        undeclared(name, text, known)
        for name, text in variables.items()
        if name not in known and tables
    ]
    recipes: list[Recipe] = []
    for file, table in tables.items():
        try:
            recipes.append(_recipe(file, table, variables))
        except RecipeError as error:
            problems += error.problems
    problems += _namesakes(recipes)
    if not tables and not problems:
        what, help_ = "there is no recipe in this folder", "a recipe is a .yaml file with  sources:"
        problems.append(Problem(what, Place(folder), help=help_))
    if problems:
        raise RecipeError(*dict.fromkeys(problems))
    return tuple(recipes)


def find(path_or_name: str | Path) -> Path:
    """Where a recipe, or a folder of recipes, lies; names that ship come first.

    Raises RecipeError where there is none.
    """
    known = shipped.recipes()
    if isinstance(path_or_name, str) and path_or_name in known:
        return known[path_or_name]
    path = Path(path_or_name)
    if path.exists():
        return path.absolute()
    beside = path.parent.iterdir() if path.parent.is_dir() else ()
    written = str(path_or_name).removesuffix(path.name)
    near = [written + file.name for file in beside if file.is_dir() or _is_recipe(file)]
    raise RecipeError(
        Problem(
            f"there is no recipe '{path_or_name}'",
            hint=did_you_mean(str(path_or_name), [*near, *known]),
            help=f"recipes that ship: {', '.join(known) or 'none'}",
        )
    )


def _recipe(
    file: Path, table: Table, variables: Mapping[str, str], problems: Iterable[Problem] = ()
) -> Recipe:
    """Read one recipe from its resolved table; of `variables` those it declares are used."""
    from curate.steps import step_types  # steps stand above recipes: looked up, not known

    found = list(problems)
    own = declared(table, found)
    values = own | {name: given(name, text) for name, text in variables.items() if name in own}
    reader = Reader(values, found, {Recipe: BESIDE})
    lists = StepLists(reader, step_types(), _groups(table, reader))
    packs: dict[str, Scalar] = {}
    reader.special += [
        (tuple[Step, ...], lists.read),
        (LayoutUse, partial(layoutitems.layout, reader=reader, places=lists.places)),
        (TemplateUse, partial(paths.template, reader=reader)),
        (TokenizerFile, partial(paths.tokenizer, reader=reader)),
        (PackName, partial(paths.pack, reader=reader, written=packs)),
    ]
    try:
        recipe = _built(file, table, reader, lists)
    except Unreadable:
        raise RecipeError(*_in_order(found)) from None
    text = dump(paths.portable(recipe, table, own, file.parent, packs))
    used = {name: literal(value).text for name, value in values.items()}
    known: dict[str, object] = {
        "path": file,
        "variables": used,
        "given": {name: text for name, text in variables.items() if name in own},
        "text": text,
        "places": dict(_counts(table)),
    }
    try:
        settled = settle(recipe, lists.places)
    except RecipeError as error:
        raise RecipeError(*_in_order(error.problems)) from error
    return settled.model_copy(update=known)


def _counts(table: Table) -> Iterator[tuple[str, Place]]:
    """Where each source says how many rows it gives."""
    sources = table.get("sources")
    for name, entry in sources.entries.items() if isinstance(sources, Table) else ():
        said = entry.value.entries if isinstance(entry.value, Table) else {}
        for field in COUNTS:
            if field in said:
                yield name, said[field].value.place


def _built(file: Path, table: Table, reader: Reader, lists: StepLists) -> Recipe:
    """The recipe with its files located, its steps not yet settled."""
    for name in lists.groups:
        with suppress(Unreadable):
            lists.group(name)
    sources = table.get("sources")
    _check_sources(sources, reader)
    fields = {name: entry for name, entry in table.entries.items() if name not in BESIDE}
    own = Table(fields, table.place)
    recipe = reader.build(Recipe, own, "a recipe", Place(file), name=file.stem)
    if reader.problems or not isinstance(sources, Table):
        raise Unreadable
    return paths.locate(recipe, sources, reader)


def _groups(table: Table, reader: Reader) -> dict[str, Entry]:
    node = table.get("groups")
    if node is None:
        return {}
    if not isinstance(node, Table):
        reader.fail(f"'groups' is a table of lists of steps, this is {kind(node)}", node.place)
        return {}
    return node.entries


def _check_sources(sources: Node | None, reader: Reader) -> None:
    """Note what types cannot say: shapes that do not exist."""
    from curate.shapes import shapes  # like the steps

    for entry in sources.entries.values() if isinstance(sources, Table) else ():
        fields = entry.value.entries if isinstance(entry.value, Table) else {}
        with suppress(KeyError, Unreadable):
            name = reader.scalar(fields["shape"].value)
            if name.text not in (known := ["auto", *shapes()]):
                what = f"there is no shape called '{name.text}'"
                hint = did_you_mean(name.text, known)
                reader.fail(what, name.place, hint=hint, help=f"shapes: {', '.join(known)}")


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if _is_recipe(file))


def _is_recipe(file: Path) -> bool:
    return file.suffix in (".yaml", ".yml") and file.is_file()


def _namesakes(recipes: Iterable[Recipe]) -> Iterator[Problem]:
    first: dict[str, Recipe] = {}
    for recipe in recipes:
        other = first.setdefault(recipe.name, recipe)
        if other is not recipe and recipe.path is not None and other.path is not None:
            what = f"'{recipe.name}' is also the name of {other.path.name}"
            yield Problem(what, Place(recipe.path), help="give each a  name:  of its own")


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, file by file, from top to bottom."""

    def position(problem: Problem) -> tuple[str, int, int]:
        place = problem.place or Place("")
        return str(place.file), place.line or 0, place.column or 0

    return sorted(dict.fromkeys(problems), key=position)
