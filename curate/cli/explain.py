"""`curate explain`: why is this row not in the mix, and what did this step drop?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from curate.cli.options import Json


def explain(
    folder: Annotated[Path, typer.Argument(metavar="DIR", hidden=True)],
    subject: Annotated[str | None, typer.Argument(metavar="[ID|STEP]", hidden=True)] = None,
    more: Annotated[list[float] | None, typer.Argument(metavar="[V]...", hidden=True)] = None,
    what_if: Annotated[
        list[float] | None,
        typer.Option(
            "--what-if",
            metavar="V...",
            help="Also tell how many rows near_duplicates would drop at these similarities.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell why rows were dropped: one row's story, or one step's.

    DIR is a finished folder. ID is a row's id or how it begins, STEP a step's name; without either, every step that
    dropped rows is told in short.
    """
    from curate.cli.draw_explained import draw_row, draw_steps
    from curate.cli.terminal import Terminal, print_json
    from curate.explain import explain_row, explain_steps

    if more and not what_if:
        raise typer.BadParameter("numbers go behind --what-if", param_hint="V")
    values = [*(what_if or ()), *(more or ())]
    if values and subject is None:
        raise typer.BadParameter("it needs a step, such as near_duplicates", param_hint="--what-if")
    row = explain_row(folder, subject) if subject and not values else None
    if row is not None:
        if as_json:
            print_json({"row": asdict(row)})
        else:
            draw_row(Terminal(), row)
        return
    stories = explain_steps(folder, subject, values)
    if as_json:
        print_json({"steps": [asdict(story) | {"dropped": story.dropped} for story in stories]})
    else:
        draw_steps(Terminal(), stories, in_full=subject is not None)
