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
from curate.near.bits import SPAN, eight, look, lowest, population
from curate.near.words import BASE, FACTOR, SOLITARY

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Reading words --------------------------------------------------------------------------------------

_B = np.uint64(BASE)
_F = np.uint64(FACTOR)
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_8 = np.uint64(8)
_32 = np.uint64(32)
_33 = np.uint64(33)
_63 = np.uint64(63)
_64 = np.uint64(64)
_M1 = np.uint64(0xFF51AFD7ED558CCD)
_M2 = np.uint64(0xC4CEB9FE1A85EC53)
_HIGH = np.uint64(0x8080808080808080)
_LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
_FROM_A = np.uint64(0x8080808080808080 - 0x41 * 0x0101010101010101)
_PAST_Z = np.uint64(0x8080808080808080 - 0x5B * 0x0101010101010101)
_2 = np.uint64(2)

_LETTER, _BLANK, _SOLITARY = 0, 1, 2
_RANGES = np.array(SOLITARY, np.int64)

POSITION, END, INSIDE, HELD, WORDS = range(5)
"""The slots of a reader's state: bytes read, where to stop; whether the last byte is in a word; running
values held; words read."""
STATE = 5
BLOCK = 1024
"""Words read at a time: a text of any length needs no more room than this."""


@compiled
def mixed(value: np.uint64) -> np.uint64:
    """The finalizer of MurmurHash3, 64 bits."""
    value = (value ^ (value >> _33)) * _M1
    value = (value ^ (value >> _33)) * _M2
    return value ^ (value >> _33)


@compiled
def _power(exponent: int) -> np.uint64:
    result = _ONE
    for _ in range(exponent):
        result *= _B
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
def blank_beyond(code: int) -> bool:
    """Whether a character beyond ASCII is white space."""
    if code in (0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000):
        return True
    return 0x2000 <= code <= 0x200A


@compiled
def _kind(code: int) -> int:
    """What a character is to the reader."""
    if code <= 0x20:
        return _BLANK if code == 0x20 or 0x09 <= code <= 0x0D or code >= 0x1C else _LETTER
    if code < 0x85:
        return _LETTER
    if blank_beyond(code):
        return _BLANK
    for span in range(_RANGES.shape[0]):
        if _RANGES[span, 0] <= code <= _RANGES[span, 1]:
            return _SOLITARY
    return _LETTER


@compiled
def _cut(data: U8, state: I64, cuts: I64) -> int:
    """Write where the next words begin and end, in turns, and say how many numbers that makes.

    The last word of them may be without an end; it is in the text that follows. White space is told from
    letters 64 bytes at a time, and a bit for each is enough to find the edges between them (Langdale and
    Lemire 2019, "Parsing gigabytes of JSON per second"), except where there is a character beyond ASCII.
    """
    at, end, inside = state[POSITION], state[END], np.uint64(state[INSIDE])
    count = 0
    room = cuts.size - 2 * SPAN - 2
    while at < end and count < room:
        beyond, blank = _ALL, _ZERO
        if at + SPAN <= data.size:
            blank, beyond = look(data, at)
            if at + SPAN > end:  # what follows is another text's
                past = _ALL << np.uint64(end - at)
                blank, beyond = blank | past, beyond & ~past
        if not beyond:
            edges = ~blank ^ (~blank << _ONE | inside)
            while edges:
                cuts[count] = at + lowest(edges)
                count += 1
                edges &= edges - _ONE
            inside = ~blank >> _63
            at += SPAN
            continue
        stop = min(at + SPAN, end)
        while at < stop:
            code, size = np.int64(data[at]), 1
            if code >= 0x80:
                code, size = decode(data, at)
            kind = _kind(code)
            if inside != (kind == _LETTER):
                cuts[count] = at
                count += 1
                inside ^= _ONE
            if kind == _SOLITARY:
                cuts[count], cuts[count + 1] = at, at + size
                count += 2
            at += size
    if at >= end and inside:
        cuts[count] = end
        count += 1
        inside = _ZERO
    state[POSITION], state[INSIDE] = min(at, end), np.int64(inside)
    return count


@compiled
def _lowered(value: np.uint64) -> np.uint64:
    """Eight bytes with a to z for A to Z."""
    low = value & _LOW
    upper = (low + _FROM_A) & ~(low + _PAST_Z) & ~value & _HIGH
    return value | upper >> _2


@compiled
def _hash(data: U8, cuts: I64, words: int, values: U64, held: int) -> None:
    """Go on with the polynomial over words, which stand in the first cuts."""
    value = values[held - 1]
    for word in range(words):
        value = value * _B + hashed(data, cuts[2 * word], cuts[2 * word + 1])
        values[held + word] = value


@compiled
def hashed(data: U8, at: int, end: int) -> np.uint64:
    """The hash of a word (`words.word_hash`), A to Z lowered; `data` has at least eight bytes."""
    value = np.uint64(end - at) * _B
    while at + 8 < end:
        value = (value ^ _lowered(eight(data, at))) * _F
        value ^= value >> _32
        at += 8
    behind = max(at + 8 - data.size, 0)  # bytes that are not there, behind the last text
    last = eight(data, at - behind) >> _8 * np.uint64(behind)
    last &= _ALL >> (_64 - _8 * np.uint64(end - at))
    value = (value ^ _lowered(last)) * _F
    return value ^ value >> _32


@compiled
def start(state: I64, begin: int, end: int, values: U64) -> None:
    """Set a reader to the start of a text."""
    state[:] = 0
    state[POSITION] = begin
    state[END] = end
    state[HELD] = 1
    values[0] = _ZERO


@compiled
def padded(data: U8) -> U8:
    """The bytes, or a copy of so few that eight cannot be read at a time."""
    if data.size >= 8:
        return data
    longer = np.zeros(8, np.uint8)
    longer[: data.size] = data
    return longer


@compiled
def read(data: U8, state: I64, cuts: I64, values: U64, ngram: int, out: U64) -> int:
    """Write the hashes of the next shingles of a text to `out`, and say how many; 0 at its end.

    `data` has at least eight bytes (`padded`). `cuts` and `values` are as `reader` makes them for so many words
    at a time, and `out` has room for `words + SPAN + 1`, whatever the length of the text.
    """
    count = 0
    while not count and state[POSITION] < state[END]:
        # The first number is left free for the start of a word that goes on.
        opened = state[INSIDE]
        found = _cut(data, state, cuts[opened:]) + opened
        held = state[HELD]
        _hash(data, cuts, found // 2, values, held)
        if found % 2:
            cuts[0] = cuts[found - 1]
        state[WORDS] += found // 2
        held += found // 2
        count = max(held - ngram, 0)
        power = _power(ngram)
        for at in range(count):
            out[at] = mixed(values[at + ngram] - values[at] * power)
        for at in range(ngram if count else 0):
            values[at] = values[count + at]
        state[HELD] = held - count
        if state[POSITION] >= state[END] and 0 < state[WORDS] < ngram:
            out[0] = mixed(values[held - 1])
            count = 1
    return count


@compiled
def reader(ngram: int, words: int) -> tuple[I64, I64, U64]:
    """The state, the cuts and the values of a reader that reads so many words at a time."""
    cuts = np.empty(2 * words + 2 * SPAN + 4, np.int64)
    return np.zeros(STATE, np.int64), cuts, np.empty(ngram + words + SPAN + 1, np.uint64)


@compiled
def find_changing(data: U8, bounds: I64, unchanging: Flags, spans: I64) -> int:
    """Write which stretches of text hold a character other than ASCII and the unchanging ones.

    A stretch goes from white space to white space (in ASCII); it has its text's number, its begin and its
    end. Gives how many there are; where `spans` is too short, the rest is only counted.
    """
    count = 0
    for row in range(bounds.size - 1):
        at, end = bounds[row], bounds[row + 1]
        while at < end:
            if at + SPAN <= data.size:
                beyond = look(data, at)[1]
                at += lowest(beyond) if beyond else SPAN
                if not beyond or at >= end:
                    continue
            if data[at] < 0x80:
                at += 1
                continue
            code, size = decode(data, at)
            if code < unchanging.size and unchanging[code]:
                at += size
                continue
            begin = at
            while begin > bounds[row] and not _ascii_blank(data[begin - 1]):
                begin -= 1
            while at < end and not _ascii_blank(data[at]):
                at += 1
            if count < spans.shape[0]:
                spans[count, 0], spans[count, 1], spans[count, 2] = row, begin, at
            count += 1
    return count


@compiled
def _ascii_blank(byte: int) -> bool:
    return byte < 0x80 and _kind(np.int64(byte)) == _BLANK


# Signatures -----------------------------------------------------------------------------------------

_S13 = np.uint32(13)
_S16 = np.uint32(16)
_F1 = np.uint32(0x85EBCA6B)
_F2 = np.uint32(0xC2B2AE35)


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
    data = padded(data)
    state, cuts, values = reader(ngram, BLOCK)
    hashes = np.empty(BLOCK + SPAN + 1, np.uint64)
    block = np.empty(hashes.size + 8, np.uint32)
    for row in range(bounds.size - 1):
        start(state, bounds[row], bounds[row + 1], values)
        while True:
            count = read(data, state, cuts, values, ngram, hashes)
            if not count:
                break
            for at in range(count):
                value = np.uint32(hashes[at] >> _32)
                value = np.uint32((value ^ (value >> _S16)) * _F1)
                value = np.uint32((value ^ (value >> _S13)) * _F2)
                block[at] = value ^ (value >> _S16)
            _lower(signatures[row], block, count, multipliers, additions)
        if state[WORDS]:
            wholes[row] = mixed(values[state[HELD] - 1])


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

ROUNDING = 1e-9
"""Taken off before rounding up, so that 0.55 * 20 is 11 and not 12."""


@compiled
def spell(data: U8, bounds: I64, ngram: int, apart: U64, hashes: U64, ends: I64) -> None:
    """Write the hashes of all shingles of all texts, and where each text's end.

    `apart` other than 0 changes the hashes of a text, so that it shares none with other values.
    """
    data = padded(data)
    state, cuts, values = reader(ngram, BLOCK)
    end = 0
    for row in range(bounds.size - 1):
        start(state, bounds[row], bounds[row + 1], values)
        begin = end
        while True:
            count = read(data, state, cuts, values, ngram, hashes[end:])
            if not count:
                break
            end += count
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
        if ends[row + 1] > ends[row]:
            kept += 1  # the last one kept may be written over, by itself: no branch waits to be foreseen
            hashes[begin] = before = hashes[ends[row]]
            for at in range(ends[row] + 1, ends[row + 1]):
                value = hashes[at]
                hashes[kept] = value
                kept += value != before
                before = value
        sizes[row] = kept - begin
    return sizes


MARK = 4
"""Words of 64 bits in a mark."""
FULL = 2048
"""Hashes beyond which a mark, half of whose bits are then set whatever the set, rules out next to nothing."""
_WORD = np.uint64(MARK - 1)


@compiled
def mark(hashes: U64, sizes: U32, numbers: I64, marks: U64) -> None:
    """Turn a bit of each text's mark over for every hash of its set, if that has not more than `FULL`.

    The sets stand one after the other.
    """
    at = 0
    for text in range(sizes.size):
        if sizes[text] > FULL:
            at += sizes[text]
            continue
        own = marks[numbers[text]]
        for _ in range(sizes[text]):
            value = hashes[at]
            own[value & _WORD] ^= _ONE << (value >> _8 & _63)
            at += 1


@compiled
def plausible(marks: U64, sizes: U32, left: I64, right: I64, threshold: float) -> Flags:
    """Which pairs may be as alike as the threshold, for all that their marks tell.

    Sets of m and n hashes whose similarity is t at least differ in (1 - t) / (1 + t) (m + n) hashes at most.
    """
    flags = np.empty(left.size, np.bool_)
    share = (1 - threshold) / (1 + threshold)
    for pair in range(left.size):
        a, b = left[pair], right[pair]
        differing = 0
        for word in range(MARK):
            differing += np.int64(population(marks[a, word] ^ marks[b, word]))
        if max(sizes[a], sizes[b]) > FULL:
            differing = 0
        flags[pair] = differing <= share * (np.int64(sizes[a]) + np.int64(sizes[b])) + ROUNDING
    return flags


@compiled
def gather(hashes: U64, begins: I64, sizes: U32, out: U64, places: I64) -> None:
    """Copy sets to their places in `out`."""
    for number in range(begins.size):
        begin, place, size = begins[number], places[number], np.int64(sizes[number])
        out[place : place + size] = hashes[begin : begin + size]


@compiled
def compare(
    hashes: U64, begins: I64, sizes: U32, left: I64, right: I64, threshold: float, found: F64
) -> None:
    """The Jaccard similarity of pairs of ascending sets, or 0 where it is below the threshold.

    Large sets are merged in two halves at the same time: a step waits for the one before it, but not for
    one of the other half.
    """
    for pair in range(left.size):
        i, j = begins[left[pair]], begins[right[pair]]
        i_end, j_end = i + sizes[left[pair]], j + sizes[right[pair]]
        both = (i_end - i) + (j_end - j)
        need = np.int64(np.ceil(threshold / (1 + threshold) * both - ROUNDING))
        k, m = i_end, j_end
        if min(i_end - i, j_end - j) >= 4 * _STEPS:
            k = (i + i_end) // 2
            m = first_from(hashes, j, j_end, hashes[k])
        i_half, j_half = k, m
        common = 0
        while min(i_half - i, j_half - j) >= _STEPS and min(i_end - k, j_end - m) >= _STEPS:
            for _ in range(_STEPS):
                x, y = hashes[i], hashes[j]
                v, w = hashes[k], hashes[m]
                common += np.int64(x == y) + np.int64(v == w)
                i += x <= y
                j += y <= x
                k += v <= w
                m += w <= v
            if common + min(i_half - i, j_half - j) + min(i_end - k, j_end - m) < need:
                break
        else:
            common += _common(
                hashes, i, i_half, j, j_half, need - common - min(i_end - k, j_end - m)
            )
            common += _common(hashes, k, i_end, m, j_end, need - common)
        found[pair] = common / (both - common) if both and common >= need else 0.0


_STEPS = 16
"""Values of two sets that are compared before it is asked whether they can still be alike enough."""


@compiled
def first_from(hashes: U64, low: int, high: int, value: np.uint64) -> int:
    """Where the first value begins that is not below this one."""
    while low < high:
        middle = (low + high) // 2
        if hashes[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _common(hashes: U64, i: int, i_end: int, j: int, j_end: int, need: int) -> int:
    """How many values two ascending stretches have in common; some of them, if that are fewer than needed."""
    common = 0
    while i + _STEPS <= i_end and j + _STEPS <= j_end:
        for _ in range(_STEPS):
            x, y = hashes[i], hashes[j]
            common += x == y
            i += x <= y
            j += y <= x
        if common + min(i_end - i, j_end - j) < need:
            return common
    while i < i_end and j < j_end:
        x, y = hashes[i], hashes[j]
        common += x == y
        i += x <= y
        j += y <= x
    return common


# Neighbours -----------------------------------------------------------------------------------------

_56 = np.uint64(56)


def _classes() -> U8:
    """Counts up to 64 as they are, higher ones in eighths of an octave."""
    counts = np.arange(0x10000)
    octaves = np.log2(np.maximum(counts, 64)) - 6
    return np.where(counts < 64, counts, 64 + np.floor(8 * octaves)).astype(np.uint8)


_CLASSES = _classes()
"""How common a shingle is, by how often it was counted."""
CLASSES = 144


@compiled
def tally_up(hashes: U64, begins: I64, sizes: U32, numbers: I64, tally: U16) -> None:
    """Count shingles in a table of fixed size; two that share a place only seem less rare."""
    mask = np.uint64(tally.size - 1)
    for number in numbers:
        for at in range(begins[number], begins[number] + sizes[number]):
            place = hashes[at] & mask
            tally[place] += tally[place] < 0xFFFF


@compiled
def pick(
    hashes: U64,
    begins: I64,
    sizes: U32,
    numbers: I64,
    tally: U16,
    threshold: float,
) -> tuple[U64, U32, U32]:
    """The rarest shingles of each text that some other text may have as well, and how rare they are in it.

    A token is the class of the shingle's count above 56 bits of its hash: sorted, the rarest first. A set of n shingles
    needs no more than its rarest n - ceil(t n) + 1 to be found by all that are alike enough (Xiao et al. 2008,
    lemma 1).
    """
    mask = np.uint64(tally.size - 1)
    longest = 0
    room = 0
    for number in numbers:
        size = np.int64(sizes[number])
        longest = max(longest, size)
        room += size - int(np.ceil(threshold * size - ROUNDING)) + 1
    tokens = np.empty(room, np.uint64)
    owners = np.empty(room, np.uint32)
    places = np.empty(room, np.uint32)
    classes = np.empty(longest, np.uint8)
    ends = np.empty(CLASSES, np.int64)
    found = 0
    for number in numbers:
        size, begin = np.int64(sizes[number]), begins[number]
        needed = size - int(np.ceil(threshold * size - ROUNDING)) + 1
        # Sorted by counting: within a class, hashes are in order already.
        ends[:] = 0
        for at in range(size):
            classes[at] = _CLASSES[tally[hashes[begin + at] & mask]]
            ends[classes[at]] += 1
        before, last = 0, 0
        for common in range(CLASSES):
            before, ends[common] = before + ends[common], before
            if ends[common] < needed:
                last = common
        if last < 2:
            continue
        for at in range(size):
            common = classes[at]
            if common > last:
                continue
            place = ends[common]
            ends[common] += 1
            if common < 2 or place >= needed:
                continue
            tokens[found] = np.uint64(common) << _56 | hashes[begin + at] >> _8
            owners[found], places[found] = number, place
            found += 1
    return tokens[:found].copy(), owners[:found].copy(), places[:found].copy()


@compiled
def sort_runs(tokens: U64, owners: U32, places: U32) -> None:
    """Order the entries of each token by owner."""
    first = 0
    while first < tokens.size:
        end = first + 1
        while end < tokens.size and tokens[end] == tokens[first]:
            end += 1
        if end - first == 2:
            if owners[first] > owners[end - 1]:
                owners[first], owners[end - 1] = owners[end - 1], owners[first]
                places[first], places[end - 1] = places[end - 1], places[first]
        elif end - first > 2:
            order = np.argsort(owners[first:end])
            owners[first:end] = owners[first:end][order]
            places[first:end] = places[first:end][order]
        first = end


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
                possible = found and less >= threshold * more - ROUNDING
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
def number_up(hashes: U64, bits: int) -> None:
    """Put each hash's place in its lowest bits."""
    mask = ~((_ONE << np.uint64(bits)) - _ONE)
    for at in range(hashes.size):
        hashes[at] = hashes[at] & mask | np.uint64(at)


@compiled
def join_runs(keys: U64, bits: int, hot: int, parent: U32) -> int:
    """Join the groups of numbers whose keys are equal; a number stands in the lowest bits of its key.

    Gives how many keys have more than `hot` numbers.
    """
    shift = np.uint64(bits)
    mask = (_ONE << shift) - _ONE
    run, many = 1, 0
    for at in range(1, keys.size):
        if keys[at] >> shift != keys[at - 1] >> shift:
            run = 1
            continue
        run += 1
        many += run == hot + 1
        a = _root(parent, np.int64(keys[at - 1] & mask))
        b = _root(parent, np.int64(keys[at] & mask))
        parent[max(a, b)] = min(a, b)
    return many


@compiled
def find_firsts(keys: U64, bits: int, values: U64, first: I64) -> None:
    """For each value, where it stands first; keys are as for `join_runs`, of the values, in order."""
    shift = np.uint64(bits)
    mask = (_ONE << shift) - _ONE
    begin = 0
    for at in range(keys.size):
        if keys[at] >> shift != keys[begin] >> shift:
            begin = at
        place = np.int64(keys[at] & mask)
        # Values that differ in their lowest bits only may stand between.
        for earlier in range(begin, at + 1):
            other = np.int64(keys[earlier] & mask)
            if values[other] == values[place]:
                first[place] = other
                break


@compiled
def pair_all(members: I64, ends: I64, left: I64, right: I64) -> None:
    """Write every pair of members of the same stretch, the lower one left."""
    count = 0
    begin = 0
    for end in ends:
        for one in range(begin, end):
            for other in range(one + 1, end):
                left[count], right[count] = members[one], members[other]
                count += 1
        begin = end


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
