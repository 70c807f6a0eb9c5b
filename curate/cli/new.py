"""`curate new`: a first recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curate.cli.options import Cache, Json


def new(
    origin: Annotated[str, typer.Argument(metavar="FROM", hidden=True)],
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write it there; else print it."),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option("--config", metavar="NAME", help="Which configuration of a repository."),
    ] = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Write a first recipe, to be read and changed.

    FROM is a file or folder of data, a data set of the Hub such as org/name, or a configuration: of trlm, TRL, open-r1 or axolotl, or LLaMA-Factory's dataset_info.json. What could not be taken over is said in a comment, and on stderr.
    """
    from curate.cli.draw_draft import draw_lost
    from curate.cli.terminal import Terminal, print_json
    from curate.drafts.drafting import draft, write
    from curate.sources.hub.cache import Cache as Kept
    from curate.sources.hub.repository import Hub

    target = Path() if out is None else out.parent
    made = draft(origin, target, config, Hub(Kept.at(cache)))
    if out is not None:
        write(made, out)
    if as_json:
        print_json(
            {"recipe": made.as_text(), "path": out and str(out), "not_taken_over": made.all_lost}
        )
        return
    if out is None:
        typer.echo(made.as_text(), nl=False)
    draw_lost(Terminal(stderr=True), made, out)
