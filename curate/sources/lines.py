"""Bytes cut into lines of text."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import Any

from curate.sources.fault import FETCH_AGAIN, Fault

LARGEST = 1 << 28
"""Characters of the largest record that is read at all: 256 Mi."""


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut at line feeds alone, which are left out; raises Fault for a line larger than `LARGEST`.

    U+0085 and U+2028 stand unescaped in valid JSON Lines, so `splitlines` would cut rows in two.
    """
    held: list[bytes] = []
    size = given = 0
    for piece in pieces:
        if b"\n" not in piece:
            held.append(piece)
            size += len(piece)
            if size > LARGEST:
                raise too_large(given + 1)
            continue
        *whole, rest = b"".join([*held, piece]).split(b"\n")
        held, size = [rest], len(rest)
        given += len(whole)
        yield from whole
    if last := b"".join(held):
        yield last


def text(line: bytes, number: int) -> str:
    """A line as text, without a byte order mark before the first; raises Fault if it is not UTF-8."""
    if number == 1:
        line = line.removeprefix(codecs.BOM_UTF8)
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        before, rest = line[: error.start].decode(), line[error.start :]
        raise not_utf8(before, rest, error.reason, number) from error


def not_utf8(before: str, rest: bytes, reason: str, number: int) -> Fault:
    """Say where a line stops being UTF-8 and what it may be instead, given what stands before."""
    shown: dict[str, Any] = {
        "line": number,
        "column": len(before) + 1,
        "text": before + rest.decode(errors="replace").rstrip("\r"),
    }
    if reason == "unexpected end of data":
        return Fault("the text ends inside a character", help=FETCH_AGAIN, **shown)
    return Fault(
        f"this is not UTF-8: byte 0x{rest[0]:02x}",
        help="If it is Windows-1252 or Latin-1, convert it: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW",
        **shown,
    )


def too_large(line: int) -> Fault:
    """Say that a record is too large to be held."""
    return Fault(
        f"one record is larger than {LARGEST >> 20} million characters",
        line=line,
        help="If the records stand inside it, name their path: `rows: results[]`.",
    )
