"""`curate steps`: what may stand under `steps:`."""

from __future__ import annotations

import inspect
import json
from typing import Annotated

import typer

from curate.cli.options import Json
from curate.errors import CurateError, Problem


def steps(
    name: Annotated[str | None, typer.Argument(help="One step, in full.")] = None,
    as_json: Json = False,
) -> None:
    """List the steps a recipe may take, or tell all about one."""
    from curate.steps import step_types

    types = step_types()
    if as_json:
        chosen = {name: types[name]} if name in types else types
        typer.echo(json.dumps({key: step.model_json_schema() for key, step in chosen.items()}, indent=2))
        return
    from curate.cli.draw import console, draw_step, draw_steps

    if name is None:
        draw_steps(console(), types)
    elif name in types:
        draw_step(console(), types[name], inspect.getdoc(types[name]) or "")
    else:
        import difflib

        near = difflib.get_close_matches(name, types, n=1)
        raise CurateError(
            Problem(
                f"there is no step called '{name}'",
                help=f"did you mean '{near[0]}'?" if near else "curate steps lists them all",
            )
        )
