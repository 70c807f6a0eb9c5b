"""The loop of first fit that is compiled to machine code."""

# numba decides what type a value has in here; numpy's stubs know better than to say.
# pyright: reportArgumentType=false, reportReturnType=false

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curate.compiling import compiled

I64 = NDArray[np.int64]


@compiled
def assign(lengths: I64, room: int) -> I64:
    """The pack of every sequence: the first that has room for it when its turn comes.

    A tree over packs has the most room that is left below each node, so the first pack with room is found
    in as many steps as the tree is high.
    """
    leaves = 1
    while leaves < len(lengths):
        leaves *= 2
    most = np.full(2 * leaves, room, np.int64)
    packs = np.empty(len(lengths), np.int64)
    for position in range(len(lengths)):
        node = 1
        while node < leaves:
            node *= 2
            if most[node] < lengths[position]:
                node += 1
        packs[position] = node - leaves
        most[node] -= lengths[position]
        node //= 2
        while node >= 1:
            most[node] = max(most[2 * node], most[2 * node + 1])
            node //= 2
    return packs
