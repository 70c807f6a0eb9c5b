"""What `curate lock` shows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, groupby
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from curate.cli.terminal import Terminal, amount, fitting, plural
from curate.errors import Place
from curate.references import pack_of

if TYPE_CHECKING:
    from curate.locking import Locking, Move
    from curate.recipe.lock import Lock, LockedSource


def draw_locking(out: Terminal, locking: Locking) -> None:
    """The sources of a lock, one line each, then what differs from the lock that stood there."""
    lock = locking.lock
    out.print(
        Text.assemble((lock.recipe, "bold"), (f"  {plural(len(lock.sources), 'source')}", "dim"))
    )
    out.print()
    table = Table.grid(padding=(0, 2))
    for column in range(6):
        table.add_column(justify="right" if column in {3, 4} else "left", no_wrap=True)
    for name, pins in _lines(lock):
        files = [file for pin in pins for file in pin.files.values()]
        known = [pin.rows for pin in pins if pin.rows is not None]
        table.add_row(
            fitting(f"  {name}"),
            fitting(_where(pins), "dim"),
            "" if pins[0].commit is None else pins[0].commit[:12],
            plural(sum(known), "row") if len(known) == len(pins) else "",
            amount(sum(file.bytes for file in files)) if files else "",
            fitting(_terms(pins[0])),
        )
    out.print(table)
    out.print()
    if any(move.before for move in locking.moves):
        for line in chain.from_iterable(map(_told, locking.moves)):
            out.paragraph(line, "  ")
        out.print()
    out.say("wrote " if locking.moves else "unchanged: ", (str(Place(locking.path)), "bold"))
    out.print()


def _lines(lock: Lock) -> Iterator[tuple[str, list[LockedSource]]]:
    """What stands on one line: a source, or those of a pack that one commit gives."""

    def together(entry: tuple[str, LockedSource]) -> tuple[str, str | None]:
        name, pin = entry
        pack = pack_of(name)
        return (pack, pin.commit) if pack and pin.commit else (name, None)

    for (name, _), entries in groupby(lock.sources.items(), together):
        names, pins = zip(*entries, strict=True)
        yield names[0] if len(names) == 1 else name, list(pins)


def _where(pins: list[LockedSource]) -> str:
    pin = pins[0]
    if len(pins) > 1:
        return f"{pin.hub} {plural(len(pins), 'source')}"
    if pin.hub is None:
        return "embedded" if pin.stamp else plural(len(pin.files), "file")
    parts = [part for part in (pin.config, pin.split) if part and part != "default"]
    return " ".join([pin.hub, *parts])


def _terms(pin: LockedSource) -> str:
    if pin.hub is None:
        return ""
    return (pin.license or "no licence") + (", gated" if pin.gated else "")


def _told(move: Move) -> Iterator[str]:
    """What moved, one line a file where files did."""
    before, after = move.before, move.after
    if before is None or after is None:
        yield f"{move.source} is {'new' if before is None else 'gone'}"
        return
    if before.commit != after.commit:
        yield f"{move.source} moved from {_at(before)} to {_at(after)}"
    else:
        yield f"{move.source} changed"
    if before.license != after.license:
        yield f"  its licence was {before.license}, now {after.license}"
    if before.rows != after.rows:
        yield f"  {before.rows or 0:,} rows became {after.rows or 0:,}"
    for path in sorted(before.files.keys() | after.files.keys()):
        was, is_ = before.files.get(path), after.files.get(path)
        if was is None or is_ is None:
            yield f"  {'+' if was is None else '-'} {path}"
        elif was.content != is_.content:
            yield f"  ~ {path}: {was.bytes:,} bytes, now {is_.bytes:,}"


def _at(pin: LockedSource) -> str:
    return "nowhere" if pin.commit is None else f"{pin.hub}@{pin.commit[:12]}"
