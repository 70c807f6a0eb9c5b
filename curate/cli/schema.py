"""`curate schema`: what editors need to complete and check recipes."""

from __future__ import annotations

import json

import typer


def schema() -> None:
    """Print the JSON Schema of a recipe file, for editors."""
    from curate.recipe.schema import schema as recipe_schema

    typer.echo(json.dumps(recipe_schema(), indent=2, ensure_ascii=False))
