"""`curate inspect`: what is in this folder?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curate.cli.options import Json
from curate.errors import OutputError, Problem


def inspect(
    folder: Annotated[Path, typer.Argument(metavar="DIR", hidden=True)],
    as_json: Json = False,
) -> None:
    """Tell what a finished folder holds, and whether it is as built.

    DIR is a folder that `curate build` made; every byte of it is read.
    """
    from curate.cli.draw import draw_inspected
    from curate.cli.terminal import Terminal, print_json
    from curate.output.reading import verify

    manifest = verify(_mix(folder))
    if as_json:
        print_json(manifest.model_dump(mode="json"))
    else:
        draw_inspected(Terminal(), folder, manifest)


def _mix(folder: Path) -> Path:
    """The folder, if it may be a finished mix. Raises OutputError where it only holds some."""
    if not folder.is_dir():
        raise OutputError(Problem(f"there is no folder '{folder}'"))
    inside = sorted(str(file.parent) for file in folder.glob("*/manifest.json"))
    if inside and not (folder / "manifest.json").exists():
        help_ = f"mixes in it: {', '.join(inside)}"
        raise OutputError(Problem(f"{folder} is not a finished mix, but holds some", help=help_))
    return folder
