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

import numpy as np

from curate.near.kernels import (
    I64,
    U32,
    flatten,
    pair_all,
    propose,
    unite,
)
from curate.near.rare_shingles import Level, rare_shingles
from curate.near.shingle_sets import ShingleSets

FEW = 8
"""Texts that are compared each with each: their pairs cost less than to find out which to compare."""

CROWD = 256
"""Texts behind it with which a text is compared for the sake of one shingle that they share."""

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
    crowded = np.flatnonzero(~few & (sets.size > 0))
    for rare in rare_shingles(sets, crowded, levels[-1]) if levels else ():
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


def _join(sets: ShingleSets, threshold: float, parent: U32, some: Level, stars: bool) -> int:
    """Compare texts under every rare shingle, with the first of them only or each with each."""
    at = np.array([0, 0, 1, 0])
    pairs = np.empty(PAIRS, np.uint64)
    while count := propose(*some, sets.size, threshold, CROWD, parent, stars, at, pairs):
        chosen = np.sort(pairs[:count])
        chosen = chosen[np.append(True, chosen[1:] != chosen[:-1])]
        left = (chosen >> np.uint64(32)).astype(np.int64)
        right = (chosen & np.uint64(0xFFFF_FFFF)).astype(np.int64)
        alike = sets.jaccard(left, right, threshold) >= threshold
        unite(parent, left[alike], right[alike])
    return int(at[3])
