"""`curate preview`: what do rows look like, and what does a step drop?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.cli.options import Cache, Json, Recipes, Set, assignments
from curate.errors import Problem, RecipeError

if TYPE_CHECKING:
    from curate.recipe.model import Recipe


def preview(
    recipes: Recipes,
    count: Annotated[int, typer.Option("-n", min=1, metavar="N", help="Rows to show.")] = 3,
    step: Annotated[
        str | None,
        typer.Option("--step", metavar="NAME", help="Show rows that this step drops instead."),
    ] = None,
    sample: Annotated[
        int,
        typer.Option(
            "--sample", min=1, metavar="N", help="Records of every source to try the steps on."
        ),
    ] = 300,
    variables: Set = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Show rows as a trainer will see them, or rows that a step drops.

    RECIPE is a file, a folder of recipes, or a shipped one's name, such as demo. Nothing is written.
    """
    from curate.cli.draw import draw_dropped, draw_preview
    from curate.cli.terminal import Terminal, print_json
    from curate.recipes import load_all, named
    from curate.trial import trial

    loaded = load_all(recipes, assignments(variables))
    if step is not None:
        loaded = _with_step(loaded, step)
    told: list[dict[str, Any]] = []
    for recipe in loaded:
        with named(recipe):
            tried = trial(recipe, sample, cache=cache)
        rows = tried.rows if step is None else tried.dropped_by(step)
        if as_json:
            told.append({"name": recipe.name, "rows": rows.head(count).to_dicts()})
        elif step is None:
            draw_preview(Terminal(), recipe, tried, count)
        else:
            draw_dropped(Terminal(), recipe, tried, step, rows, count)
    if as_json:
        print_json({"recipes": told})


def _with_step(recipes: list[Recipe], name: str) -> list[Recipe]:
    """The recipes that take a step of this name. Raises RecipeError where none does, or it drops nothing."""
    from curate.cli.draw import steps_of
    from curate.funnel import SHAPE
    from curate.spelling import did_you_mean
    from curate.step import Edit

    taken = {step.name: step for recipe in recipes for step in steps_of(recipe)}
    if name == SHAPE:
        return recipes
    if name not in taken:
        what = f"no step of {', '.join(recipe.name for recipe in recipes)} is called '{name}'"
        hint = did_you_mean(name, taken) or f"steps: {', '.join(sorted(taken))}"
        raise RecipeError(Problem(what, help=hint))
    if isinstance(taken[name], Edit):
        raise RecipeError(Problem(f"{name} changes rows; it drops none"))
    return [recipe for recipe in recipes if any(step.name == name for step in steps_of(recipe))]
