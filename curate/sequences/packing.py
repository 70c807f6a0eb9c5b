"""Several sequences in one, each whole.

First fit, longest first: every sequence goes into the first pack that has room for it. That takes at most
11/9 of the fewest packs possible, plus 6/9 (Dósa 2007).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]


def first_fit_decreasing(lengths: I64, room: int) -> list[I64]:
    """Which sequences stand together, by position.

    No pack is longer than `room`, and neither may any sequence be. Within a pack sequences stand in the order
    given, and packs in that of their first: trainers that do not shuffle see no trend in lengths.
    """
    from curate.sequences.fitting import assign  # numba takes half a second

    if not len(lengths):
        return []
    order = np.argsort(-lengths, kind="stable")
    packs = np.empty(len(lengths), np.int64)
    packs[order] = assign(lengths[order], room)
    together = np.argsort(packs, kind="stable")
    begins = np.flatnonzero(np.diff(packs[together], prepend=-1))
    members = np.split(together, begins[1:])
    return sorted(members, key=lambda pack: int(pack[0]))
