"""A recipe with what it inherits.

`extends: base.yaml` names a file beside the recipe, or a recipe that ships. The child's top-level keys
replace the parent's; the tables `vars` and `groups` merge name by name; nothing merges deeper. A name is
never inherited.
"""

from __future__ import annotations

import os.path
from pathlib import Path

from curate import shipped
from curate.errors import Problem, RecipeError
from curate.recipe.nodes import Entry, Node, Scalar, Table, compose, kind
from curate.spelling import did_you_mean

MERGED = ("vars", "groups")
"""The tables that merge name by name."""


def inherit(file: Path, below: tuple[Path, ...] = ()) -> Table:
    """Read a recipe's file on top of those it extends.

    `below` holds the files that led here. Raises RecipeError where a file cannot be read, or the
    files extend each other in a circle.
    """
    table = compose(file)
    node = table.get("extends")
    if node is None:
        return table
    parent = _parent(node, file)
    chain = (*below, file)
    if parent in chain:
        circle = " → ".join(path.name for path in (*chain[chain.index(parent) :], parent))
        raise RecipeError(Problem(f"these recipes extend each other: {circle}", node.place))
    inherited = inherit(parent, chain).entries
    kept = {name: entry for name, entry in inherited.items() if name not in ("name", "extends")}
    return Table(kept | _merged(table.entries, inherited), table.place)


def _merged(own: dict[str, Entry], inherited: dict[str, Entry]) -> dict[str, Entry]:
    merged = dict(own)
    for name in MERGED:
        if name not in own or name not in inherited:
            continue
        above, below = inherited[name].value, own[name].value
        if isinstance(above, Table) and isinstance(below, Table):
            entries = above.entries | below.entries
            merged[name] = Entry(own[name].key, Table(entries, below.place))
    return merged


def _parent(node: Node, file: Path) -> Path:
    if not isinstance(node, Scalar) or node.is_null:
        what = f"'extends' names one recipe, this is {kind(node)}"
        raise RecipeError(Problem(what, node.place))
    known = shipped.recipes()
    if node.text in known and known[node.text].is_file():
        return known[node.text]
    parent = beside(file, node.text)
    if parent.is_file():
        return parent
    siblings = [path.name for path in file.parent.glob("*.yaml") if path != file]
    raise RecipeError(
        Problem(
            f"there is no recipe '{node.text}' beside this one",
            node.place,
            hint=did_you_mean(node.text, siblings),
        )
    )


def beside(file: Path, path: str) -> Path:
    """A path written in a file, seen from that file's folder; `..` is resolved, links are not."""
    return Path(os.path.normpath(file.parent / path))
