"""`curate build`: make the mix."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.cli.options import Cache, Json, Recipes, Set, Workers, assignments

if TYPE_CHECKING:
    from curate.pipeline import Built
    from curate.recipe.model import Recipe


def build(
    recipes: Recipes,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="PARENT", help="Folder the mixes' folders go in.")
    ] = Path("build"),
    variables: Set = None,
    workers: Workers = None,
    cache: Cache = None,
    locked: Annotated[
        bool, typer.Option("--locked", help="Stop if anything differs from the recipe's lock.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the mixes, each in the folder PARENT/NAME.

    RECIPE is a file, a folder of recipes, or a shipped one's name, such as demo. A folder of recipes is built in name order, later ones seeing the prompts of earlier ones.
    A killed build goes on where it stopped. Of data sets on the Hub only what the mix needs is fetched, and kept for the next build; HF_HUB_OFFLINE=1 builds from that alone.
    """
    from curate.cli.draw import draw_built
    from curate.cli.progress import Bars
    from curate.cli.terminal import Terminal, print_json
    from curate.pipeline import build as make
    from curate.recipes import load_groups, named

    told: list[dict[str, Any]] = []
    for group in load_groups(recipes, assignments(variables)):
        earlier: list[Path] = []
        for recipe in group:
            begun = time.monotonic()
            with named(recipe), Bars(Terminal(stderr=True)) as bars:
                built = make(
                    recipe,
                    out,
                    workers=workers,
                    earlier=earlier,
                    cache=cache,
                    locked=locked,
                    listener=bars,
                )
            earlier.append(built.folder)
            took = time.monotonic() - begun
            if as_json:
                told.append(_facts(recipe, built, took))
            else:
                draw_built(Terminal(), recipe, built, took)
    if as_json:
        print_json({"built": told})


def _facts(recipe: Recipe, built: Built, seconds: float) -> dict[str, Any]:
    from curate.tokens import why_whole

    return {
        "name": built.manifest.name,
        "folder": str(built.folder),
        "rows": built.manifest.rows,
        "digest": built.manifest.digest.root,
        "seconds": round(seconds, 2),
        "funnel": built.funnel.as_json(),
        "tokens_counted_whole_because": (recipe.tokenizer and why_whole(recipe.tokenizer)) or None,
        "timings": {
            part: {
                "cpu_seconds": round(timing.cpu, 3),
                "wall_seconds": round(timing.wall, 3),
                "mb_per_cpu_second": round(timing.bytes / 1e6 / timing.cpu, 1)
                if timing.cpu
                else None,
            }
            for part, timing in sorted(built.timings.parts.items())
        },
    }
