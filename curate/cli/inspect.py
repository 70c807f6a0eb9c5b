"""`curate inspect`: what is in this folder?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curate.cli.options import Json


def inspect(
    folder: Annotated[Path, typer.Argument(metavar="DIR", hidden=True)],
    as_json: Json = False,
) -> None:
    """Tell what a finished folder holds, and whether it still is as it was built.

    DIR is a folder that `curate build` made; every byte of it is read.
    """
    from curate.cli.draw import draw_inspected
    from curate.cli.terminal import Terminal, print_json
    from curate.output.reading import verify

    manifest = verify(folder)
    if as_json:
        print_json(manifest.model_dump(mode="json"))
    else:
        draw_inspected(Terminal(), folder, manifest)
