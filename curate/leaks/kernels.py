"""The compiled search for test items."""

# numba decides what type a value has in here; numpy's stubs know better than to say.
# pyright: reportArgumentType=false, reportAssignmentType=false, reportReturnType=false

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from curate.compiling import compiled
from curate.leaks.words import ALONE, COMMAND, DIGIT, GAP, LETTER
from curate.near.bits import SPAN, eight, look, population, sorts, unowned, write_places
from curate.near.kernels import I64, U8, U32, U64, decode, first_from, hashed
from curate.near.words import BASE, FACTOR

_B = np.uint64(BASE)
_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_ONE = np.uint64(1)
_TWO = np.uint64(2)
_ZERO = np.uint64(0)
_3 = np.uint64(3)
_8 = np.uint64(8)
_32 = np.uint64(32)
_61 = np.uint64(61)
_63 = np.uint64(63)
_64 = np.uint64(64)
_CASE = np.uint64(0x2020202020202020)
_F = np.uint64(FACTOR)
_COMMA, _POINT, _NOUGHT, _BRACE, _CLOSED, _BACK, _BANG = b",.0{}\\!"

BATCH = 8192
"""Words searched at a time, where one text has not more."""
BLOCK = 1024
"""Where runs of letters or digits begin and end, so many places at a time, before their words are read."""
_BLOCK = np.uint64(BLOCK)


class Reading(NamedTuple):
    """How words are read.

    `kinds` says what characters are, by code point. `layout` are the hashes of commands that are no words.
    `spaces` tells that white space alone is between words.
    """

    kinds: U8
    layout: U64
    spaces: bool


class Table(NamedTuple):
    """Test items by what tells them.

    `grams` are hashes of n-grams in ascending order, `bits` a filter over them, `parts` one over all parts of
    them that are `PART` words long; those that begin with the bits i
    stand from `bucket[i]` to `bucket[i + 1]`. Those of the i-th stand at `first[i]` to `first[i + 1]` of `item`
    and `place`, the word of the item where it begins. The words of an item are numbered from `begin[item]`.
    Found is an item of whose words at least `need` are covered; `reach[item]` words behind its last n-gram may be part of
    what a text has in common with it. `wholes` are hashes of items that must
    stand as they are, with filters over their first two words and over them, and their number: those of `whole_sizes[i]` words from `whole_first[i]` on, ascending.
    """

    ngram: int
    parts: U64
    bits: U64
    grams: U64
    bucket: U32
    first: I64
    item: U32
    place: U32
    begin: I64
    telling: I64
    """Words of an item that its n-grams in the table cover."""
    need: I64
    reach: I64
    wholes: U64
    whole_starts: U64
    whole_bits: U64
    whole_item: U32
    whole_sizes: I64
    whole_first: I64


class Desk(NamedTuple):
    """Room to work on some texts at a time.

    For the places where runs of letters or digits begin and end, those of them that need a second look, parts that are
    known, a number as it is spelled, the hashes of words, at which byte they begin counted from the first text's, how many bytes
    those have that are not hashed yet (0 of others), where each text's end, and the n-grams that may tell an
    item with the words where they begin.
    """

    starts: U32
    stops: U32
    hards: I64
    values: U64
    known: I64
    spelled: U8
    words: U64
    begins: U32
    sizes: U32
    ends: I64
    few: U64
    places: I64


class Marks(NamedTuple):
    """What a search has seen of the row it is at: which words, n-grams and items.

    A thing is seen in a row if the row's number stands at its place. Of an item seen there are the number of its words
    that are covered, and the words of the row where its first n-gram begins and its last one ends.
    """

    word: U32
    gram: U32
    item: U32
    covered: I64
    first: I64
    last: I64


# Reading words --------------------------------------------------------------------------------------


@compiled
def read_words(
    data: U8,
    origin: int,
    begin: int,
    end: int,
    kinds: U8,
    layout: U64,
    spaces: bool,
    starts: U32,
    stops: U32,
    hards: I64,
    spelled: U8,
    out: U64,
    places: U32,
    sizes: U32,
) -> int:
    """Write at which bytes behind the origin a text's words begin, and their sizes; says how many there are.

    Words that are not simply as they stand are hashed to `out`; they have the size 0. All others are left
    to `hash_words`: of most texts not all words' hashes are needed. Runs of letters and of digits are told 64 bytes at a time, as
    `near.kernels` tells words. Where there is something beyond ASCII, a command, or a mark in a number, words are read
    character by character. `starts`, `stops`, `hards` and `spelled` are a desk's.
    """
    at, until = begin, 0  # `until` is how far words have been read one by one, behind the origin
    # Unsigned, as of an index that may be negative it is asked each time whether it is.
    count = opened = closed = waiting = _ZERO
    before = _ZERO, _ZERO, _ZERO
    while at < end:
        letters, digits, odd, hard = _runs(data, at, end, kinds, spaces)
        after = letters << _ONE | before[0], digits << _ONE | before[1], odd << _ONE | before[2]
        before = letters >> _63, digits >> _63, odd >> _63
        begins = letters & ~after[0] | digits & ~after[1] | odd & ~after[2]
        ends = after[0] & ~letters | after[1] & ~digits | after[2] & ~odd
        # A run starts with something odd, or a number ends at a mark.
        hard = (begins | ends) & (odd | hard & after[1])
        while hard:
            lowest_hard = hard & (~hard + _ONE)
            hards[waiting] = closed + population(ends & (lowest_hard - _ONE))
            waiting += _ONE
            if lowest_hard & begins & ends:  # one run ends where another begins
                hards[waiting] = hards[waiting - _ONE] + 1
                waiting += _ONE
            hard &= hard - _ONE
        here = np.uint32(at - origin)
        opened += write_places(begins, here, starts, opened)
        closed += write_places(ends, here, stops, closed)
        at += SPAN
        if at >= end and opened > closed:
            stops[closed] = end - origin
            closed += _ONE
        if at < end and closed < _BLOCK:
            continue
        run = met = _ZERO
        while run < closed:
            while met < waiting and hards[met] < run:
                met += _ONE
            following = np.uint64(hards[met]) if met < waiting else closed
            if starts[run] < until or following == run:
                first, last = max(np.int64(starts[run]), until), np.int64(stops[run])
                while first < last:
                    word = first
                    first, value, length = _read(data, origin + first, end, kinds, layout, spelled)
                    first -= origin
                    if length:
                        out[count], places[count], sizes[count] = value, word, 0
                        count += _ONE
                    until = first
                run += _ONE
                continue
            following = min(following, closed)
            for simple in range(following - run):
                places[count + simple] = starts[run + simple]
                sizes[count + simple] = stops[run + simple] - starts[run + simple]
            count += following - run
            run = following
        # A run may go on.
        goes_on = waiting > _ZERO and np.uint64(hards[waiting - _ONE]) == closed
        starts[0], hards[0] = starts[closed], 0
        opened, closed, waiting = opened - closed, _ZERO, np.uint64(goes_on)
    return np.int64(count)


@compiled
def _simple(data: U8, begin: int, size: int, spaces: bool) -> np.uint64:
    """The hash of a word that is as it stands, but for its case."""
    return hashed(data, begin, begin + size) if spaces else _hashed(data, begin, begin + size)


@compiled
def hash_words(
    data: U8,
    origin: int,
    begins: U32,
    sizes: U32,
    words: U64,
    stretch: tuple[int, int],
    spaces: bool,
) -> None:
    """Write the hashes of a stretch of words where they are missing."""
    for at in range(stretch[0], stretch[1]):
        if sizes[at]:
            words[at] = _simple(data, origin + begins[at], np.int64(sizes[at]), spaces)
            sizes[at] = 0


@compiled
def _runs(
    data: U8, at: int, end: int, kinds: U8, spaces: bool
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Of the next 64 bytes, a bit each: letters, digits, what else may be in a word, marks within numbers.

    What follows the text is none of these. A mark counts if it may be one; that its number goes on is seen to later.
    """
    hard = _ZERO
    if at + SPAN > data.size:
        letters, digits, odd = _sorts(data, at, end, kinds)
        hard = _ALL
    elif spaces:
        blank, odd = look(data, at)
        letters, digits = ~(blank | odd), _ZERO
    else:
        letters, digits, odd, commas, points, braces = sorts(data, at)
        # A `,` is in a number if three digits come next or a backslash, a `.` if one does; the last bytes may be.
        three = digits >> _ONE & digits >> _TWO & digits >> _3
        hard = commas & (three | odd >> _ONE | _ALL << _61) | points & (
            digits >> _ONE | _ONE << _63
        )
        hard |= braces
    if at + SPAN > end:
        own = ~(_ALL << np.uint64(end - at))
        letters, digits, odd = letters & own, digits & own, odd & own
    return letters, digits, odd, hard


@compiled
def _hashed(data: U8, at: int, end: int) -> np.uint64:
    """As `hashed`, of letters and digits: one bit lowers them all."""
    value = np.uint64(end - at) * _B
    while at + 8 < end:
        value = (value ^ (eight(data, at) | _CASE)) * _F
        value ^= value >> _32
        at += 8
    behind = max(at + 8 - data.size, 0)  # bytes that are not there, behind the last text
    last = (eight(data, at - behind) | _CASE) >> _8 * np.uint64(behind)
    last &= _ALL >> (_64 - _8 * np.uint64(end - at))
    value = (value ^ last) * _F
    return value ^ value >> _32


@compiled
def _sorts(data: U8, begin: int, end: int, kinds: U8) -> tuple[np.uint64, np.uint64, np.uint64]:
    """As `bits.sorts`, of the last bytes there are."""
    letters = digits = odd = _ZERO
    for at in range(begin, min(begin + SPAN, end)):
        bit = _ONE << np.uint64(at - begin)
        kind = kinds[data[at]] if data[at] < 0x80 else ALONE
        if kind == LETTER:
            letters |= bit
        elif kind == DIGIT:
            digits |= bit
        elif kind != GAP:
            odd |= bit
    return letters, digits, odd


@compiled
def _read(
    data: U8, begin: int, end: int, kinds: U8, layout: U64, spelled: U8
) -> tuple[int, np.uint64, int]:
    """Where a word ends that begins here, its hash and its length in characters; 0 where there is none."""
    at = begin
    kind, size = _kind(data, at, kinds)
    if kind == DIGIT:
        at, length = _number(data, at, end, spelled)
        return at, hashed(spelled, 0, length), length
    if kind == COMMAND:
        at += 1
        while at < end and 97 <= data[at] | 0x20 <= 122:
            at += 1
        if at == begin + 1:
            return at, _ZERO, 0
        value = hashed(data, begin + 1, at)
        return at, value, 0 if _among(value, layout) else at - begin - 1
    at += size
    if kind != LETTER:
        return at, hashed(data, begin, at), int(kind == ALONE)
    length = 1
    while at < end:
        kind, size = _kind(data, at, kinds)
        if kind != LETTER:
            break
        at += size
        length += 1
    return at, hashed(data, begin, at), length


@compiled
def _kind(data: U8, at: int, kinds: U8) -> tuple[int, int]:
    """What the character at a place is, and how many bytes it has."""
    code, size = np.int64(data[at]), 1
    if code >= 0x80:
        code, size = decode(data, at)
    return np.int64(kinds[code]) if code < kinds.size else ALONE, size


@compiled
def _digit(data: U8, at: int, end: int) -> bool:
    return at < end and 48 <= data[at] <= 57


@compiled
def _number(data: U8, at: int, end: int, spelled: U8) -> tuple[int, int]:
    """Where a number ends, and its length when it is spelled without marks between thousands and idle noughts."""
    length = 0
    while True:
        while _digit(data, at, end):
            spelled[length] = data[at]
            length += 1
            at += 1
        skipped = _thousands(data, at, end)
        if not skipped:
            break
        at += skipped
    if at < end and data[at] == _POINT and _digit(data, at + 1, end):
        whole = length
        spelled[length] = _POINT
        length += 1
        at += 1
        while _digit(data, at, end):
            spelled[length] = data[at]
            length += 1
            if data[at] != _NOUGHT:
                whole = length
            at += 1
        length = whole
    return at, length


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
def read_texts(
    data: U8, bounds: I64, reading: Reading, desk: Desk, hashes: U64, begins: U32, ends: I64
) -> None:
    """Write the hashes of the words of all texts, at which byte of its text each begins, and where each text's end."""
    data, kinds, layout = unowned(data), unowned(reading.kinds), unowned(reading.layout)
    starts, stops = unowned(desk.starts), unowned(desk.stops)
    hards, spelled = unowned(desk.hards), unowned(desk.spelled)
    hashes, begins, sizes = unowned(hashes), unowned(begins), unowned(desk.sizes)
    end = 0
    for row in range(bounds.size - 1):
        count = read_words(
            data, bounds[row], bounds[row], bounds[row + 1], kinds, layout, reading.spaces,
            starts, stops, hards, spelled, hashes[end:], begins[end:], sizes,
        )  # fmt: skip
        hash_words(data, bounds[row], begins[end:], sizes, hashes[end:], (0, count), reading.spaces)
        end += count
        ends[row + 1] = end


# Looking n-grams up ---------------------------------------------------------------------------------

BITS = 16
"""Bits of the filter in front of the table for each n-gram, at least. An n-gram sets two bits of one word of it
(Putze, Sanders and Singler 2007, "Cache-, hash- and space-efficient Bloom filters"); that of 500,000
n-grams takes 1 MB."""
PART = 4
"""An n-gram is looked for if `PART` words of it are known. Of every five words it is then enough to look at one such
part (of 8-grams), and hardly ever at more, so that most looks at the filters, which do not stay near a core, are saved."""


@compiled
def power(exponent: int) -> np.uint64:
    """The base to the power of the exponent, modulo 2^64."""
    result = _ONE
    for _ in range(exponent):
        result *= _B
    return result


@compiled
def _top(size: int) -> np.uint64:
    """How far down a value goes to be a place in an array of this size, a power of two above one."""
    shift = np.uint64(64)
    while size > 1:
        size >>= 1
        shift -= _ONE
    return shift


@compiled
def mark(grams: U64, bits: U64) -> None:
    """Let the filter pass these n-grams."""
    top = _top(bits.size)
    for gram in grams:
        bits[gram >> top] |= _two_bits(gram)


@compiled
def _two_bits(gram: np.uint64) -> np.uint64:
    return _ONE << (gram >> np.uint64(6) & _63) | _ONE << (gram & _63)


@compiled
def _find(values: U64, low: int, high: int, value: np.uint64) -> int:
    """Where a value stands in an ascending part of some values; -1 where it does not."""
    at = first_from(values, low, high, value)
    return at if at < high and values[at] == value else -1


@compiled
def search(
    data: U8,
    bounds: I64,
    reading: Reading,
    table: Table,
    desk: Desk,
    marks: Marks,
    before: int,
    found: I64,
    spans: I64,
) -> None:
    """For each text the item most of which stands in it, and the bytes that tell; -1 where there is none.

    Of items covered alike the first one counts. What is found as it is stands for the whole text. `before` texts
    have been searched with the same marks.
    """
    data, kinds, layout = unowned(data), unowned(reading.kinds), unowned(reading.layout)
    starts, stops = unowned(desk.starts), unowned(desk.stops)
    hards, spelled = unowned(desk.hards), unowned(desk.spelled)
    words, begins, sizes = unowned(desk.words), unowned(desk.begins), unowned(desk.sizes)
    ends, spaces = unowned(desk.ends), reading.spaces
    few, places = unowned(desk.few), unowned(desk.places)
    ngram, parts, bits = table.ngram, unowned(table.parts), unowned(table.bits)
    grams, bucket = unowned(table.grams), unowned(table.bucket)
    tops, head = (_top(parts.size), _top(bits.size)), _top(bucket.size - 1)
    highest = power(ngram)
    wholes, whole_bits = unowned(table.wholes), unowned(table.whole_bits)
    whole_starts = unowned(table.whole_starts)
    whole_item, whole_first = unowned(table.whole_item), unowned(table.whole_first)
    whole_sizes = unowned(table.whole_sizes)
    longest_whole = 2 * whole_sizes[-1] if whole_sizes.size else 0
    row, rows = 0, bounds.size - 1
    while row < rows:
        first_row, total, origin = row, 0, bounds[row]
        while row < rows and total < BATCH and row < first_row + BATCH:
            total += read_words(
                data, origin, bounds[row], bounds[row + 1], kinds, layout, spaces,
                starts, stops, hards, spelled, words[total:], begins[total:], sizes[total:],
            )  # fmt: skip
            row += 1
            ends[row - first_row] = total
        passed = _sift(
            data, origin, begins, sizes, spaces,
            words, total, ngram, highest, parts, bits, tops, unowned(desk.values), unowned(desk.known), few, places,
        )  # fmt: skip
        ahead = 0
        for text in range(row - first_row):
            begin, end = ends[text], ends[text + 1]
            best, most = np.int64(-1), 0.0
            stamp = np.uint32(before + first_row + text + 1)
            while ahead < passed and places[ahead] < end:
                gram, place = few[ahead], places[ahead]
                ahead += 1
                if place < begin or place + ngram > end:
                    continue  # it begins in one text and ends in another
                group = np.int64(gram >> head)
                number = _find(grams, np.int64(bucket[group]), np.int64(bucket[group + 1]), gram)
                if number >= 0:
                    at = place - begin
                    best, most = _count(number, at, table, marks, stamp, best, most)
            whole = np.int64(-1)
            if end - begin <= longest_whole:
                hash_words(data, origin, begins, sizes, words, (begin, end), spaces)
                whole = _whole(
                    words[begin:end],
                    wholes,
                    whole_starts,
                    whole_bits,
                    whole_item,
                    whole_sizes,
                    whole_first,
                )
            if whole >= 0 and (most < 1.0 or whole < best):
                best = whole
            found[first_row + text] = best
            if best >= 0 and best != whole:
                spans[first_row + text, 0] = origin + begins[begin + marks.first[best]]
                behind = begin + marks.last[best] + 1 + table.reach[best]
                spans[first_row + text, 1] = (
                    origin + begins[behind] if behind < end else bounds[first_row + text + 1]
                )


@compiled
def _sift(
    data: U8,
    origin: int,
    begins: U32,
    sizes: U32,
    spaces: bool,
    words: U64,
    count: int,
    ngram: int,
    highest: np.uint64,
    parts: U64,
    bits: U64,
    tops: tuple[np.uint64, np.uint64],
    values: U64,
    cuts: I64,
    few: U64,
    places: I64,
) -> int:
    """Write the n-grams that both filters let pass, where they begin, and say how many they are.

    Of the n-grams that begin at `step` words in a row, all hold the part that begins at the last of these. The
    filters do not stay near a core, but no look waits for another's outcome where no branch does.
    """
    size = min(PART, ngram)
    step = ngram - size + 1
    part_top, top = tops
    passed = _ZERO
    for start in range(step - 1, count - size + 1, step * BLOCK):
        stop = min(start + step * BLOCK, count - size + 1)
        # Hashed first and looked up then: many looks are under way at a time.
        looks = _ZERO
        for part in range(start, stop, step):
            value = _ZERO
            for at in range(part, part + size):
                length = np.int64(sizes[at])
                word = words[at]
                if length:
                    word = _simple(data, origin + begins[at], length, spaces)
                value = value * _B + word
            values[looks] = value
            looks += _ONE
        known = _ZERO
        for turn in range(looks):
            value = values[turn]
            two = _two_bits(value)
            cuts[known] = start + turn * step
            known += np.uint64(parts[value >> part_top] & two == two)
        for place in range(np.int64(known)):
            begin = cuts[place] - step + 1
            stretch = begin, min(cuts[place] + ngram, count)
            hash_words(data, origin, begins, sizes, words, stretch, spaces)
            gram = _ZERO
            for at in range(begin, min(begin + ngram - 1, count)):
                gram = gram * _B + words[at]
            before = _ZERO
            for last in range(begin + ngram - 1, min(cuts[place] + ngram, count)):
                gram = gram * _B + (words[last] - before * highest)
                before = words[last - ngram + 1]
                two = _two_bits(gram)
                few[passed], places[passed] = gram, last - ngram + 1
                passed += np.uint64(bits[gram >> top] & two == two)
    return np.int64(passed)


@compiled
def _count(
    number: int, at: int, table: Table, marks: Marks, stamp: np.uint32, best: int, most: float
) -> tuple[int, float]:
    """Count an n-gram's words towards its items; the item most of which is there by now, and its share."""
    again = marks.gram[number] == stamp
    marks.gram[number] = stamp
    for entry in range(table.first[number], table.first[number + 1]):
        item = table.item[entry]
        if marks.item[item] != stamp:
            marks.item[item] = stamp
            marks.covered[item] = 0
            marks.first[item] = at
        marks.last[item] = at + table.ngram - 1
        if again:
            continue
        start = table.begin[item] + table.place[entry]
        for word in range(start, start + table.ngram):
            if marks.word[word] != stamp:
                marks.word[word] = stamp
                marks.covered[item] += 1
        share = marks.covered[item] / table.telling[item]
        if marks.covered[item] >= table.need[item] and (
            share > most or (share == most and item < best)
        ):
            best, most = np.int64(item), share
    return best, most


@compiled
def _whole(
    words: U64, wholes: U64, starts: U64, bits: U64, items: U32, sizes: I64, first: I64
) -> int:
    """The first item that stands in the text as it is and makes up half of it; -1 where none does."""
    best, count = np.int64(-1), words.size
    if count > 2:  # no item of one word makes up half of it
        likely, start_top = np.int64(0), _top(starts.size)
        for at in range(count - 1):
            pair = words[at] * _B + words[at + 1]
            two = _two_bits(pair)
            likely += starts[pair >> start_top] & two == two
        if not likely:
            return best
    top = _top(bits.size)
    for entry in range(sizes.size):
        size = sizes[entry]
        if size > count or 2 * size < count:
            continue
        highest = power(size)
        gram, before = _ZERO, _ZERO
        for at in range(count):
            gram = gram * _B + (words[at] - before * highest)
            if at < size - 1:
                continue
            before = words[at - size + 1]
            two = _two_bits(gram)
            if bits[gram >> top] & two != two:
                continue
            number = _find(wholes, first[entry], first[entry + 1], gram)
            if number >= 0:
                item = np.int64(items[number])
                best = item if best < 0 else min(best, item)
    return best
