"""The compiled search for test items."""

# numba decides what type a value has in here; numpy's stubs know better than to say.
# pyright: reportArgumentType=false, reportReturnType=false

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from curate.compiling import compiled
from curate.leaks.words import ALONE, COMMAND, DIGIT, GAP, LETTER
from curate.near.kernels import I64, U8, U32, U64, decode, mixed
from curate.near.words import BASE

_B = np.uint64(BASE)
_ONE = np.uint64(1)
_ZERO = np.uint64(0)
_63 = np.uint64(63)
_COMMA, _POINT, _NOUGHT, _BRACE, _CLOSED, _BACK, _BANG = b",.0{}\\!"
_LOWER = np.array([ord(chr(byte).lower()) for byte in range(128)], np.uint8)

BITS = 23
"""The filter in front of the table has 2^23 bits: 1 MB, which stays near a core. An n-gram sets two bits of
one word of it (Putze, Sanders and Singler 2007, "Cache-, hash- and space-efficient Bloom filters")."""
_TOP = np.uint64(64 - BITS + 6)
_NEXT = np.uint64(64 - BITS)


class Reading(NamedTuple):
    """How words are read.

    `kinds` says what characters are, by code point; `letters` what an ASCII letter adds to a polynomial, 0
    for every other byte; `layout` are the hashes of commands that are no words.
    """

    kinds: U8
    letters: U64
    layout: U64


class Table(NamedTuple):
    """Test items by what tells them.

    `grams` are hashes of n-grams in ascending order, `bits` a filter over them; those of the i-th stand at
    `first[i]` to `first[i + 1]` of `item` and `place`, the word of the item where it begins. The words of an
    item are numbered from `begin[item]`. Found is an item of whose words at least `need` are covered.
    `wholes` are hashes of items that must stand as they are, with their length in words and their number.
    """

    ngram: int
    bits: U64
    grams: U64
    first: I64
    item: U32
    place: U32
    begin: I64
    telling: I64
    """Words of an item that its n-grams in the table cover."""
    need: I64
    wholes: U64
    whole_size: I64
    whole_item: U32


@compiled
def read_words(data: U8, begin: int, end: int, reading: Reading, out: U64, tiny: U8) -> int:
    """Write the hashes of a text's words, and which are one character long; says how many there are."""
    kinds, letters, layout = reading.kinds, reading.letters, reading.layout
    at, count = begin, 0
    while at < end:
        code, size = np.int64(data[at]), 1
        if code >= 0x80:
            code, size = decode(data, at)
        kind = kinds[code] if code < kinds.size else ALONE
        if kind == GAP:
            at += size
            continue
        value, length = _ZERO, 0
        if kind == LETTER:
            while kind == LETTER:
                added = letters[data[at]]
                if added:
                    before = at
                    while added:
                        value = value * _B + added
                        at += 1
                        added = letters[data[at]] if at < end else _ZERO
                    length += at - before
                else:
                    value = _spelled(value, data, at, size)
                    length += 1
                    at += size
                if at >= end:
                    break
                code, size = np.int64(data[at]), 1
                if code >= 0x80:
                    code, size = decode(data, at)
                kind = kinds[code] if code < kinds.size else ALONE
        elif kind == ALONE:
            value = _spelled(value, data, at, size)
            length = 1
            at += size
        elif kind == DIGIT:
            at, value, length = _number(data, at, end)
        elif kind == COMMAND:
            at += 1
            while at < end and data[at] < 0x80 and 97 <= _LOWER[data[at]] <= 122:
                value = _spelled(value, data, at, 1)
                length += 1
                at += 1
            if not length or _among(mixed(value), layout):
                continue
        out[count] = mixed(value)
        tiny[count] = length == 1
        count += 1
    return count


@compiled
def _spelled(value: np.uint64, data: U8, at: int, size: int) -> np.uint64:
    if size == 1:
        return value * _B + np.uint64(_LOWER[data[at]]) + _ONE
    for offset in range(size):
        value = value * _B + np.uint64(data[at + offset]) + _ONE
    return value


@compiled
def _digit(data: U8, at: int, end: int) -> bool:
    return at < end and 48 <= data[at] <= 57


@compiled
def _number(data: U8, at: int, end: int) -> tuple[int, np.uint64, int]:
    """Where a number ends, its polynomial without marks between thousands and idle noughts, its length."""
    value, length = _ZERO, 0
    while True:
        while _digit(data, at, end):
            value = _spelled(value, data, at, 1)
            length += 1
            at += 1
        skipped = _thousands(data, at, end)
        if not skipped:
            break
        at += skipped
    if at < end and data[at] == _POINT and _digit(data, at + 1, end):
        running = _spelled(value, data, at, 1)
        at += 1
        digits = 1
        while _digit(data, at, end):
            running = _spelled(running, data, at, 1)
            digits += 1
            if data[at] != _NOUGHT:
                value, length = running, length + digits
                digits = 0
            at += 1
    return at, value, length


@compiled
def _thousands(data: U8, at: int, end: int) -> int:
    r"""The length of a mark before exactly three digits, 0 where there is none: `,` `{,}` `\\,` or `,\\!`."""
    size = 0
    if at + 3 >= end:
        return 0
    if data[at] == _COMMA:
        size = 3 if data[at + 1] == _BACK and data[at + 2] == _BANG else 1
    elif data[at] == _BRACE and data[at + 1] == _COMMA and data[at + 2] == _CLOSED:
        size = 3
    elif data[at] == _BACK and data[at + 1] == _COMMA:
        size = 2
    if not size or _digit(data, at + size + 3, end):
        return 0
    for offset in range(3):
        if not _digit(data, at + size + offset, end):
            return 0
    return size


@compiled
def _among(value: np.uint64, values: U64) -> bool:
    for other in values:  # noqa: SIM110 - numba has no `any` over a generator
        if value == other:
            return True
    return False


@compiled
def read_texts(data: U8, bounds: I64, reading: Reading, hashes: U64, tiny: U8, ends: I64) -> None:
    """Write the hashes of the words of all texts, and where each text's end."""
    end = 0
    for row in range(bounds.size - 1):
        end += read_words(data, bounds[row], bounds[row + 1], reading, hashes[end:], tiny[end:])
        ends[row + 1] = end


@compiled
def _find(values: U64, value: np.uint64) -> int:
    """Where a value stands among ascending ones; -1 where it does not."""
    low, high = 0, values.size
    while low < high:
        middle = (low + high) // 2
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low if low < values.size and values[low] == value else -1


@compiled
def power(exponent: int) -> np.uint64:
    """The base to the power of the exponent, modulo 2^64."""
    result = _ONE
    for _ in range(exponent):
        result *= _B
    return result


@compiled
def mark(grams: U64, bits: U64) -> None:
    """Let the filter pass these n-grams."""
    for gram in grams:
        bits[gram >> _TOP] |= _two_bits(gram)


@compiled
def _two_bits(gram: np.uint64) -> np.uint64:
    return _ONE << (gram >> _NEXT & _63) | _ONE << (gram & _63)


@compiled
def search(data: U8, bounds: I64, reading: Reading, table: Table, found: I64, covered: I64) -> None:
    """For each text the item most of which stands in it, and how many of its words; -1 where there is none.

    Of items covered alike the first one counts.
    """
    longest = np.int64(0)
    for row in range(bounds.size - 1):
        longest = max(longest, bounds[row + 1] - bounds[row])
    words, tiny = np.empty(longest + 1, np.uint64), np.empty(longest + 1, np.uint8)
    seen_word = np.zeros(table.begin[-1], np.uint32)
    seen_gram = np.zeros(table.grams.size, np.uint32)
    seen_item = np.zeros(table.need.size, np.uint32)
    count_item = np.zeros(table.need.size, np.int64)
    highest = power(table.ngram - 1)
    for row in range(bounds.size - 1):
        stamp = np.uint32(row + 1)
        count = read_words(data, bounds[row], bounds[row + 1], reading, words, tiny)
        best, most = np.int64(-1), 0.0
        gram = _ZERO
        for at in range(count):
            if at >= table.ngram:
                gram -= words[at - table.ngram] * highest
            gram = gram * _B + words[at]
            if at < table.ngram - 1:
                continue
            two = _two_bits(gram)
            if table.bits[gram >> _TOP] & two != two:
                continue
            number = _find(table.grams, gram)
            if number < 0 or seen_gram[number] == stamp:
                continue
            seen_gram[number] = stamp
            for entry in range(table.first[number], table.first[number + 1]):
                item = table.item[entry]
                if seen_item[item] != stamp:
                    seen_item[item] = stamp
                    count_item[item] = 0
                start = table.begin[item] + table.place[entry]
                for word in range(start, start + table.ngram):
                    if seen_word[word] != stamp:
                        seen_word[word] = stamp
                        count_item[item] += 1
                share = count_item[item] / table.telling[item]
                if count_item[item] >= table.need[item] and (
                    share > most or (share == most and item < best)
                ):
                    best, most = np.int64(item), share
        whole = _whole(words, count, table)
        if whole >= 0 and (most < 1.0 or whole < best):
            best = whole
        found[row] = best
        if best >= 0 and best != whole:
            covered[row] = count_item[best]


@compiled
def _whole(words: U64, count: int, table: Table) -> int:
    """The first item that stands in the text as it is and makes up half of it; -1 where none does."""
    best, before = np.int64(-1), np.int64(0)
    for entry in range(table.wholes.size):  # ascending by size, then by hash
        size = table.whole_size[entry]
        if size == before or size > count or 2 * size < count:
            continue
        before = size
        end = entry
        while end < table.wholes.size and table.whole_size[end] == size:
            end += 1
        highest = power(size - 1)
        gram = _ZERO
        for at in range(count):
            if at >= size:
                gram -= words[at - size] * highest
            gram = gram * _B + words[at]
            if at < size - 1:
                continue
            number = _find(table.wholes[entry:end], gram)
            if number >= 0:
                item = np.int64(table.whole_item[entry + number])
                best = item if best < 0 else min(best, item)
    return best
