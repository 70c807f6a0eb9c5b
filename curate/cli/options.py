"""Options that several verbs share."""

from __future__ import annotations

from typing import Annotated

import typer

Recipes = Annotated[
    list[str],
    typer.Argument(
        help="Recipe files, folders of recipes, or names of shipped ones such as `demo`.",
        show_default=False,
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Give a recipe's variable another value."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the same facts as JSON.")]
Workers = Annotated[
    int | None,
    typer.Option("--workers", "-j", min=1, help="Processes to use.", show_default="one a core"),
]


def assignments(values: list[str] | None) -> dict[str, str]:
    """Read `name=value` words. Raises typer.BadParameter where there is no `=`."""
    pairs: dict[str, str] = {}
    for value in values or []:
        name, equals, given = value.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"'{value}' is not of the form NAME=VALUE", param_hint="--set")
        pairs[name] = given
    return pairs
