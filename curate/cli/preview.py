"""`curate preview`: what do rows look like, and what does a step drop?"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from curate.cli.options import Json, Recipes, Set, assignments


def preview(
    recipes: Recipes,
    count: Annotated[int, typer.Option("-n", min=1, help="Rows to show.")] = 3,
    step: Annotated[
        str | None, typer.Option("--step", metavar="NAME", help="Show rows this step drops instead.")
    ] = None,
    tried: Annotated[
        int, typer.Option("--tried", min=1, help="Records of every source to try the steps on.")
    ] = 300,
    variables: Set = None,
    as_json: Json = False,
) -> None:
    """Show a few finished rows as a trainer will see them, or a few rows that a step drops."""
    from curate.cli.draw import console, draw_dropped, draw_preview
    from curate.errors import CurateError, Problem
    from curate.funnel import SHAPE
    from curate.recipes import load_all
    from curate.spelling import did_you_mean
    from curate.trial import trial

    for recipe in load_all(recipes, assignments(variables)):
        names = {own.name for own in recipe.steps}
        names |= {own.name for source in recipe.sources.values() for own in source.steps} | {SHAPE}
        if step is not None and step not in names:
            raise CurateError(
                Problem(f"{recipe.name} has no step '{step}'", help=did_you_mean(step, names))
            )
        shown = trial(recipe, tried)
        rows = shown.rows.head(count) if step is None else shown.dropped_by(step).head(count)
        if as_json:
            typer.echo(json.dumps(rows.to_dicts(), indent=2, ensure_ascii=False))
        elif step is None:
            draw_preview(console(), recipe, shown, count)
        else:
            draw_dropped(console(), recipe, shown, step, count)
