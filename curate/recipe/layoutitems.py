"""One layout of a recipe: a name, or a name with the fields of its layout."""

from __future__ import annotations

from typing import get_args

from curate.errors import Place
from curate.recipe.model import FIELDED, Layout, PlainLayout, TokenUse
from curate.recipe.nodes import Node, Scalar, Table
from curate.recipe.values import Reader
from curate.spelling import did_you_mean


def layout(node: Node, reader: Reader, places: dict[int, Place]) -> PlainLayout | TokenUse:
    """Read one layout; where one with fields stands is noted in `places` by its `id`.

    Notes every problem; raises Unreadable where there was any.
    """
    if not isinstance(node, Table):
        name: PlainLayout | str = reader.value(node, Layout)
        fields, place = Table({}, node.place), node.place
        if name not in FIELDED:
            return reader.value(node, PlainLayout)
    elif len(node.entries) != 1:
        what = f"a layout is one name with its fields, this has {', '.join(node.entries) or 'none'}"
        raise reader.fail(what, node.place, help="write it as  - tokens: {mask: assistant}")
    else:
        ((name, entry),) = node.entries.items()
        place = entry.key.place
        if name not in FIELDED:
            raise _without_fields(name, place, reader)
        empty = isinstance(entry.value, Scalar) and entry.value.is_null
        fields = Table({}, place) if empty else entry.value
        if not isinstance(fields, Table):
            named = ", ".join(FIELDED[name].model_fields)
            what = f"layout '{name}' takes a table of fields"
            raise reader.fail(what, fields.place, help=f"its fields: {named}")
    made = reader.build(FIELDED[name], fields, f"layout '{name}'", place)
    places[id(made)] = place
    return made


def _without_fields(name: str, place: Place, reader: Reader) -> Exception:
    if name in get_args(PlainLayout):
        return reader.fail(f"layout '{name}' has no fields", place, help=f"write it as  - {name}")
    known = [*get_args(PlainLayout), *FIELDED]
    hint = did_you_mean(name, known)
    help_ = None if hint else f"layouts: {', '.join(known)}"
    return reader.fail(f"there is no layout called '{name}'", place, hint=hint, help=help_)
