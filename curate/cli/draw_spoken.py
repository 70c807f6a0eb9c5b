"""The languages of a finished mix, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from rich.table import Table

from curate.cli.terminal import Terminal, fitting

SHOWN = 3
"""Languages that are told of one part; the rest is added up."""


def draw_spoken(
    out: Terminal,
    shares: Mapping[str, Mapping[str, Mapping[str, float]]],
    sources: Sequence[str],
    parts: Sequence[str],
) -> None:
    """The largest shares of each source and part, in the order given; nothing where there are none."""
    if not shares:
        return
    out.print()
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for source in sources:
        name = source
        for part in parts:
            if told := shares.get(source, {}).get(part):
                table.add_row(fitting(f"  {name}", "bold"), part, _told(told))
                name = ""
    out.print("  languages, by letters")
    out.print()
    out.print(table)


def _told(shares: Mapping[str, float]) -> str:
    shown = [f"{code} {_percent(share)}" for code, share in islice(shares.items(), SHOWN)]
    rest = list(islice(shares.values(), SHOWN, None))
    if rest:
        shown.append(f"{len(rest)} more {_percent(sum(rest))}")
    return "  ".join(shown)


def _percent(share: float) -> str:
    """A share that is not all never reads as all, and one that is something never as nothing."""
    return "100%" if share == 1 else f"{min(max(share, 0.001), 0.999):.1%}"
