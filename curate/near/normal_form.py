"""Texts brought into normal form, in bulk."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import Any, cast

import numpy as np
import polars as pl

from curate.near.kernels import Flags, find_changing
from curate.pieces import utf8


def normal_form(texts: pl.Series) -> pl.Series:
    """NFKC and lower case, for the words in which that changes more than A to Z.

    The reader of the words lowers A to Z in passing, so most texts are never copied. White space
    stays. A stretch between white space in ASCII is folded by itself: nothing joins with a space, nor is a
    letter lowered otherwise for what stands beyond one.
    """
    data, bounds = utf8(texts)
    spans = np.empty((max(64, len(texts)), 3), np.int64)
    count = find_changing(data, bounds, _unchanging(), spans)
    if not count:
        return texts
    if count > len(spans):
        spans = np.empty((count, 3), np.int64)
        find_changing(data, bounds, _unchanging(), spans)
    spans = spans[:count]
    held = memoryview(cast("Any", data))
    changed, firsts = np.unique(spans[:, 0], return_index=True)
    folded: list[str] = []
    for row, some in zip(changed.tolist(), np.split(spans, firsts[1:]), strict=True):
        at = int(bounds[row])
        pieces: list[bytes | memoryview] = []
        for _, begin, end in some.tolist():
            pieces += [held[at:begin], _fold(bytes(held[begin:end]))]
            at = end
        pieces.append(held[at : int(bounds[row + 1])])
        folded.append(b"".join(pieces).decode())
    return texts.clone().scatter(changed, folded)


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
