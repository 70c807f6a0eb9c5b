"""Texts cut into pieces, each looked up among those seen before.

Texts repeat themselves: of 30 MB of reasoning, 1 MB are distinct words. What is a sum over words needs
working out for those alone. They stand in a table of open addresses, with their hashes and where their
bytes lie in one long array; bytes are compared, so two pieces of one hash are two.
"""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.compiling import compiled

N = TypeVar("N", bound=np.generic)

STRETCHES = 1 << 20
"""Bytes cut at a time, where one stretch is not longer."""
LONGEST = 128
"""Bytes of the longest piece that is kept; longer ones hardly come twice."""
HAN = range(0x4E00, 0x9FA6)
UNSPACED = (HAN, range(0x3041, 0x3097), range(0x30A1, 0x30FB))
"""Letters of scripts without spaces: Han, Hiragana, Katakana. None joins with what stands beside it when composed."""
SIGNS = "、。「」『』【】《》〈〉，．：；！？（）“”‘’…—"
"""Signs that stand among them."""
_USED, _WRITTEN, _PENDING, _APART = range(4)
"""What is counted in `state`: places taken, bytes written, new pieces, pieces that stand apart."""

_PRIME = np.uint64(0x100000001B3)
_BASIS = np.uint64(0xCBF29CE484222325)
_SHIFT = np.uint64(32)
_FREE = -1


class Found(NamedTuple):
    """The pieces of some stretches of text, in their order."""

    places: NDArray[np.int64]
    """Where each piece stands; the pieces of stretch `i` are those from `ends[i]` to `ends[i + 1]`."""
    ends: NDArray[np.int64]
    fresh: NDArray[np.int64]
    """The places met for the first time."""
    words: list[str]
    """What stands there."""
    apart: list[str]
    """Pieces the table has no place for: they stand behind it, in this order, every time they come."""
    is_new: bool
    """Whether the table has forgotten what it held before."""

    def values(self, kept: NDArray[N], apart: NDArray[N]) -> NDArray[N]:
        """What is known by place: what is `kept` for the places of the table, and what the pieces `apart` have."""
        return np.concatenate([kept, apart]) if self.apart else kept


class Pieces:
    """A table of pieces; it forgets all of them when it is half full."""

    def __init__(
        self,
        between: NDArray[np.bool_],
        places: int,
        *,
        drops_space: bool = False,
        unspaced: NDArray[np.bool_] | None = None,
    ) -> None:
        """`between`, 256 x 256, tells whether to cut between a byte and the next.

        `unspaced`, 131 x 3, tells whether to cut before a letter of `HAN`, another of `UNSPACED`, and a sign of
        `SIGNS`: after each byte of ASCII, and each of the three. Where `drops_space` is set, pieces behind a cut
        lose their first byte. `places` is a power of two.
        """
        self._between = between.astype(np.uint8)
        self._unspaced = np.zeros((132, 4), np.bool_)
        if unspaced is not None:
            self._unspaced[:128, 1:], self._unspaced[129:, 1:] = unspaced[:128], unspaced[128:]
            asked = np.append(np.flatnonzero(unspaced[:128].any(axis=1)), np.arange(0x80, 0xC0))
            self._between[asked, 0xE2:0xF0] = _ASK
        self._drop = int(drops_space)
        self._places = np.full(places, _FREE, np.int64)
        self._sizes = np.zeros(places, np.uint8)
        self._hashes = np.zeros(places, np.uint64)
        self._held = np.zeros(16 * places, np.uint8)
        self._state = np.zeros(4, np.int64)

    @property
    def sizes(self) -> NDArray[np.uint8]:
        """The bytes of the piece at every place."""
        return self._sizes

    def find(
        self,
        data: NDArray[np.uint8],
        begins: NDArray[np.int64],
        ends: NDArray[np.int64],
        free: NDArray[np.int64] | None = None,
    ) -> Found:
        """Cut the stretches of UTF-8 `data` from `begins` to `ends`, and find all pieces.

        Where `free` is given, nothing is cut in front of where it says.
        """
        size = int((ends - begins).sum()) + 1
        taken, written = int(self._state[_USED]), int(self._state[_WRITTEN])
        is_new = taken > self._places.size // 2 or written > self._held.size // 2
        if is_new:
            self._places[:] = _FREE
            self._state[:] = 0
        self._state[[_PENDING, _APART]] = 0
        found, found_ends = np.empty(size, np.int64), np.zeros(len(begins) + 1, np.int64)
        pending, apart = np.empty(size, np.int64), np.empty((size, 2), np.int64)
        _look_up(
            data, begins, ends, begins if free is None else free,
            self._between, self._unspaced, _KINDS, self._drop,
            self._places, self._sizes, self._hashes, self._held,
            self._state, pending, apart, found, found_ends,
        )  # fmt: skip
        fresh = pending[: self._state[_PENDING]].copy()
        spans = zip(self._places[fresh].tolist(), self._sizes[fresh].tolist(), strict=True)
        held, read = memoryview(cast("Any", self._held)), memoryview(cast("Any", data))
        words = [str(held[place : place + size], "utf-8") for place, size in spans]
        rest = [
            str(read[first:last], "utf-8") for first, last in apart[: self._state[_APART]].tolist()
        ]
        return Found(found[: found_ends[-1]], found_ends, fresh, words, rest, is_new)


def batches(begins: NDArray[np.int64], ends: NDArray[np.int64]) -> Iterator[slice]:
    """Stretches to cut at a time; at least one batch, however few they are."""
    before: NDArray[np.int64] = np.concatenate([[0], np.cumsum(ends - begins)])
    first = 0
    while first < len(begins) or not first:
        last = int(np.searchsorted(before, int(before[first]) + STRETCHES, side="right")) - 1
        last = max(first + 1, last)
        yield slice(first, last)
        first = last


def utf8(texts: pl.Series) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """All texts as bytes, and where each starts and the last one ends; a null is empty.

    A null may still have bytes behind it, so it is made empty first.
    """
    if texts.null_count():
        texts = texts.fill_null("")
    array = cast("Any", texts.rechunk().to_arrow())
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data or b"", np.uint8), bounds


_ASK = 2
"""Stands between bytes that tell less than their characters."""
_KINDS = np.zeros(1 << 16, np.uint8)
for _block in UNSPACED:
    _KINDS[_block.start : _block.stop] = 1 if _block is HAN else 2
_KINDS[[ord(sign) for sign in SIGNS]] = 3


@compiled
def _kind(data: NDArray[np.uint8], at: int, kinds: NDArray[np.uint8]) -> int:
    """What a character of three bytes is; 0 where none begins."""
    if at < 0 or data[at] >> 4 != 0xE:
        return 0
    first, second, third = np.int64(data[at]), np.int64(data[at + 1]), np.int64(data[at + 2])
    return kinds[(first & 15) << 12 | (second & 63) << 6 | third & 63]


@compiled
def _look_up(
    data: NDArray[np.uint8],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    free: NDArray[np.int64],
    between: NDArray[np.uint8],
    unspaced: NDArray[np.bool_],
    kinds: NDArray[np.uint8],
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
    """Cut the stretches of `data` from `begins` to `ends`, not before `free`, and find the place of every piece.

    `found` gets the places, stretch by stretch up to `found_ends`; a piece met for the first time takes a
    free place and is added to `pending`. One that is too long, or finds the table full, is added to
    `apart` instead, where it begins and where it ends, and stands behind the table. `drop` bytes are left
    out in front of every piece behind a cut.
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
            at = min(max(begin, free[stretch]) + 1, end)
            while at < end:
                told = between[data[at - 1], data[at]] if at < last else 0
                if told == _ASK:
                    before = np.int64(data[at - 1])
                    if before >= 128:
                        before = 128 + _kind(data, at - 3, kinds)
                    told = unspaced[before, _kind(data, at, kinds)]
                if told:
                    break
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
                    and state[_USED] < most
                    and state[_WRITTEN] + size <= held.size
                ):
                    places[place], sizes[place], hashes[place] = state[_WRITTEN], size, value
                    for each in range(size):
                        held[state[_WRITTEN] + each] = data[first + each]
                    pending[state[_PENDING]] = place
                    state[_USED] += 1
                    state[_PENDING] += 1
                    state[_WRITTEN] += size
                if places[place] != _FREE:
                    found[written] = place
                    written += 1
                    continue
            apart[state[_APART], 0], apart[state[_APART], 1] = first, at
            found[written] = places.size + state[_APART]
            written += 1
            state[_APART] += 1
        found_ends[stretch + 1] = written
