"""A few texts of every group, as unlike each other as can be."""

from __future__ import annotations

import numpy as np

from curate.near.kernels import I64, Flags
from curate.near.shingle_sets import ShingleSets


def diverse(sets: ShingleSets, group: I64, count: int) -> Flags:
    """Which texts stay: of every group the first one, then again and again the least alike to those.

    `group` gives for each text a number of its group, texts that go first standing first. How alike a
    text is to those that stay is its highest Jaccard similarity to any; of texts as unlike the first
    counts (farthest-first traversal, Gonzalez 1985).
    """
    stays = np.zeros(group.size, np.bool_)
    closest = np.zeros(group.size)
    latest = np.full(int(group.max(initial=-1)) + 1, -1, np.int64)
    for _ in range(count):
        rest = np.flatnonzero(~stays)
        order = rest[np.lexsort((rest, closest[rest], group[rest]))]
        _, first = np.unique(group[order], return_index=True)
        picked = order[first]
        stays[picked] = True
        latest[group[picked]] = picked
        rest = np.flatnonzero(~stays)
        closest[rest] = np.maximum(closest[rest], sets.jaccard(rest, latest[group[rest]]))
    return stays
