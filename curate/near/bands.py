"""Which texts may be alike, by hashed bands of their signatures.

Two texts whose shingle sets have the Jaccard similarity s agree in one permutation with
probability s, in a band of r permutations with s^r, and in at least one of b bands with
1 - (1 - s^r)^b (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4).
"""

from __future__ import annotations

from typing import NamedTuple

RECALL = 0.999
"""The least probability with which a pair at exactly the threshold shares a band."""


class Banding(NamedTuple):
    """How a signature is cut."""

    bands: int
    rows: int

    def recall(self, similarity: float) -> float:
        """The probability that two texts this similar share a band."""
        return 1 - (1 - similarity**self.rows) ** self.bands


def banding(threshold: float, permutations: int) -> Banding | None:
    """The longest bands, so the fewest needless candidates, that reach `RECALL` at the threshold.

    None where the permutations do not suffice. datasketch's own choice for 0.8 and 128
    permutations weighs misses and needless candidates alike, so it finds 40% of such pairs; we verify
    candidates, so they cost little, while a miss is final.
    """
    for rows in range(permutations, 0, -1):
        cut = Banding(permutations // rows, rows)
        if cut.recall(threshold) >= RECALL:
            return cut
    return None
