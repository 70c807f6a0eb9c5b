"""`curate build`: make the mix."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from curate.cli.options import Json, Recipes, Set, Workers, assignments


def build(
    recipes: Recipes,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="PARENT", help="Folder the mixes' folders go in.")
    ] = Path("build"),
    variables: Set = None,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Make the mixes of recipes, each in PARENT/NAME.

    A folder of recipes is built in name order, later ones seeing the prompts of earlier ones.
    """
    from curate.cli.draw import console, draw_built
    from curate.cli.progress import Bars
    from curate.pipeline import build as make
    from curate.recipes import load_groups

    groups = load_groups(recipes, assignments(variables))
    told: list[dict[str, object]] = []
    for group in groups:
        earlier: list[Path] = []
        for recipe in group:
            begun = time.monotonic()
            with Bars(console(stderr=True)) as bars:
                built = make(recipe, out, workers=workers, earlier=earlier, listener=bars)
            earlier.append(built.folder)
            took = time.monotonic() - begun
            if as_json:
                told.append(_facts(recipe.name, built, took))
            else:
                draw_built(console(), recipe, built, took)
    if as_json:
        typer.echo(json.dumps({"built": told}, indent=2, ensure_ascii=False))


def _facts(name: str, built: object, took: float) -> dict[str, object]:
    from curate.pipeline import Built

    assert isinstance(built, Built)
    return {
        "name": name,
        "folder": str(built.folder),
        "rows": built.manifest.layouts[0].rows,
        "root": built.manifest.digest.root,
        "seconds": round(took, 2),
        "funnel": built.funnel.as_json(),
        "timings": {
            part: {
                "cpu_seconds": round(timing.cpu, 3),
                "wall_seconds": round(timing.wall, 3),
                "mb_per_cpu_second": round(timing.bytes / 1e6 / timing.cpu, 1) if timing.cpu else None,
            }
            for part, timing in sorted(built.timings.parts.items())
        },
    }
