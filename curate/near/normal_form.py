"""Texts brought into normal form, in bulk."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, cast

import numpy as np
import polars as pl
import pyarrow as pa

from curate.near.kernels import I64, U8, Flags, find_changing
from curate.pieces import utf8

TEXT = 1 << 20
"""Bytes of text worked on at a time: they and what is made of them stay near the core."""


def stretches(texts: pl.Series) -> Iterator[slice]:
    """The texts, cut so that a stretch has at most `TEXT` bytes, or is one text."""
    total = texts.str.len_bytes().fill_null(0).cum_sum().to_numpy()
    first = 0
    while first < len(texts):
        before = int(total[first - 1]) if first else 0
        last = max(int(np.searchsorted(total, before + TEXT, side="right")), first + 1)
        yield slice(first, last)
        first = last


def normal_bytes(texts: pl.Series) -> tuple[U8, I64]:
    """All texts in NFKC and lower case but for A to Z, as bytes, and where each starts and the last one ends.

    The reader of the words lowers A to Z in passing, so texts that hold nothing else to change are not
    copied. White space stays. A stretch between white space in ASCII is folded by itself: nothing joins with a
    space, nor is a letter lowered otherwise for what stands beyond one. A null is empty.
    """
    data, bounds = utf8(texts)
    spans = np.empty((max(64, len(texts)), 3), np.int64)
    count = find_changing(data, bounds, _unchanging(), spans)
    if not count:
        return data, bounds
    if count > len(spans):
        spans = np.empty((count, 3), np.int64)
        find_changing(data, bounds, _unchanging(), spans)
    spans = spans[:count]
    held = memoryview(cast("Any", data))
    pieces: list[bytes | memoryview] = []
    at, grown = int(bounds[0]), np.empty(count, np.int64)
    for number, (_, begin, end) in enumerate(spans.tolist()):
        folded = _fold(bytes(held[begin:end]))
        pieces += [held[at:begin], folded]
        grown[number] = len(folded) - (end - begin)
        at = end
    pieces.append(held[at : int(bounds[-1])])
    bounds = bounds - bounds[0]
    more = np.zeros(len(texts), np.int64)
    np.add.at(more, spans[:, 0], grown)
    bounds[1:] += np.cumsum(more)
    return np.frombuffer(b"".join(pieces), np.uint8), bounds


def normal_form(texts: pl.Series) -> pl.Series:
    """The same as strings."""
    data, bounds = normal_bytes(texts)
    arrow = cast("Any", pa)
    buffers = [arrow.py_buffer(held) for held in (bounds, data)]
    return pl.Series(texts.name, arrow.LargeStringArray.from_buffers(len(texts), *buffers))


@lru_cache(maxsize=4096)
def _fold(stretch: bytes) -> bytes:
    return unicodedata.normalize("NFKC", stretch.decode()).lower().encode()


@cache
def _unchanging() -> Flags:
    """Which characters, by code point, NFKC and lower case leave alone whatever stands beside them.

    White space counts as such: the reader knows all of it. Marks and conjoining jamo may merge with
    the character before them (UAX 15), so they are not among these; nor are the rarer planes.
    """
    flags = np.zeros(0x1FC00, np.bool_)
    flags[0x3400:0xA000] = flags[0xAC00:0xD7A4] = True  # Han, Hangul
    for code in (*range(0x80, 0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x10000)):
        flags[code] = _is_unchanging(code)
    for code in range(0x1F000, flags.size):
        flags[code] = _is_unchanging(code)
    return flags


def _is_unchanging(code: int) -> bool:
    letter = chr(code)
    return letter.isspace() or (
        unicodedata.normalize("NFKC", letter).lower() == letter
        and not unicodedata.category(letter).startswith("M")
        and not 0x1100 <= code <= 0x11FF
    )
