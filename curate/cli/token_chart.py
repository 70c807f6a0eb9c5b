"""Tokens drawn: for every source how many its rows have, and how they are spread."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from curate.cli.terminal import Terminal, fitting
from curate.output.manifest import TokenSpread
from curate.output.token_lengths import bounds_to

_LEVELS = "▁▂▃▄▅▆▇█"
ROOMY = 80
"""Columns from which on there is room for histograms."""


def draw_tokens(out: Terminal, spreads: Mapping[str, TokenSpread]) -> None:
    """Show the tokens of every source's rows; the histograms share their bounds. There is a source at least."""
    held = [bound for spread in spreads.values() for bound in spread.histogram]
    bounds = [bound for bound in bounds_to(max(held)) if bound >= min(held)]
    is_roomy = out.width >= ROOMY
    table = Table.grid(padding=(0, 2))
    table.add_column()
    for _ in range(5):
        table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    between = f"{bounds[0]:,} to {bounds[-1]:,}" if is_roomy else ""
    table.add_row("  tokens", "rows", "in all", "p50", "p99", "max", between, style="dim")
    for name, spread in spreads.items():
        lengths = (f"{spread.lengths[mark]:,}" for mark in ("p50", "p99", "max"))
        line = histogram([spread.histogram.get(bound, 0) for bound in bounds]) if is_roomy else ""
        numbers = f"{spread.rows:,}", f"{spread.tokens:,}", *lengths
        table.add_row(fitting(f"  {name}"), *numbers, Text(line, "cyan"))
    out.print(table)


def histogram(counts: list[int]) -> str:
    """One character a count, as high as the count beside the highest; nothing for none."""
    most = max(counts, default=0)
    return "".join(
        _LEVELS[-(-count * len(_LEVELS) // most) - 1] if count else " " for count in counts
    )
