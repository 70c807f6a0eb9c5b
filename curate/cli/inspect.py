"""`curate inspect`: what is in this folder?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from curate.cli.options import Json


def inspect(
    folder: Annotated[Path, typer.Argument(help="A folder that `curate build` made.")],
    as_json: Json = False,
) -> None:
    """Tell what a finished folder holds, and whether it still is as it was built."""
    from curate.cli.draw import console, draw_inspected
    from curate.output.manifest import read_manifest
    from curate.output.reading import read_rows, verify

    manifest = read_manifest(folder)
    verify(folder)
    if as_json:
        typer.echo(json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False))
        return
    draw_inspected(console(), folder, manifest, read_rows(folder))
