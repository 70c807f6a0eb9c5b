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


def values(pieces: Iterable[bytes]) -> Iterator[Any]:
    """Decode line by line, passing over empty ones; raises Fault with the line and the column."""
    decode = decoder.decode
    for number, line in enumerate(lines(pieces), 1):
        written = text(line, number)
        try:
            value = decode(written)
        except JSONDecodeError as error:
            if not written.strip():
                continue
            shown = written.rstrip("\r")
            raise Fault(message(error), line=number, column=error.pos + 1, text=shown) from error
        except ValueError as error:
            raise Fault(message(error), line=number) from error
        except RecursionError as error:
            raise too_deep(number) from error
        yield value


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
