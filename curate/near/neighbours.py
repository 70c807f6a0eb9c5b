"""Every pair of texts that is alike enough, joined into groups.

Bands say which texts may have a twin; they do not say which one, and in a family of texts made from
one template nearly every pair shares a band. So the pairs are found by an exact set-similarity
join with prefix filtering (Xiao, Wang, Lin and Yu 2008, "PPJoin"): order the shingles of a text by
how rare they are; two sets that are similar enough must then share one of their rarest few, and
what a template repeats is never among them. No pair at or above the threshold is missed here, none
below it passes, and a pair that others have already joined is not looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from curate.near.kernels import I64, U16, U32, U64, Flags, flatten, pick, propose, tally_up, unite
from curate.near.shingle_sets import ShingleSets

CROWD = 256
"""Texts behind it with which a text is compared for the sake of one shingle that they share."""

TOKENS = 4_000_000
"""Rare shingles sorted at a time (about 35 bytes each); more are taken in several passes."""

PAIRS = 1 << 20
"""Pairs compared at a time."""


@dataclass(frozen=True)
class Groups:
    """Which texts belong together."""

    first: U32
    """For each text, the lowest number in its group; its own where it is alone."""
    passed_over: int
    """Pairs not compared, because more than `CROWD` texts stood between the two."""


def groups(sets: ShingleSets, threshold: float) -> Groups:
    """Join texts whose Jaccard similarity is at least the threshold, and whoever is joined to those.

    Depends on the sets and on how they are numbered, and on nothing else: in a crowd, the texts with
    the lowest numbers are compared first.
    """
    parent = np.arange(sets.size.size, dtype=np.uint32)
    numbers = sets.stored()
    total = int(sets.size.sum(dtype=np.int64))
    tally = np.zeros(1 << min(max(16, (2 * total).bit_length()), 25), np.uint16)
    for block in sets.blocks(numbers):
        tally_up(sets.load(block).hashes, tally)
    passes = 1 + int(total * (1 - threshold)) // TOKENS
    passed_over = 0
    for part in range(passes):
        rare = _rarest(sets, numbers, tally, threshold, part, passes)
        for stars in (True, False):
            passed_over += _join(sets, threshold, parent, rare, stars)
    flatten(parent)
    return Groups(parent, passed_over)


class Rare(NamedTuple):
    """Rare shingles and the texts they stand in, ordered by shingle and then by text."""

    token: U64
    owner: U32
    early: Flags
    """Whether the shingle is rare enough for its text to be found by a longer one."""


def _rarest(
    sets: ShingleSets, numbers: I64, tally: U16, threshold: float, part: int, passes: int
) -> Rare:
    found = [
        pick(*sets.load(block), block, tally, threshold, part, passes)
        for block in sets.blocks(numbers)
    ]
    if not found:
        return Rare(np.empty(0, np.uint64), np.empty(0, np.uint32), np.empty(0, np.bool_))
    token, owner, early = (np.concatenate(column) for column in zip(*found, strict=True))
    found.clear()
    order = np.lexsort((owner, token))
    return Rare(token[order], owner[order], early[order])


def _join(sets: ShingleSets, threshold: float, parent: U32, rare: Rare, stars: bool) -> int:
    """Compare texts under every rare shingle, with the first of them only or each with each."""
    at = np.array([0, 0, 1, 0])
    pairs = np.empty(PAIRS, np.uint64)
    while count := propose(*rare, sets.size, threshold, CROWD, parent, stars, at, pairs):
        chosen = np.unique(pairs[:count])
        left = (chosen >> np.uint64(32)).astype(np.int64)
        right = (chosen & np.uint64(0xFFFF_FFFF)).astype(np.int64)
        alike = sets.jaccard(left, right) >= threshold
        unite(parent, left[alike], right[alike])
    return int(at[3])
