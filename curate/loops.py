"""How much of a text says what it said before, in words given as hashes or in lines.

Hashes of several texts stand one behind the other; `ends` has one value more than there are texts, and
text `i` reaches from `ends[i]` to `ends[i + 1]`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curate.compiling import compiled

_TAIL = 4096
"""Words at the end of a text in which a closing loop is looked for."""
_PERIOD = 512
"""The longest round of a closing loop, in words."""
_ROUNDS = 3
"""Rounds that make a loop."""
_BASE = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


@compiled
def closing_loops(words: NDArray[np.uint64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many words at the end of each text are whole rounds of one loop; 0 for fewer than three.

    A last word cut short does not hide a loop. The longest such stretch over all periods.
    """
    found = np.zeros(ends.size - 1, np.int64)
    for text in range(found.size):
        first = max(ends[text], ends[text + 1] - _TAIL)
        for last in (ends[text + 1], ends[text + 1] - 1):
            for period in range(1, min(_PERIOD, (last - first) // _ROUNDS) + 1):
                at = last - 1
                while at - period >= first and words[at] == words[at - period]:
                    at -= 1
                rounds = (last - 1 - at) // period + 1
                if rounds >= _ROUNDS:
                    found[text] = max(found[text], rounds * period)
    return found


@compiled
def repeated_shares(
    words: NDArray[np.uint64], ends: NDArray[np.int64], window: int
) -> NDArray[np.float64]:
    """The share of each text's windows of so many words that occurred before in it; 0 where there is none.

    Windows are compared by a polynomial over their words modulo 2^64.
    """
    shares = np.zeros(ends.size - 1, np.float64)
    places = 2
    while places < 2 * np.diff(ends).max():
        places *= 2
    # A place is taken where its text is this one, so that nothing is cleared between texts.
    held, texts = np.empty(places, np.uint64), np.full(places, -1, np.int64)
    outermost = np.uint64(1)
    for _ in range(window):
        outermost *= _BASE
    for text in range(shares.size):
        begin, count = ends[text], ends[text + 1] - ends[text] - window + 1
        if count < 2:
            continue
        places = 2
        while places < 2 * count:
            places *= 2
        mask = np.uint64(places - 1)
        value = np.uint64(0)
        repeats = 0
        for at in range(begin, ends[text + 1]):
            value = value * _BASE + words[at]
            if at - begin >= window:
                value -= words[at - window] * outermost
            if at - begin < window - 1:
                continue
            place = np.int64((value ^ value >> _HALF) & mask)
            while texts[place] == text and held[place] != value:
                place = np.int64(np.uint64(place + 1) & mask)
            if texts[place] == text:
                repeats += 1
            else:
                texts[place], held[place] = text, value
        shares[text] = repeats / count
    return shares


@compiled
def line_runs(data: NDArray[np.uint8], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The longest run of equal lines in each text of UTF-8, blank ones and white space around them aside."""
    runs = np.zeros(bounds.size - 1, np.int64)
    for text in range(runs.size):
        at, end = bounds[text], bounds[text + 1]
        first = last = at
        run = 0
        while at < end:
            begin = at
            while at < end and data[at] != 10:
                at += 1
            begin, stop = _trimmed(data, begin, at)
            at += 1
            if begin == stop:
                continue
            same = stop - begin == last - first
            for behind in range(stop - begin if same else 0):
                if data[begin + behind] != data[first + behind]:
                    same = False
                    break
            run = run + 1 if same else 1
            first, last = begin, stop
            runs[text] = max(runs[text], run)
    return runs


@compiled
def _trimmed(data: NDArray[np.uint8], begin: int, end: int) -> tuple[int, int]:
    """Where a stretch begins and ends without white space, as `str.strip` leaves it."""
    while begin < end:
        size = 1
        while begin + size < end and data[begin + size] & 0xC0 == 0x80:
            size += 1
        if not _is_blank(data, begin, size):
            break
        begin += size
    while begin < end:
        size = 1
        while data[end - size] & 0xC0 == 0x80:
            size += 1
        if not _is_blank(data, end - size, size):
            break
        end -= size
    return begin, end


@compiled
def _is_blank(data: NDArray[np.uint8], at: int, size: int) -> bool:
    """Whether the character of so many bytes is white space to Python."""
    if size == 1:
        return data[at] == 0x20 or 0x09 <= data[at] <= 0x0D or 0x1C <= data[at] <= 0x1F
    if size == 2:
        return data[at] == 0xC2 and (data[at + 1] == 0x85 or data[at + 1] == 0xA0)
    if size != 3:
        return False
    code = (data[at] & 0x0F) << 12 | (data[at + 1] & 0x3F) << 6 | data[at + 2] & 0x3F
    if code in (0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000):
        return True
    return 0x2000 <= code <= 0x200A
