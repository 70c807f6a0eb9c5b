"""Pieces of texts seen before, with how many tokens they have."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.tokens.cuts import Cuts
from curate.tokens.engine import described, encoded

PLACES = 1 << 19
"""Pieces kept, at most; they take 20 MB."""


class Memo:
    """The pieces of one tokenizer's texts seen so far, and their tokens.

    One thread at a time: polars may measure parts of rows side by side.
    """

    def __init__(self, tokenizer: Path, known: Cuts) -> None:
        from curate.pieces import Pieces  # numba takes half a second

        self._alone = Lock()
        self._tokenizer = tokenizer
        self._pieces = Pieces(known.between, PLACES, drops_space=known.drops_space)
        self._counts = np.zeros(PLACES, np.int64)
        self._added, self._awkward = added_tokens(described(tokenizer))

    def count(self, texts: pl.Series) -> pl.Series:
        """The tokens of every text; none is null."""
        found = np.zeros(len(texts), np.uint32)
        awkward = texts.str.contains_any(list(self._awkward)) if self._awkward else None
        if awkward is not None and awkward.any():
            found[awkward.to_numpy()] = encoded(texts.filter(awkward).to_list(), self._tokenizer)
            found[~awkward.to_numpy()] = self.count_cut(texts.filter(~awkward))
        else:
            found[:] = self.count_cut(texts)
        return pl.Series(texts.name, found, dtype=pl.UInt32)

    def count_cut(self, texts: pl.Series) -> NDArray[np.int64]:
        """The tokens of texts in which added tokens are cut out as they stand."""
        from curate.pieces import batches, utf8

        data, bounds = utf8(texts)
        begins, ends, owners, totals = self._stretches(texts, bounds)
        for part in batches(begins, ends):
            np.add.at(totals, owners[part], self._tokens(data, begins[part], ends[part]))
        return totals

    def _stretches(
        self, texts: pl.Series, bounds: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """What lies between added tokens: begins, ends, the text it is of; and the added tokens of each text."""
        begins, ends = bounds[:-1], bounds[1:]
        owners = np.arange(len(texts))
        if not self._added:
            return begins, ends, owners, np.zeros(len(texts), np.int64)
        at = texts.str.find_many(list(self._added), leftmost=True)
        words = texts.str.extract_many(list(self._added), leftmost=True)
        here = at.list.len().to_numpy().astype(np.int64)
        of = np.repeat(owners, here)
        starts = at.explode(empty_as_null=False).to_numpy().astype(np.int64) + begins[of]
        stops = starts + words.explode(empty_as_null=False).str.len_bytes().to_numpy().astype(
            np.int64
        )
        begins, ends = np.concatenate([begins, stops]), np.concatenate([ends, starts])
        owners = np.concatenate([owners, of])
        # By text first: an empty stretch ends where the next text begins.
        begins = begins[np.lexsort((begins, owners))]
        return begins, ends[np.lexsort((ends, owners))], np.sort(owners), here

    def _tokens(
        self, data: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        with self._alone:
            found = self._pieces.find(data, begins, ends)
            self._counts[found.fresh] = encoded(found.words, self._tokenizer)
            apart = np.array(encoded(found.apart, self._tokenizer), np.int64)
            counts = found.values(self._counts, apart)[found.places]
        before = np.concatenate([[0], np.cumsum(counts)])
        return before[found.ends[1:]] - before[found.ends[:-1]]


def added_tokens(told: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Added tokens that are found as they stand, longest first; and those that are found in other ways."""
    plain: list[str] = []
    awkward: list[str] = []
    for token in told.get("added_tokens") or ():
        is_rewritten = token.get("normalized") and told.get("normalizer") is not None
        ways = is_rewritten or any(token.get(way) for way in ("lstrip", "rstrip", "single_word"))
        (awkward if ways else plain).append(token["content"])
    return tuple(sorted(plain, key=lambda word: (-len(word), word))), tuple(sorted(awkward))
