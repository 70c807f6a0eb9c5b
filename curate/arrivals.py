"""The order in which rows are drawn from a source that arrives in pieces.

Whoever asks for more rows of a source must keep those there were, yet the first rows of a mix may not depend
on pieces that were not fetched for it. So a row's place in the order is `a / √u`: `a` rows of the source
have arrived once its piece has, and `u` is the row's hash, uniform on (0, 1]. No row of a piece comes before
`a`, so among the rows before some bound nothing is missing as soon as that many rows have arrived. Of a
piece at `a` the part 1 - (a / bound)² stands before the bound: nearly all rows of the first pieces, few of the
last ones, two thirds over all.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

SPARE = 3
"""Standard deviations by which more rows arrive than are expected to be enough."""


def places(hashes: NDArray[np.uint64], arrived: int) -> NDArray[np.uint64]:
    """The places of rows of one piece, as numbers of the same order; `hashes` are uniform over 64 bits.

    Square root and division are rounded the same on every machine, and positive floats are ordered as
    their bits are.
    """
    uniform = ((hashes >> np.uint64(11)).astype(np.float64) + 1) / 2.0**53
    return (arrived / np.sqrt(uniform)).view(np.uint64)


def bound(arrived: int) -> int:
    """What is no higher than the place of any row of a piece with which so many rows have arrived."""
    return int(np.float64(arrived).view(np.uint64))


def rows_for(wanted: float) -> int:
    """How many rows must arrive so that, very likely, so many stand before the bound."""
    # Each is before the bound with a chance q of its own; q(1 - q) is 2/15 on average.
    return math.ceil(1.5 * (wanted + SPARE * math.sqrt(1.5 * wanted * 2 / 15)))
