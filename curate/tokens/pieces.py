"""Texts cut into pieces, each looked up among those seen before.

The pieces stand in a table of open addresses: their hashes, where their bytes lie in one long array, and
how many tokens they have. Bytes are compared, so two pieces of one hash are two.
"""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curate.compiling import compiled

LONGEST = 128
"""Bytes of the longest piece that is kept; longer ones hardly come twice."""
USED, WRITTEN, PENDING, APART = range(4)
"""What is counted in `state`: places taken, bytes written, new pieces, pieces to be counted apart."""

_PRIME = np.uint64(0x100000001B3)
_BASIS = np.uint64(0xCBF29CE484222325)
_SHIFT = np.uint64(32)
_FREE = -1


@compiled
def look_up(
    data: NDArray[np.uint8],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    between: NDArray[np.bool_],
    drop: int,
    places: NDArray[np.int64],
    sizes: NDArray[np.uint8],
    hashes: NDArray[np.uint64],
    held: NDArray[np.uint8],
    state: NDArray[np.int64],
    pending: NDArray[np.int64],
    apart: NDArray[np.int64],
    found: NDArray[np.int64],
    found_ends: NDArray[np.int64],
) -> None:
    """Cut the stretches of `data` from `begins` to `ends`, and find the place of every piece.

    `found` gets the places, stretch by stretch up to `found_ends`; a piece met for the first time takes a
    free place and is added to `pending`. One that is too long, or finds the table full, is added to
    `apart` instead: its stretch, where it begins and where it ends. `drop` bytes are left out in front of
    every piece behind a cut.
    """
    mask = np.uint64(places.size - 1)
    most = places.size - places.size // 4
    written = 0
    for stretch in range(begins.size):
        end = ends[stretch]
        # White space at the end stays with what it follows: in front of nothing it may mean more.
        last = end
        while last > begins[stretch] and (data[last - 1] == 32 or 9 <= data[last - 1] <= 13):
            last -= 1
        begin = begins[stretch]
        while begin < end:
            at = begin + 1
            while at < end and not (at < last and between[data[at - 1], data[at]]):
                at += 1
            first = begin + (drop if begin > begins[stretch] else 0)
            size = at - first
            begin = at
            value = _BASIS
            if size <= LONGEST:
                for each in range(first, at):
                    value = (value ^ np.uint64(data[each])) * _PRIME
                value ^= value >> _SHIFT
                place = np.int64(value & mask)
                while places[place] != _FREE:
                    if hashes[place] == value and sizes[place] == size:
                        same = 0
                        while same < size and held[places[place] + same] == data[first + same]:
                            same += 1
                        if same == size:
                            break
                    place = np.int64(np.uint64(place + 1) & mask)
                if (
                    places[place] == _FREE
                    and state[USED] < most
                    and state[WRITTEN] + size <= held.size
                ):
                    places[place], sizes[place], hashes[place] = state[WRITTEN], size, value
                    for each in range(size):
                        held[state[WRITTEN] + each] = data[first + each]
                    pending[state[PENDING]] = place
                    state[USED] += 1
                    state[PENDING] += 1
                    state[WRITTEN] += size
                if places[place] != _FREE:
                    found[written] = place
                    written += 1
                    continue
            apart[state[APART], 0], apart[state[APART], 1] = stretch, first
            apart[state[APART], 2] = at
            state[APART] += 1
        found_ends[stretch + 1] = written


@compiled
def add_up(
    counts: NDArray[np.uint32], found: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    """What the pieces of every stretch amount to."""
    totals = np.zeros(ends.size - 1, np.int64)
    for stretch in range(totals.size):
        for at in range(ends[stretch], ends[stretch + 1]):
            totals[stretch] += counts[found[at]]
    return totals
