"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_AS_JSON = "curate.json"


def _remember(context: typer.Context, value: bool) -> bool:
    context.meta[_AS_JSON] = value
    return value


def is_json(context: typer.Context) -> bool:
    """Whether the verb was asked for JSON, for those who explain why it failed."""
    return bool(context.meta.get(_AS_JSON))


Recipes = Annotated[
    list[str],
    typer.Argument(metavar="RECIPE", hidden=True),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Give a recipe's variable another value."),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", callback=_remember, help="Print the same facts as JSON, and nothing else."
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        "-j",
        min=1,
        metavar="N",
        help="Processes to use; one a core if not said.",
        show_default=False,
    ),
]
Cache = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        metavar="DIR",
        help="Where what comes from the Hub is kept; else CURATE_CACHE, or ~/.cache/curate.",
        show_default=False,
    ),
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
