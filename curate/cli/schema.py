"""`curate schema`: what editors need to complete and check recipes."""

from __future__ import annotations

from curate.cli.options import Json


def schema(as_json: Json = True) -> None:  # noqa: ARG001  (it is JSON either way)
    """Print the JSON Schema of a recipe file, for editors."""
    from curate.cli.terminal import print_json
    from curate.recipe.schema import schema as recipe_schema

    print_json(recipe_schema())
