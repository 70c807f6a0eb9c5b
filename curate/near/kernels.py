"""The loops that are compiled to machine code.

Unsigned 64-bit values meet only each other here: with a plain `int` they would become floats, so
every constant is an `np.uint64`.
"""

# numba decides what type a value has in here; numpy's stubs know better than to say.
# pyright: reportArgumentType=false, reportReturnType=false

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curate.compiling import compiled
from curate.near.words import BASE, SOLITARY

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Reading words --------------------------------------------------------------------------------------

_B = np.uint64(BASE)
_ONE = np.uint64(1)
_SPACE = np.uint64(0x20 + 1)
_33 = np.uint64(33)
_M1 = np.uint64(0xFF51AFD7ED558CCD)
_M2 = np.uint64(0xC4CEB9FE1A85EC53)

_LETTER, _BLANK, _SOLITARY = 0, 1, 2


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
    value = (value ^ (value >> _33)) * _M1
    value = (value ^ (value >> _33)) * _M2
    return value ^ (value >> _33)


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
def decode(data: U8, at: int) -> tuple[int, int]:
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
            return _SOLITARY
    return _LETTER


@compiled
def find_changing(data: U8, bounds: I64, unchanging: Flags, changing: Flags) -> None:
    """Mark the texts that hold a character other than ASCII and the unchanging ones."""
    for row in range(bounds.size - 1):
        at, end = bounds[row], bounds[row + 1]
        while at < end:
            if data[at] < 0x80:
                at += 1
                continue
            code, size = decode(data, at)
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
            code, size = decode(data, at)
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
            if kind == _SOLITARY:
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


# Signatures -----------------------------------------------------------------------------------------

_32 = np.uint64(32)
_S13 = np.uint32(13)
_S16 = np.uint32(16)
_F1 = np.uint32(0x85EBCA6B)
_F2 = np.uint32(0xC2B2AE35)
BLOCK = 2048
"""Shingles hashed at a time: a text of any length needs no more room than this."""


@compiled
def sign(
    data: U8,
    bounds: I64,
    ngram: int,
    multipliers: U32,
    additions: U32,
    signatures: U32,
    wholes: U64,
) -> None:
    """Lower each text's signature by its shingles, and hash its whole normal form (0 if wordless)."""
    state = np.zeros(STATE, np.int64)
    starts = np.zeros((ngram, 2), np.uint64)
    hashes = np.empty(BLOCK, np.uint64)
    block = np.empty(BLOCK + 8, np.uint32)
    for row in range(bounds.size - 1):
        start(state, bounds[row], bounds[row + 1])
        count = read(data, state, starts, hashes)
        while count:
            for at in range(count):
                value = np.uint32(hashes[at] >> _32)
                value = np.uint32((value ^ (value >> _S16)) * _F1)
                value = np.uint32((value ^ (value >> _S13)) * _F2)
                block[at] = value ^ (value >> _S16)
            _lower(signatures[row], block, count, multipliers, additions)
            count = read(data, state, starts, hashes)
        if state[WORDS]:
            wholes[row] = mixed(np.uint64(state[VALUE]))


@compiled
def _lower(signature: U32, block: U32, count: int, multipliers: U32, additions: U32) -> None:
    """Lower a signature by a block of hashes, eight at a time; the block's last fills up the eight.

    Eight hashes for every load of a permutation keep the arithmetic units busy.
    """
    block[count : count + 8] = block[count - 1]
    for at in range(0, count, 8):
        h0, h1, h2, h3 = block[at], block[at + 1], block[at + 2], block[at + 3]
        h4, h5, h6, h7 = block[at + 4], block[at + 5], block[at + 6], block[at + 7]
        for p in range(signature.size):
            a, b = multipliers[p], additions[p]
            low = min(np.uint32(a * h0 + b), np.uint32(a * h1 + b))
            low = min(low, np.uint32(a * h2 + b))
            low = min(low, np.uint32(a * h3 + b))
            low = min(low, np.uint32(a * h4 + b))
            low = min(low, np.uint32(a * h5 + b))
            low = min(low, np.uint32(a * h6 + b))
            low = min(low, np.uint32(a * h7 + b))
            signature[p] = min(signature[p], low)


@compiled
def hash_bands(signatures: U32, rows: int, hashes: U64) -> None:
    """Hash each band of `rows` permutations; `hashes` has a row a band, a column a text."""
    for text in range(signatures.shape[0]):
        for band in range(hashes.shape[0]):
            value = np.uint64(band)
            for row in range(rows):
                value = mixed(value ^ np.uint64(signatures[text, band * rows + row]))
            hashes[band, text] = value


# Sets -----------------------------------------------------------------------------------------------


@compiled
def spell(data: U8, bounds: I64, ngram: int, apart: U64, hashes: U64, ends: I64) -> None:
    """Write the hashes of all shingles of all texts, and where each text's end.

    `apart` other than 0 changes the hashes of a text, so that it shares none with other values.
    """
    state = np.zeros(STATE, np.int64)
    starts = np.zeros((ngram, 2), np.uint64)
    end = 0
    for row in range(bounds.size - 1):
        start(state, bounds[row], bounds[row + 1])
        begin = end
        count = read(data, state, starts, hashes[end:])
        while count:
            end += count
            count = read(data, state, starts, hashes[end:])
        if apart[row]:
            for at in range(begin, end):
                hashes[at] = mixed(hashes[at] ^ apart[row])
        ends[row + 1] = end


@compiled
def squeeze(hashes: U64, ends: I64) -> U32:
    """Take repeats out of each ascending run, closing the gaps; the sizes that are left."""
    sizes = np.zeros(ends.size - 1, np.uint32)
    kept = 0
    for row in range(sizes.size):
        begin = kept
        for at in range(ends[row], ends[row + 1]):
            if kept == begin or hashes[at] != hashes[kept - 1]:
                hashes[kept] = hashes[at]
                kept += 1
        sizes[row] = kept - begin
    return sizes


@compiled
def compare(
    a: U64, a_begins: I64, a_ends: I64, a_at: I64, b: U64, b_begins: I64, b_ends: I64, b_at: I64
) -> F64:
    """The Jaccard similarity of pairs of ascending sets, `a_at` and `b_at` telling which."""
    similarity = np.zeros(a_at.size, np.float64)
    for pair in range(a_at.size):
        i, i_end = a_begins[a_at[pair]], a_ends[a_at[pair]]
        j, j_end = b_begins[b_at[pair]], b_ends[b_at[pair]]
        either = (i_end - i) + (j_end - j)
        common = 0
        while i < i_end and j < j_end:
            x, y = a[i], b[j]
            common += x == y
            i += x <= y
            j += y <= x
        if either:
            similarity[pair] = common / (either - common)
    return similarity


# Neighbours -----------------------------------------------------------------------------------------

_48 = np.uint64(48)
_16 = np.uint64(16)
_ROUNDING = 1e-9
"""Taken off before rounding up, so that 0.55 * 20 is 11 and not 12."""


@compiled
def tally_up(hashes: U64, tally: U16) -> None:
    """Count shingles in a table of fixed size; two that share a place only seem less rare."""
    mask = np.uint64(tally.size - 1)
    for at in range(hashes.size):
        place = hashes[at] & mask
        if tally[place] < 0xFFFF:
            tally[place] += 1


@compiled
def pick(
    hashes: U64,
    begins: I64,
    ends: I64,
    numbers: I64,
    tally: U16,
    threshold: float,
    part: int,
    passes: int,
) -> tuple[U64, U32, Flags]:
    """The rarest shingles of each text that some other text may have as well.

    A set of n shingles that a longer one is to find needs its rarest n - ceil(2t / (1 + t) n) + 1,
    one that a shorter one is to find its rarest n - ceil(t n) + 1 (Xiao et al. 2008, lemma 1 and
    section 3.3). A token is the shingle's count above 48 bits of its hash: sorted, the rarest first.
    """
    mask = np.uint64(tally.size - 1)
    longest = 0
    room = 0
    for row in range(numbers.size):
        size = ends[row] - begins[row]
        longest = max(longest, size)
        room += size - int(np.ceil(threshold * size - _ROUNDING)) + 1
    tokens = np.empty(room, np.uint64)
    owners = np.empty(room, np.uint32)
    earlies = np.empty(room, np.bool_)
    keys = np.empty(longest, np.uint64)
    found = 0
    for row in range(numbers.size):
        size = ends[row] - begins[row]
        late = size - int(np.ceil(threshold * size - _ROUNDING)) + 1
        early = size - int(np.ceil(2 * threshold / (1 + threshold) * size - _ROUNDING)) + 1
        shared = 0
        for at in range(begins[row], ends[row]):
            count = tally[hashes[at] & mask]
            if count > 1:
                keys[shared] = np.uint64(count) << _48 | hashes[at] >> _16
                shared += 1
        unique = size - shared
        if unique >= late:
            continue
        keys[:shared].sort()
        for at in range(late - unique):
            if passes == 1 or keys[at] % np.uint64(passes) == np.uint64(part):
                tokens[found] = keys[at]
                owners[found] = numbers[row]
                earlies[found] = unique + at < early
                found += 1
    return tokens[:found].copy(), owners[:found].copy(), earlies[:found].copy()


@compiled
def propose(
    token: U64,
    owner: U32,
    early: Flags,
    size: U32,
    threshold: float,
    crowd: int,
    parent: U32,
    stars: bool,
    at: I64,
    pairs: U64,
) -> int:
    """Write the next pairs to compare, and say how many; 0 when there are no more.

    `at` keeps the place: the first entry of the shingle reached, the two entries to compare next, and
    the pairs passed over so far.
    """
    count = 0
    first, left, right = at[0], at[1], at[2]
    while first < token.size:
        end = first + 1
        while end < token.size and token[end] == token[first]:
            end += 1
        if left == first and right == first + 1 and _joined(parent, owner[first:end]):
            left = end
        while left < (first + 1 if stars else end):
            stop = end if stars else min(end, left + 1 + crowd)
            while right < stop:
                if count == pairs.size:
                    at[0], at[1], at[2] = first, left, right
                    return count
                a, b = owner[left], owner[right]
                less, more = min(size[a], size[b]), max(size[a], size[b])
                found = (early[left] and size[a] == less) or (early[right] and size[b] == less)
                possible = found and less >= threshold * more - _ROUNDING
                if possible and _root(parent, a) != _root(parent, b):
                    pairs[count] = np.uint64(a) << _32 | np.uint64(b)
                    count += 1
                right += 1
            at[3] += end - stop
            left += 1
            right = left + 1
        first = left = end
        right = end + 1
    at[0], at[1], at[2] = first, left, right
    return count


@compiled
def _joined(parent: U32, numbers: U32) -> bool:
    root = _root(parent, numbers[0])
    for number in numbers:  # noqa: SIM110 - numba has no `all` over a generator
        if _root(parent, number) != root:
            return False
    return True


@compiled
def unite(parent: U32, left: I64, right: I64) -> None:
    """Join the groups of each pair; the lowest number stands for a group."""
    for pair in range(left.size):
        a, b = _root(parent, left[pair]), _root(parent, right[pair])
        parent[max(a, b)] = min(a, b)


@compiled
def flatten(parent: U32) -> None:
    """Let every number point at the lowest of its group."""
    for number in range(parent.size):
        parent[number] = _root(parent, number)


@compiled
def _root(parent: U32, number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number
