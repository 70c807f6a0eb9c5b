"""How much of a text says what it said before, in words given as hashes.

Hashes of several texts stand one behind the other; `ends` has one value more than there are texts, and
text `i` reaches from `ends[i]` to `ends[i + 1]`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curate.compiling import compiled

_TAIL = 4096
"""Words at the end of a text in which a closing loop is looked for."""
_PERIOD = 512
"""The longest round of a closing loop, in words."""
_ROUNDS = 3
"""Rounds that make a loop."""


@compiled
def closing_loops(words: NDArray[np.uint64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many words at the end of each text are whole rounds of one loop; 0 for fewer than three.

    A last word cut short does not hide a loop. The longest such stretch over all periods.
    """
    found = np.zeros(ends.size - 1, np.int64)
    for text in range(found.size):
        first = max(ends[text], ends[text + 1] - _TAIL)
        for last in (ends[text + 1], ends[text + 1] - 1):
            for period in range(1, min(_PERIOD, (last - first) // _ROUNDS) + 1):
                at = last - 1
                while at - period >= first and words[at] == words[at - period]:
                    at -= 1
                rounds = (last - 1 - at) // period + 1
                if rounds >= _ROUNDS:
                    found[text] = max(found[text], rounds * period)
    return found


@compiled
def repeated_shares(hashes: NDArray[np.uint64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of each text's hashes that occurred before in it; 0 where there is nothing."""
    shares = np.zeros(ends.size - 1, np.float64)
    for text in range(shares.size):
        ascending = np.sort(hashes[ends[text] : ends[text + 1]])
        repeats = 0
        for at in range(1, ascending.size):
            repeats += ascending[at] == ascending[at - 1]
        shares[text] = repeats / max(ascending.size, 1)
    return shares
