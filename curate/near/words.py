"""Texts as sets of hashed word n-grams.

The normal form of a text is NFKC, lower case, cut at white space. A character of a script that is
written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) is a word of its own. A
*shingle* is n words in a row with one space between them; a text of fewer words is one shingle,
and a text without words has none.

The hash of a shingle is fixed here and nowhere else: a polynomial over its UTF-8 bytes modulo
2^64, then the finalizer of MurmurHash3. A polynomial over n words comes out of two running
values, at their start and at their end, so no shingle is ever spelled out (Karp and Rabin 1987).
"""

from __future__ import annotations

import re
import string
import unicodedata
from functools import cache
from typing import Any, cast

import numpy as np
import polars as pl

from curate.near.compiled import I64, U8, U64, Flags, compiled

BASE = 0x9E3779B97F4A7C15
"""The polynomial's base: odd, and 5 modulo 8, so that its powers take 2^62 values."""

_MASK = (1 << 64) - 1

SOLITARY = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3001, 0x30FF),  # ideographic punctuation, kana
    (0x3400, 0x4DBF),  # Han, extension A
    (0x4E00, 0x9FFF),  # Han
    (0xF900, 0xFAFF),  # Han, compatibility
    (0x20000, 0x3FFFF),  # Han, further extensions
)
"""Characters that are words of their own, by code point."""

_ALONE = "".join(f"{chr(first)}-{chr(last)}" for first, last in SOLITARY)
_LOWER = {ord(letter): letter.lower() for letter in string.ascii_uppercase}
_WORD = re.compile(rf"[{_ALONE}]|[^\s{_ALONE}]+")


def normal_form(texts: pl.Series) -> pl.Series:
    """NFKC and lower case, for the texts in which that changes more than A to Z.

    The reader of the words lowers A to Z in passing, so most texts are never copied. White space
    stays.
    """
    data, bounds = utf8(texts)
    changing = np.zeros(len(texts), np.bool_)
    _find_changing(data, bounds, _unchanging(), changing)
    if not changing.any():
        return texts
    at = np.flatnonzero(changing)
    folded = [unicodedata.normalize("NFKC", text).lower() for text in texts.gather(at)]
    return texts.clone().scatter(at, folded)


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


def words(text: str) -> list[str]:
    """The words of a text in normal form."""
    return _WORD.findall(text.translate(_LOWER))


def shingles(text: str, ngram: int) -> list[str]:
    """The shingles of a text in normal form, as often as they occur."""
    found = words(text)
    if len(found) <= ngram:
        return [" ".join(found)] if found else []
    return [" ".join(found[at : at + ngram]) for at in range(len(found) - ngram + 1)]


def shingle_hash(shingle: bytes) -> int:
    """The 64-bit hash of a shingle; its upper half is what MinHash works on."""
    value = 0
    for byte in shingle:
        value = (value * BASE + byte + 1) & _MASK
    value = ((value ^ (value >> 33)) * 0xFF51AFD7ED558CCD) & _MASK
    value = ((value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53) & _MASK
    return value ^ (value >> 33)


def utf8(texts: pl.Series) -> tuple[U8, I64]:
    """All texts as bytes, and where each starts and the last one ends; a null is empty."""
    array = cast(Any, texts.rechunk().to_arrow())
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data or b"", np.uint8), bounds


# The same, compiled --------------------------------------------------------------------------------

_B = np.uint64(BASE)
_ONE = np.uint64(1)
_SPACE = np.uint64(0x20 + 1)
_S33 = np.uint64(33)
_M1 = np.uint64(0xFF51AFD7ED558CCD)
_M2 = np.uint64(0xC4CEB9FE1A85EC53)

_LETTER, _BLANK, _ALONE_KIND = 0, 1, 2


def _ascii_values() -> U64:
    values = np.zeros(256, np.uint64)
    for byte in range(128):
        if not chr(byte).isspace():
            values[byte] = ord(chr(byte).lower()) + 1
    return values


_ASCII = _ascii_values()
"""What an ASCII byte adds to the polynomial; 0 for white space and for bytes beyond ASCII."""
_POWERS = np.array([pow(BASE, exponent, 1 << 64) for exponent in range(1024)], np.uint64)
_RANGES = np.array(SOLITARY, np.int64)

POSITION, END, VALUE, LENGTH, WORDS, INSIDE = range(6)
"""The slots of a reader's state: bytes read, where to stop; the polynomial over the normal form so
far and its length in bytes; words begun, and whether the last of them is still open."""
STATE = 6


@compiled
def mixed(value: np.uint64) -> np.uint64:
    """The finalizer of MurmurHash3, 64 bits."""
    value = (value ^ (value >> _S33)) * _M1
    value = (value ^ (value >> _S33)) * _M2
    return value ^ (value >> _S33)


@compiled
def _power(exponent: int) -> np.uint64:
    if exponent < _POWERS.size:
        return _POWERS[exponent]
    result, square = _ONE, _B
    while exponent > 0:
        if exponent & 1:
            result *= square
        square *= square
        exponent >>= 1
    return result


@compiled
def _decode(data: U8, at: int) -> tuple[int, int]:
    """The code point of a character beyond ASCII, and how many bytes it has."""
    lead = np.int64(data[at])
    second = np.int64(data[at + 1] & 0x3F)
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | second, 2
    third = np.int64(data[at + 2] & 0x3F)
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | second << 6 | third, 3
    return (lead & 0x07) << 18 | second << 12 | third << 6 | np.int64(data[at + 3] & 0x3F), 4


@compiled
def _kind(code: int) -> int:
    """What a character beyond ASCII is to the reader."""
    if code in (0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000):
        return _BLANK
    if 0x2000 <= code <= 0x200A:
        return _BLANK
    for span in range(_RANGES.shape[0]):
        if _RANGES[span, 0] <= code <= _RANGES[span, 1]:
            return _ALONE_KIND
    return _LETTER


@compiled
def _find_changing(data: U8, bounds: I64, unchanging: Flags, changing: Flags) -> None:
    for row in range(bounds.size - 1):
        at, end = bounds[row], bounds[row + 1]
        while at < end:
            if data[at] < 0x80:
                at += 1
                continue
            code, size = _decode(data, at)
            if code >= unchanging.size or not unchanging[code]:
                changing[row] = True
                break
            at += size


@compiled
def _since(value: np.uint64, length: int, starts: U64, slot: int) -> np.uint64:
    """The hash of the last n words: those since the word whose place the next one will take."""
    span = length - np.int64(starts[slot, 1])
    return mixed(value - starts[slot, 0] * _power(span))


@compiled
def start(state: I64, begin: int, end: int) -> None:
    """Set a reader to the start of a text."""
    state[:] = 0
    state[POSITION] = begin
    state[END] = end


@compiled
def read(data: U8, state: I64, starts: U64, out: U64) -> int:
    """Write the hashes of the next shingles of a text to `out`, and say how many; 0 at its end.

    `starts` has a row of two values for each of the n words of a shingle. A text of any length is
    read through an `out` of any size above two.
    """
    at, end = state[POSITION], state[END]
    value, length = np.uint64(state[VALUE]), state[LENGTH]
    begun, inside = state[WORDS], state[INSIDE] != 0
    ngram = starts.shape[0]
    slot = begun % ngram
    count = 0
    room = out.size - 2
    while at < end and count < room:
        kind, size = _LETTER, 1
        if data[at] >= 0x80:
            code, size = _decode(data, at)
            kind = _kind(code)
        elif _ASCII[data[at]] == 0:
            kind = _BLANK
        if inside and kind != _LETTER:
            inside = False
            if begun >= ngram:
                out[count] = _since(value, length, starts, slot)
                count += 1
        if kind == _BLANK:
            at += size
            continue
        if not inside:
            if begun:
                value = value * _B + _SPACE
                length += 1
            starts[slot, 0] = value
            starts[slot, 1] = np.uint64(length)
            slot = slot + 1 if slot + 1 < ngram else 0
            begun += 1
            inside = True
        if size > 1:
            for offset in range(size):
                value = value * _B + np.uint64(data[at + offset]) + _ONE
            length += size
            at += size
            if kind == _ALONE_KIND:
                inside = False
                if begun >= ngram:
                    out[count] = _since(value, length, starts, slot)
                    count += 1
            continue
        before = at
        added = _ASCII[data[at]]
        while added != 0:
            value = value * _B + added
            at += 1
            added = _ASCII[data[at]] if at < end else np.uint64(0)
        length += at - before
    if at == end and count < room:
        if inside and begun >= ngram:
            out[count] = _since(value, length, starts, slot)
            count += 1
        elif 0 < begun < ngram:
            out[count] = mixed(value)
            count += 1
            begun = ngram
        inside = False
    state[POSITION], state[VALUE], state[LENGTH] = at, np.int64(value), length
    state[WORDS], state[INSIDE] = begun, inside
    return count
