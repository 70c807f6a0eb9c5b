"""`curate steps`: what may stand under `steps:`."""

from __future__ import annotations

from typing import Annotated

import typer

from curate.cli.options import Json
from curate.errors import Problem, RecipeError


def steps(
    name: Annotated[str | None, typer.Argument(metavar="NAME", hidden=True)] = None,
    as_json: Json = False,
) -> None:
    """List the steps a recipe may take, or tell all about one."""
    from curate.cli.step_pages import draw_step, draw_steps, facts
    from curate.cli.terminal import Terminal, print_json
    from curate.spelling import did_you_mean
    from curate.steps import step_types

    types = step_types()
    if name is not None and name not in types:
        help_ = did_you_mean(name, types) or "all there are:  curate steps"
        raise RecipeError(Problem(f"there is no step called '{name}'", help=help_))
    if as_json:
        chosen = types if name is None else {name: types[name]}
        print_json({"steps": {key: facts(step) for key, step in chosen.items()}})
    elif name is None:
        draw_steps(Terminal(), types)
    else:
        draw_step(Terminal(), types[name])
