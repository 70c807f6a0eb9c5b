"""`curate check`: will this build?"""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.cli.options import Cache, Json, Recipes, Set, Workers, assignments
from curate.errors import CurateError, RemoteError

if TYPE_CHECKING:
    from curate.recipe.model import Recipe
    from curate.trial import Trial


def check(
    recipes: Recipes,
    variables: Set = None,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample", min=1, metavar="N", help="Try the steps on N records of every source."
        ),
    ] = None,
    planning: Annotated[
        bool,
        typer.Option(
            "--plan", help="Say what the build would fetch and take, from metadata alone."
        ),
    ] = False,
    workers: Workers = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Say whether recipes will build; nothing is written.

    RECIPE is a file, a folder of recipes, or a shipped one's name, such as demo. Looks at names, types, columns, the template and the tokenizer. With --sample also at how many
    rows each step drops, and at sources that will be short. With --plan no record is looked at: rows, bytes, disk, memory, minutes and licences are told from lists of files and from the ends of parquet files.
    """
    from curate.cli.draw import draw_checked, draw_error, draw_trial
    from curate.cli.draw_plan import draw_plan
    from curate.cli.terminal import Terminal, print_json
    from curate.plan import Plan, plan
    from curate.recipes import load_all, named
    from curate.trial import check as look_at
    from curate.trial import trial

    loaded = load_all(recipes, assignments(variables))
    wrong: dict[str, CurateError] = {}
    tried: dict[str, Trial] = {}
    planned: dict[str, Plan] = {}
    count = workers or os.cpu_count() or 1
    for recipe in loaded:
        try:
            with named(recipe):
                if planning:
                    planned[recipe.name] = plan(recipe, workers=count, cache=cache)
                else:
                    look_at(recipe, cache)
                if sample is not None:
                    tried[recipe.name] = trial(recipe, sample, cache=cache)
        except CurateError as error:
            wrong[recipe.name] = error
    if as_json:
        facts = [_facts(one, wrong.get(one.name), tried.get(one.name)) for one in loaded]
        for fact in facts:
            if fact["name"] in planned:
                fact["plan"] = asdict(planned[fact["name"]]) | {
                    "fetch": planned[fact["name"]].fetch
                }
        print_json({"recipes": facts})
    else:
        draw_checked(Terminal(), loaded, wrong)
        for recipe in loaded:
            if recipe.name in planned:
                draw_plan(Terminal(), recipe, planned[recipe.name], count)
            if recipe.name in tried:
                draw_trial(Terminal(), recipe, tried[recipe.name])
    if wrong:
        problems = [problem for error in wrong.values() for problem in error.problems]
        draw_error(CurateError(*problems), as_json=False)
    if any(isinstance(error, RemoteError) for error in wrong.values()):
        raise typer.Exit(3)
    if wrong or any(one.is_short for seen in tried.values() for one in seen.outlooks):
        raise typer.Exit(1)


def _facts(recipe: Recipe, error: CurateError | None, tried: Trial | None) -> dict[str, Any]:
    from curate.cli.draw import rows_asked, steps_of

    facts: dict[str, Any] = {
        "name": recipe.name,
        "path": recipe.path,
        "kind": recipe.kind,
        "rows": rows_asked(recipe),
        "sources": list(recipe.sources),
        "steps": [step.name for step in steps_of(recipe)],
        "problems": [] if error is None else [asdict(problem) for problem in error.problems],
    }
    if tried is not None:
        facts["funnel"] = tried.funnel.as_json()
        facts["outlook"] = [
            asdict(one) | {"expected": one.expected, "short": one.is_short}
            for one in tried.outlooks
        ]
    return facts
