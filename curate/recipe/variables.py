"""Variables: names that stand for a value.

`$name` stands for a whole value, or for the first part of a path: `$name/more`. What really begins with
a dollar sign is written with two, `$$name`; anything else, such as `$5`, is itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from curate.errors import Place, Problem
from curate.recipe.nodes import Scalar, Table, kind
from curate.spelling import did_you_mean

_USE = re.compile(r"\$([A-Za-z_]\w*)(/.*)?", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def used(text: str) -> str | None:
    """The name of the variable a text begins with."""
    use = _USE.fullmatch(text)
    return use[1] if use else None


def escape(text: str) -> str:
    """Write a text so that it stands for itself."""
    return f"${text}" if text.startswith("$$") or used(text) else text


def fill(scalar: Scalar, variables: Mapping[str, Scalar]) -> Scalar | Problem:
    """The scalar a scalar stands for: its text, and the place where that can be changed.

    A variable's value is read by the type of the place where it is used, as if it were written there.
    """
    use = _USE.fullmatch(scalar.text)
    if use is None or scalar.filled:
        return literal(scalar)
    name, rest = use[1], use[2]
    if name not in variables:
        return Problem(
            f"there is no variable called '{name}'",
            scalar.place,
            hint=did_you_mean(name, variables),
            help=f"declare it under  vars:  or write ${scalar.text} for the text itself",
        )
    value = literal(variables[name])
    return value if rest is None else replace(value, text=value.text + rest, plain=False)


def declared(table: Table, problems: list[Problem]) -> dict[str, Scalar]:
    """The variables of a recipe, as its `vars` table gives them."""
    node = table.get("vars")
    if node is None:
        return {}
    if not isinstance(node, Table):
        problems.append(Problem(f"'vars' is a table of names, this is {kind(node)}", node.place))
        return {}
    found: dict[str, Scalar] = {}
    for name, entry in node.entries.items():
        if not _NAME.fullmatch(name):
            what = f"'{name}' cannot be a variable: letters, digits and '_' only"
            problems.append(Problem(what, entry.key.place))
        elif not isinstance(entry.value, Scalar):
            what = f"a variable is one text or number, this is {kind(entry.value)}"
            problems.append(Problem(what, entry.value.place, help="share steps with  groups:"))
        elif used(entry.value.text):
            what = "a variable cannot stand for another variable"
            problems.append(Problem(what, entry.value.place))
        else:
            found[name] = entry.value
    return found


def given(name: str, text: str) -> Scalar:
    """A variable's value from the command line; its paths are relative to the working folder."""
    return Scalar(escape(text), True, Place(f"--set {name}={text}"))


def undeclared(name: str, text: str, known: Mapping[str, Scalar]) -> Problem:
    """What to say of a value for a variable that no recipe declares."""
    declared_names = ", ".join(sorted(known)) or "none"
    return Problem(
        f"there is no variable called '{name}' to set",
        Place(f"--set {name}={text}"),
        hint=did_you_mean(name, known),
        help=f"declared under  vars:  {declared_names}",
    )


def literal(scalar: Scalar) -> Scalar:
    """A scalar that stands for itself, without the dollar sign that shields another."""
    if scalar.filled:
        return scalar
    doubled = scalar.text.startswith("$$")
    return replace(scalar, text=scalar.text[1:] if doubled else scalar.text, filled=True)
