"""A funnel drawn: stop by stop how many rows are left, then source by source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from curate.cli.terminal import Terminal, fitting, shorten
from curate.funnel import Count, Funnel, SourceCount, Stop

LONGEST_BAR, SHORTEST_BAR = 28, 8
"""Characters of the widest bar, where there is room and where there is little."""
_EIGHTHS = " ▏▎▍▌▋▊▉"


class Line(NamedTuple):
    """One stop of the chart: its words, what it changed, and how many rows are left after it."""

    what: Text
    change: str
    left: int


def draw_funnel(out: Terminal, funnel: Funnel) -> None:
    """Show what became of the rows, first stop by stop, then source by source.

    The number at a stop counts the rows of all sources; a stop of one source alone is told by that
    source's name before it. No line is wider than the terminal.
    """
    total = funnel.total
    lines = list(_lines(funnel, total))
    change = max(len(line.change) for line in lines)
    widest = max(line.left for line in lines)
    count = len(f"{widest:,}")
    room = out.width - change - count - 8  # four gaps of two
    names = max(line.what.cell_len for line in lines)
    longest = max(SHORTEST_BAR, min(LONGEST_BAR, room - names))
    names = min(names, room - longest)
    for what, changed, left in lines:
        what.truncate(names, overflow="ellipsis", pad=True)
        numbers = f"  {changed:>{change}}  {left:>{count},}  "
        out.print(Text("  ") + what + Text(numbers) + Text(bar(left, widest, longest), "cyan"))
    if total.surrogates:
        replaced = f"{total.surrogates:,} lone surrogates were replaced by U+FFFD"
        out.print(
            f"\n  {replaced}"
            if total.surrogates > 1
            else "\n  1 lone surrogate was replaced by U+FFFD"
        )
    out.print()
    _draw_sources(out, funnel.sources)


def bar(part: int, whole: int, longest: int) -> str:
    """A bar as long as the part of the whole, exact to an eighth of a character."""
    full, rest = divmod(round(8 * longest * part / whole) if whole else 0, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def _lines(funnel: Funnel, total: SourceCount) -> Iterator[Line]:
    left = total.candidates
    yield Line(Text("rows read"), "", left)
    if total.bad:
        left -= total.bad
        yield Line(Text("bad records"), f"−{total.bad:,}", left)
    for stop in funnel.stops:
        count = total.stops.get(stop.position)
        if count is not None:
            left += count.made - count.dropped
            yield Line(_words(stop), _change(count), left)
    if total.drawn:
        yield Line(Text("drawn", "bold"), "", total.drawn)


def _words(stop: Stop) -> Text:
    source = "" if stop.source is None else f"{shorten(stop.source, 28)} ▸ "
    label = f"  {shorten(stop.label, 34)}" if stop.label else ""
    return Text.assemble((source, "dim"), stop.name, (label, "dim"))


def _change(count: Count) -> str:
    parts = (("−", count.dropped), ("+", count.made), ("edited ", count.edited))
    return " ".join(f"{sign}{number:,}" for sign, number in parts if number)


def _draw_sources(out: Terminal, sources: Mapping[str, SourceCount]) -> None:
    drawn = sum(source.drawn for source in sources.values())
    table = Table.grid(padding=(0, 2))
    table.add_column()
    for _ in range(4):
        table.add_column(justify="right", no_wrap=True)
    table.add_row("  source", "read", "left", *(("drawn", "share") if drawn else ()), style="dim")
    for name, source in sources.items():
        share = (f"{source.drawn:,}", f"{source.drawn / drawn:.1%}") if drawn else ()
        table.add_row(fitting(f"  {name}"), f"{source.candidates:,}", f"{source.left:,}", *share)
    out.print(table)
