"""JSON Lines: one value a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from json.decoder import JSONDecodeError
from pathlib import Path
from typing import Any

from curate.sources.fault import Fault
from curate.sources.json_text import decoder, message, too_deep
from curate.sources.lines import lines, text
from curate.sources.record_path import RecordPath


def records(pieces: Iterable[bytes], path: RecordPath) -> Iterator[Any]:
    """Decode line by line and give the records in each; empty lines are passed over.

    Raises Fault with the line and, where the line is not JSON, the column.
    """
    for number, line in enumerate(lines(pieces), 1):
        written = text(line, number)
        if not written or written.isspace():
            continue
        value = _decoded(written, number)
        if not path.steps:
            yield value
            continue
        try:
            yield from path.records(value)
        except Fault as fault:
            fault.line = number
            raise


def _decoded(written: str, number: int) -> Any:
    try:
        return decoder.decode(written)
    except JSONDecodeError as error:
        what, remedy, shown = message(error), None, written.rstrip()
        if error.msg.startswith("Unterminated string") or error.pos >= len(shown):
            what = "not valid JSON: the line ends too early"
            remedy = "It may have been cut off when it was written or copied."
        raise Fault(
            what, line=number, column=error.pos + 1, text=written.rstrip("\r"), help=remedy
        ) from error
    except ValueError as error:
        raise Fault(message(error), line=number) from error
    except RecursionError as error:
        raise too_deep(number) from error


def count(pieces: Iterable[bytes]) -> tuple[int, int]:
    """How many lines there are, and how many of them hold a value."""
    total = full = 0
    for line in lines(pieces):
        total += 1
        full += bool(line.strip())
    return total, full


def cuts(path: Path, size: int, part: int) -> list[tuple[int, int]]:
    """Cut a file into ranges of about `part` bytes that start and end where lines do."""
    edges = [0]
    with path.open("rb") as file:
        for target in range(part, size, part):
            if target > edges[-1]:
                file.seek(target - 1)
                file.readline()
                edges.append(file.tell())
    if edges[-1] < size:
        edges.append(size)
    return list(pairwise(edges))
