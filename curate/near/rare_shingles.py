"""The rare shingles of many texts, in order, a bounded part of them at a time.

Each text's are picked in one passage over the sets and dealt out to a temporary file by what they are, so that a
shingle's texts come together; then one share after the other is read back and sorted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from io import BufferedRandom
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curate.near.kernels import (
    I64,
    ROUNDING,
    U16,
    U32,
    U64,
    Flags,
    pick,
    sort_runs,
    tally_up,
)
from curate.near.shingle_sets import ShingleSets

TOKENS = 1_000_000
"""Rare shingles sorted at a time (about 60 bytes each)."""

SHARES = 4096
"""Shares they are dealt out to at most."""

PICKED = np.dtype([("token", np.uint64), ("owner", np.uint32), ("place", np.uint32)])


class Level(NamedTuple):
    """Rare shingles of texts to be joined at a level."""

    token: U64
    owner: U32
    early: Flags
    """Whether the shingle is rare enough for its text to be found by a longer one."""


class Rare(NamedTuple):
    """Rare shingles and the texts they stand in, ordered by shingle and then by text."""

    token: U64
    owner: U32
    place: U32
    """How many shingles of its text are rarer."""

    def at(self, level: float, size: U32) -> Level:
        """What is needed at a level.

        A set of n shingles that a longer one is to find needs its rarest n - ceil(2t / (1 + t) n) + 1, one
        that a shorter one is to find its rarest n - ceil(t n) + 1 (Xiao et al. 2008, lemma 1 and section 3.3).
        """
        whole = size.astype(np.int64)
        late = whole - np.ceil(level * whole - ROUNDING).astype(np.int64) + 1
        early = whole - np.ceil(2 * level / (1 + level) * whole - ROUNDING).astype(np.int64) + 1
        near = self.place < late[self.owner]
        token, owner, place = _common(self.token[near], self.owner[near], self.place[near])
        return Level(token, owner, place < early[owner])


def rare_shingles(sets: ShingleSets, numbers: I64, threshold: float) -> Iterator[Rare]:
    """What the numbered texts need to be found by all that are as alike as the threshold.

    A shingle comes once, with all the texts it is rare in, where those are two or more.
    """
    if not numbers.size:
        return
    total = int(sets.size[numbers].sum(dtype=np.int64))
    shares = min(SHARES, 1 + 4 * int(total * (1 - threshold)) // TOKENS)
    tally = _tally(sets, numbers, total)
    with tempfile.TemporaryFile() as file:
        dealt: list[I64] = []
        for some in sets.stretches(numbers):
            picked = pick(sets.hashes(), sets.begins, sets.size, some, tally, threshold)
            dealt.append(_deal(*picked, shares, file))
        del tally
        counts = np.array(dealt)
        for first, last in _together(counts.sum(axis=0).tolist()):
            yield _sorted(_read(file, counts, first, last))


def _tally(sets: ShingleSets, numbers: I64, total: int) -> U16:
    """Shingles counted in a table of fixed size."""
    tally = np.zeros(1 << min(max(16, (2 * total).bit_length()), 25), np.uint16)
    for some in sets.stretches(numbers):
        tally_up(sets.hashes(), sets.begins, sets.size, some, tally)
    return tally


def _deal(token: U64, owner: U32, place: U32, shares: int, file: BufferedRandom) -> I64:
    """Write what was picked, share after share; gives how many each has."""
    share = (token % np.uint64(shares)).astype(np.uint16)
    order = np.argsort(share, kind="stable")
    records = np.empty(token.size, PICKED)
    records["token"], records["owner"], records["place"] = token[order], owner[order], place[order]
    file.write(records.view(np.uint8).data)
    return np.bincount(share, minlength=shares)


def _together(counts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Which shares are sorted together: `TOKENS` at most, or one share."""
    first, held = 0, 0
    for share, count in enumerate(counts):
        if share > first and held + count > TOKENS:
            yield first, share
            first, held = share, 0
        held += count
    yield first, len(counts)


def _read(file: BufferedRandom, counts: I64, first: int, last: int) -> NDArray[np.void]:
    """Some shares again; `counts` has a row for every time that shares were written."""
    begins = accumulate(counts.sum(axis=1).tolist(), initial=0)
    pieces: list[NDArray[np.void]] = []
    for begin, row in zip(begins, counts, strict=False):
        file.seek((begin + int(row[:first].sum())) * PICKED.itemsize)
        read = file.read(int(row[first:last].sum()) * PICKED.itemsize)
        pieces.append(np.frombuffer(read, PICKED))
    return np.concatenate(pieces)


def _sorted(records: NDArray[np.void]) -> Rare:
    order = np.argsort(records["token"])
    rare = _common(*(records[name][order] for name in ("token", "owner", "place")))
    sort_runs(*rare)
    return rare


def _common(token: U64, owner: U32, place: U32) -> Rare:
    """Those of tokens in order that stand in more than one text."""
    same = token[1:] == token[:-1]
    kept = np.zeros(token.size, np.bool_)
    kept[1:] = same
    kept[:-1] |= same
    return Rare(token[kept], owner[kept], place[kept])
