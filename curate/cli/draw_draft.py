"""What `curate new` tells beside the recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from curate.cli.terminal import Terminal, plural

if TYPE_CHECKING:
    from curate.drafts.draft import Draft


def draw_lost(out: Terminal, made: Draft, path: Path | None) -> None:
    """Where the recipe stands, and what could not be taken over."""
    if path is not None:
        out.say("wrote ", (str(path), "bold"), (f"  {plural(len(made.sources), 'source')}", "dim"))
    if made.all_lost:
        out.print("not taken over:")
    for one in made.all_lost:
        out.paragraph(one, "  ")
