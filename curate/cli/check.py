"""`curate check`: will this build?"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from curate.cli.options import Json, Recipes, Set, assignments


def check(
    recipes: Recipes,
    variables: Set = None,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample", min=1, metavar="N", help="Try the steps on N records of every source."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say whether recipes will build: names, types, columns, templates; with --sample also drop rates."""
    from curate.cli.draw import console, draw_checked, draw_outlooks
    from curate.recipes import load_all
    from curate.trial import check_columns, trial

    loaded = load_all(recipes, assignments(variables))
    for recipe in loaded:
        check_columns(recipe)
    trials = [] if sample is None else [trial(recipe, sample) for recipe in loaded]
    short = any(outlook.is_short for tried in trials for outlook in tried.outlooks)
    if as_json:
        facts = [
            {
                "recipe": str(recipe.path),
                "name": recipe.name,
                "kind": recipe.kind,
                "sources": list(recipe.sources),
                "steps": [step.name for step in recipe.steps],
                "rows": sum(source.take or 0 for source in recipe.sources.values()),
            }
            for recipe in loaded
        ]
        for fact, tried in zip(facts, trials, strict=False):
            fact["funnel"] = tried.funnel.as_json()
            fact["outlook"] = {
                one.source: {"records": one.records, "expected": one.expected, "take": one.take}
                for one in tried.outlooks
            }
        typer.echo(json.dumps({"recipes": facts}, indent=2, ensure_ascii=False))
    else:
        out = console()
        draw_checked(out, loaded)
        for recipe, tried in zip(loaded, trials, strict=False):
            draw_outlooks(out, recipe, tried)
    if short:
        raise typer.Exit(1)
