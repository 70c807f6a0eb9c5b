"""What `curate publish` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from curate.cli.terminal import Terminal, amount, fitting, plural

if TYPE_CHECKING:
    from curate.release.publishing import Published


def draw_published(out: Terminal, one: Published) -> None:
    """What changed in a repository, or would, and how to load it."""
    changes, goal = one.changes, one.goal
    where = "a pull request" if goal.as_request else goal.branch
    facts = ["new" if one.is_new else "", where, f"tag {goal.tag}" if goal.tag else ""]
    out.say((one.repository, "bold"), ("  " + "   ".join(filter(None, facts)), "dim"))
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    for path, size in sorted(changes.sizes.items()):
        mark = ("~ ", "yellow") if path in changes.replaced else ("+ ", "green")
        table.add_row(_line(mark, path), amount(size))
    for path in changes.removed:
        table.add_row(_line(("− ", "red"), path), "")
    out.print(table)
    told = [f"{plural(len(changes.unchanged), 'file')} there already"] * bool(changes.unchanged)
    told += [f"{plural(len(changes.kept), 'file')} of others left alone"] * bool(changes.kept)
    if told:
        out.print(Text("  " + ", ".join(told), "dim"))
    _draw_end(out, one)
    out.print()


def _line(mark: tuple[str, str], path: str) -> Text:
    line = fitting("  ")
    line.append(*mark)
    return line.append(path)


def _draw_end(out: Terminal, one: Published) -> None:
    changes = one.changes
    if one.commit is None:
        size, files = sum(changes.sizes.values()), plural(len(changes.sent), "file")
        out.print(f"would send {files}, {amount(size)}" if changes else "nothing would change")
        return
    rows = plural(sum(parcel.manifest.rows for parcel in one.parcels), "row")
    what = "published" if changes else "there already, nothing was sent:"
    out.print(f"{what} {rows}, read back and as built")
    out.say(f"  {one.address}")
    for parcel in one.parcels:
        config = "" if not parcel.prefix else f', "{parcel.config}"'
        call = f'load_dataset("{one.repository}"{config}, revision="{one.commit}")'
        out.say(("  " + call, "dim"))
