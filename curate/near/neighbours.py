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

from curate.near.compiled import I64, U16, U32, U64, Flags, compiled
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
        _count(sets.load(block).hashes, tally)
    passes = 1 + int(total * (1 - threshold)) // TOKENS
    passed_over = 0
    for part in range(passes):
        rare = _rarest(sets, numbers, tally, threshold, part, passes)
        for stars in (True, False):
            passed_over += _join(sets, threshold, parent, rare, stars)
    _flatten(parent)
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
        _pick(*sets.load(block), block, tally, threshold, part, passes)
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
    while count := _propose(*rare, sets.size, threshold, CROWD, parent, stars, at, pairs):
        chosen = np.unique(pairs[:count])
        left = (chosen >> np.uint64(32)).astype(np.int64)
        right = (chosen & np.uint64(0xFFFF_FFFF)).astype(np.int64)
        alike = sets.jaccard(left, right) >= threshold
        _unite(parent, left[alike], right[alike])
    return int(at[3])


_48 = np.uint64(48)
_32 = np.uint64(32)
_16 = np.uint64(16)
_ROUNDING = 1e-9
"""Taken off before rounding up, so that 0.55 * 20 is 11 and not 12."""


@compiled
def _count(hashes: U64, tally: U16) -> None:
    """Count shingles in a table of fixed size; two that share a place only seem less rare."""
    mask = np.uint64(tally.size - 1)
    for at in range(hashes.size):
        place = hashes[at] & mask
        if tally[place] < 0xFFFF:
            tally[place] += 1


@compiled
def _pick(
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
def _propose(
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
                if found and less >= threshold * more - _ROUNDING:
                    if _root(parent, a) != _root(parent, b):
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
def _root(parent: U32, number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number


@compiled
def _joined(parent: U32, numbers: U32) -> bool:
    root = _root(parent, numbers[0])
    for number in numbers:
        if _root(parent, number) != root:
            return False
    return True


@compiled
def _unite(parent: U32, left: I64, right: I64) -> None:
    for pair in range(left.size):
        a, b = _root(parent, left[pair]), _root(parent, right[pair])
        parent[max(a, b)] = min(a, b)


@compiled
def _flatten(parent: U32) -> None:
    for number in range(parent.size):
        parent[number] = _root(parent, number)
