"""The two sides of a pair, compared word by word.

Words are what stands between white space, as Unicode counts it.
"""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false, reportReturnType=false

from __future__ import annotations

import numpy as np
import polars as pl

from curate.compiling import compiled
from curate.near.kernels import I64, U8, U64, Flags, blank_beyond, decode, hashed, padded
from curate.pieces import utf8

_LONG = 1 << 16
"""Bytes from which a text is worth counting before it gets its room."""


def equal_words(one: pl.Series, other: pl.Series) -> pl.Series:
    """Whether two texts are the same words in the same order; false where either is null."""
    equal = _equal(*utf8(one), *utf8(other))
    return pl.Series(equal) & one.is_not_null() & other.is_not_null()


def common_words(one: pl.Series, other: pl.Series, least: float) -> pl.Series:
    """Whether of the distinct words of two texts, in lower case, at least such a share stand in both.

    That is the Jaccard similarity of the two sets, which are taken as 64-bit hashes. True where neither text
    has a word, false where either is null.
    """
    lowered = [utf8(side.str.to_lowercase()) for side in (one, other)]
    enough = _common(*lowered[0], *lowered[1], least)
    return pl.Series(enough) & one.is_not_null() & other.is_not_null()


@compiled
def _blank(data: U8, at: int) -> int:
    """How many bytes the white space at a place has; 0 where there is none."""
    byte = data[at]
    if byte < 0x80:
        return 1 if byte == 0x20 or 0x09 <= byte <= 0x0D else 0
    if byte != 0xC2 and not 0xE1 <= byte <= 0xE3:
        return 0
    code, size = decode(data, at)
    return size if blank_beyond(code) else 0


@compiled
def _past_blanks(data: U8, at: int, end: int) -> int:
    while at < end:
        size = _blank(data, at)
        if not size:
            break
        at += size
    return at


@compiled
def _equal(one: U8, one_bounds: I64, other: U8, other_bounds: I64) -> Flags:
    equal = np.zeros(one_bounds.size - 1, np.bool_)
    for row in range(equal.size):
        a, a_end = one_bounds[row], one_bounds[row + 1]
        b, b_end = other_bounds[row], other_bounds[row + 1]
        while True:
            a, b = _past_blanks(one, a, a_end), _past_blanks(other, b, b_end)
            if a == a_end or b == b_end:
                equal[row] = a == a_end and b == b_end
                break
            while a < a_end and b < b_end and one[a] == other[b] and not _blank(one, a):
                a += 1
                b += 1
            if (a < a_end and not _blank(one, a)) or (b < b_end and not _blank(other, b)):
                break
    return equal


@compiled
def _common(one: U8, one_bounds: I64, other: U8, other_bounds: I64, least: float) -> Flags:
    one, other = padded(one), padded(other)
    room = np.empty(one_bounds.size - 1, np.int64)
    most = 0
    for row in range(room.size):
        words_twice = _room(one, one_bounds[row], one_bounds[row + 1])
        words_twice += _room(other, other_bounds[row], other_bounds[row + 1])
        room[row] = 1 << int(np.ceil(np.log2(words_twice + 2)))
        most = max(most, room[row])
    words, rows = np.empty(most, np.uint64), np.full(most, -1, np.int64)
    met = np.empty(most, np.bool_)
    enough = np.zeros(room.size, np.bool_)
    for row in range(room.size):
        mask = np.uint64(room[row] - 1)
        a, a_end = one_bounds[row], one_bounds[row + 1]
        b, b_end = other_bounds[row], other_bounds[row + 1]
        if a_end - a <= b_end - b:
            first, second = (one, a, a_end), (other, b, b_end)
        else:
            first, second = (other, b, b_end), (one, a, a_end)
        enough[row] = _meet(first, second, least, row, mask, words, rows, met)
    return enough


@compiled
def _room(data: U8, at: int, end: int) -> int:
    """At least twice the words of a text: with white space between them each has two bytes or more.

    Those of long texts are counted, as most words have more.
    """
    if end - at < _LONG:
        return end - at + 1
    count = 0
    while True:
        at = _past_blanks(data, at, end)
        if at == end:
            return 2 * count
        at = _past_word(data, at, end)
        count += 1


@compiled
def _meet(
    first: tuple[U8, int, int],
    second: tuple[U8, int, int],
    least: float,
    row: int,
    mask: np.uint64,
    words: U64,
    rows: I64,
    met: Flags,
) -> bool:
    """Whether a row's texts have enough words in common; the second is read until they no longer can have.

    A place is taken where `rows` says so, by a word of the first text or one that was `met` in the second.
    """
    distinct = common = others = 0
    data, at, end = first
    while True:
        at, word, place = _next(data, at, end, mask, row, words, rows)
        if place < 0:
            break
        if rows[place] != row:
            rows[place], words[place], met[place] = row, word, False
            distinct += 1
    data, at, end = second
    while True:
        at, word, place = _next(data, at, end, mask, row, words, rows)
        if place < 0:
            break
        if rows[place] != row:
            rows[place], words[place], met[place] = row, word, True
            others += 1
            if distinct / (distinct + others) < least:
                return False
        elif not met[place]:
            met[place] = True
            common += 1
    return not distinct + others or common / (distinct + others) >= least


@compiled
def _next(
    data: U8, at: int, end: int, mask: np.uint64, row: int, words: U64, rows: I64
) -> tuple[int, np.uint64, int]:
    """Where the next word of a text ends, its hash, and its place; a place below 0 behind the last word."""
    begin = _past_blanks(data, at, end)
    if begin == end:
        return end, np.uint64(0), -1
    at = _past_word(data, begin, end)
    word = hashed(data, begin, at)
    return at, word, _place(word, mask, row, words, rows)


@compiled
def _place(word: np.uint64, mask: np.uint64, row: int, words: U64, rows: I64) -> int:
    """Where a word stands among a row's, or the free place that it would take."""
    place = np.int64(word & mask)
    while rows[place] == row and words[place] != word:
        place = np.int64(np.uint64(place + 1) & mask)
    return place


@compiled
def _past_word(data: U8, at: int, end: int) -> int:
    while at < end and not _blank(data, at):
        at += 1
    return at
