"""Texts cut where words end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curate.languages.masking import Words


class Windows(NamedTuple):
    """Windows of some texts, in their order, one row each."""

    texts: NDArray[np.int64]
    """The text's number."""
    bounds: NDArray[np.int64]
    """The number of each window's first word, and how many words there are in all."""
    letters: NDArray[np.int64]
    """The characters of its words."""
    sizes: NDArray[np.int64]
    """Their bytes."""

    def read(self, words: Words) -> Iterator[str]:
        """The words of each window, single spaces between them."""
        held = words.data.tobytes()
        ends = words.starts + words.lasts - words.firsts
        for first, last in pairwise(self.bounds.tolist()):
            yield held[words.starts[first] : ends[last - 1]].decode()


WHOLE = 300
"""Bytes of words below which a text is one window: what changes within three sentences are names and quotes."""


def cut(words: Words, size: int) -> Windows:
    """Cut texts in equal windows of about `size` bytes of words; short ones are whole, those without words have none."""
    before = _sums(words.lasts - words.firsts)
    begins = before[words.counts[:-1]]
    amounts = before[words.counts[1:]] - begins
    counts = np.maximum(1, (amounts + size // 2) // size * (amounts >= WHOLE)) * (amounts > 0)
    texts = np.repeat(np.arange(len(counts)), counts)
    numbers = np.arange(len(texts)) - np.repeat(np.cumsum(counts) - counts, counts)
    # A window starts with the first word that has its share of the text before it.
    limits = begins[texts] + amounts[texts] * numbers // counts[texts]
    firsts = np.searchsorted(before[:-1], limits)
    # A word may be longer than a window.
    is_some = np.diff(firsts, append=len(words.firsts)) > 0
    bounds = np.append(firsts[is_some], len(words.firsts))
    letters = np.diff(_sums(words.letters)[bounds])
    return Windows(texts[is_some], bounds, letters, np.diff(before[bounds]))


def _sums(values: NDArray[np.integer]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
