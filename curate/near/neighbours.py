"""Every pair of texts that is alike enough, joined into groups.

Bands say which texts may be alike. Where they connect a few, each is compared with each. In a family of
texts made from one template nearly every pair shares a band; there the pairs are found by an exact
set-similarity join with prefix filtering (Xiao, Wang, Lin and Yu 2008, "PPJoin"): order the shingles of a text
by how rare they are; two sets that are similar enough must then share one of their rarest few, and
what a template repeats is never among them. No pair at or above the threshold is missed, none
below it passes, and a pair that others have already joined is not looked at again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from curate.near.kernels import (
    I64,
    ROUNDING,
    U16,
    U32,
    U64,
    Flags,
    flatten,
    pair_all,
    pick,
    propose,
    sort_runs,
    tally_up,
    unite,
)
from curate.near.shingle_sets import ShingleSets

FEW = 8
"""Texts that are compared each with each: their pairs cost less than to find out which to compare."""

CROWD = 256
"""Texts behind it with which a text is compared for the sake of one shingle that they share."""

TOKENS = 4_000_000
"""Rare shingles sorted at a time (about 35 bytes each); more are taken in several passes."""

SAMPLE = 61
"""One in so many rare shingles is counted to know how many there are; odd, unlike any number of passes."""

PAIRS = 1 << 20
"""Pairs compared at a time."""


@dataclass(frozen=True)
class Groups:
    """Which texts belong together."""

    first: U32
    """For each text, the lowest number in its group; its own where it is alone."""
    passed_over: int
    """Pairs not compared, because more than `CROWD` texts stood between the two."""


def groups(sets: ShingleSets, levels: Sequence[float], bound: U32) -> dict[float, Groups]:
    """Join texts whose Jaccard similarity is at least a level, and whoever is joined to those.

    `bound` has a number for each text; those with different ones need not be compared. What is joined at a
    higher level is at a lower one, so levels are taken from the highest down. Depends on the sets and on how
    they are numbered, and on nothing else: in a crowd, the texts with the lowest numbers are compared first.
    """
    levels = sorted(levels, reverse=True)
    parents = {level: np.arange(sets.size.size, dtype=np.uint32) for level in levels}
    passed_over = dict.fromkeys(levels, 0)
    _, place, count = np.unique(bound, return_inverse=True, return_counts=True)
    few = count[place] <= FEW
    left, right = _all_pairs(np.flatnonzero(few), bound)
    similarity = sets.jaccard(left, right, levels[-1]) if levels else np.empty(0)
    for level in levels:
        alike = similarity >= level
        unite(parents[level], left[alike], right[alike])
    numbers = np.flatnonzero(~few & (sets.size > 0))
    total = int(sets.size[numbers].sum(dtype=np.int64))
    tally = _tally(sets, numbers, total)
    passes = _passes(sets, numbers, tally, levels[-1]) if numbers.size else 0
    for part in range(passes):
        rare = _rarest(sets, numbers, tally, levels[-1], part, passes)
        above = None
        for level in levels:
            parent = parents[level]
            if above is not None:
                unite(parent, np.arange(parent.size), above.astype(np.int64))
            some = rare.at(level, sets.size)
            for stars in (True, False):
                passed_over[level] += _join(sets, level, parent, some, stars)
            above = parent
    for parent in parents.values():
        flatten(parent)
    return {level: Groups(parents[level], passed_over[level]) for level in reversed(levels)}


def _all_pairs(numbers: I64, bound: U32) -> tuple[I64, I64]:
    """Every pair of the numbered texts that are bound together."""
    order = numbers[np.argsort(bound[numbers], kind="stable")]
    ends = np.append(np.flatnonzero(np.diff(bound[order])) + 1, order.size)
    sizes = np.diff(ends, prepend=0)
    left = np.empty(int((sizes * (sizes - 1) // 2).sum()), np.int64)
    right = np.empty_like(left)
    pair_all(order, ends, left, right)
    return left, right


def _tally(sets: ShingleSets, numbers: I64, total: int) -> U16:
    """Shingles counted in a table of fixed size."""
    tally = np.zeros(1 << min(max(16, (2 * total).bit_length()), 25), np.uint16)
    for some in sets.blocks(sets.size[numbers].astype(np.int64)):
        tally_up(sets.hashes(), sets.begins, sets.size, numbers[some], tally)
    return tally


def _passes(sets: ShingleSets, numbers: I64, tally: U16, threshold: float) -> int:
    """How many passes keep what is sorted at a time small; where that may be many, a sample tells."""
    total = int(sets.size[numbers].sum(dtype=np.int64))
    most = 1 + int(total * (1 - threshold)) // TOKENS
    if most <= 2:
        return most
    sampled = 0
    for some in sets.blocks(sets.size[numbers].astype(np.int64)):
        chosen = numbers[some]
        found = pick(sets.hashes(), sets.begins, sets.size, chosen, tally, threshold, 0, SAMPLE)
        sampled += found[0].size
    return min(most, 1 + sampled * SAMPLE // TOKENS)


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


def _common(token: U64, owner: U32, place: U32) -> Rare:
    """Those of tokens in order that stand in more than one text."""
    same = token[1:] == token[:-1]
    kept = np.zeros(token.size, np.bool_)
    kept[1:] = same
    kept[:-1] |= same
    return Rare(token[kept], owner[kept], place[kept])


def _rarest(
    sets: ShingleSets, numbers: I64, tally: U16, threshold: float, part: int, passes: int
) -> Rare:
    found = [
        pick(sets.hashes(), sets.begins, sets.size, numbers[some], tally, threshold, part, passes)
        for some in sets.blocks(sets.size[numbers].astype(np.int64))
    ]
    token, owner, place = (np.concatenate(column) for column in zip(*found, strict=True))
    found.clear()
    order = np.argsort(token)
    rare = _common(token[order], owner[order], place[order])
    sort_runs(*rare)
    return rare


def _join(sets: ShingleSets, threshold: float, parent: U32, rare: Level, stars: bool) -> int:
    """Compare texts under every rare shingle, with the first of them only or each with each."""
    at = np.array([0, 0, 1, 0])
    pairs = np.empty(PAIRS, np.uint64)
    while count := propose(*rare, sets.size, threshold, CROWD, parent, stars, at, pairs):
        chosen = np.sort(pairs[:count])
        chosen = chosen[np.append(True, chosen[1:] != chosen[:-1])]
        left = (chosen >> np.uint64(32)).astype(np.int64)
        right = (chosen & np.uint64(0xFFFF_FFFF)).astype(np.int64)
        alike = sets.jaccard(left, right, threshold) >= threshold
        unite(parent, left[alike], right[alike])
    return int(at[3])
