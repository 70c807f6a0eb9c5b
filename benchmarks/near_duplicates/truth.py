"""Near-duplicates by comparing all pairs, with nothing of ours but the normal form's definition.

Shingles are Python strings here. Pairs are counted under every shingle that two texts share, which is what
comparing all pairs comes to, without those that share nothing.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict

import numpy as np
import polars as pl

from curate.near import words


def shingle_sets(texts: pl.Series, ngram: int = 5) -> list[set[str]]:
    """The sets of word n-grams."""
    return [
        set(words.shingles(unicodedata.normalize("NFKC", text).lower(), ngram)) for text in texts
    ]


def similarities(texts: pl.Series, least: float) -> list[tuple[int, int, float]]:
    """Every pair at least so alike: the lower number, the higher one, the Jaccard similarity."""
    sets = shingle_sets(texts)
    holders: dict[str, list[int]] = defaultdict(list)
    for number, members in enumerate(sets):
        for shingle in members:
            holders[shingle].append(number)
    shared = [np.array(numbers) for numbers in holders.values() if len(numbers) > 1]
    sizes = np.array([len(members) for members in sets])
    found: list[tuple[int, int, float]] = []
    common = np.zeros(len(texts), np.int64)
    mine: dict[int, list[np.ndarray]] = defaultdict(list)
    for numbers in shared:
        for number in numbers.tolist():
            mine[number].append(numbers)
    for number, lists in mine.items():
        common[:] = np.bincount(np.concatenate(lists), minlength=len(texts))
        later = np.flatnonzero(common[number + 1 :]) + number + 1
        similarity = common[later] / (sizes[number] + sizes[later] - common[later])
        enough = similarity >= least
        found += zip(
            [number] * int(enough.sum()),
            later[enough].tolist(),
            similarity[enough].tolist(),
            strict=True,
        )
    return found


def duplicates(texts: pl.Series, least: float) -> np.ndarray:
    """Which texts have an earlier one, or one joined to such a one, that is at least so alike."""
    parent = list(range(len(texts)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for one, other, _ in similarities(texts, least):
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    return np.array([root(number) != number for number in range(len(texts))])
