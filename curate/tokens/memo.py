"""What is known of the pieces of texts seen before: how many tokens they have, and which."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, cast

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from curate.pieces import Found, Pieces, batches, utf8
from curate.tokens.added import added_tokens
from curate.tokens.cuts import cuts
from curate.tokens.engine import described, encoded, lengths

LIST = pl.List(pl.UInt32)
PLACES = 1 << 19
"""Pieces kept, at most; they take 20 MB."""


class Stretches(NamedTuple):
    """Texts taken apart at their added tokens, each of which begins a stretch, in their order."""

    begins: NDArray[np.int64]
    free: NDArray[np.int64]
    """Where the added token ends."""
    ends: NDArray[np.int64]
    bounds: NDArray[np.int64]
    """Between which the stretches of each text are."""


class Memo(ABC):
    """The pieces of one tokenizer's texts seen so far, and something that is known of each.

    One thread at a time: polars may measure parts of rows side by side. Raises UncutError where it is
    not known how texts may be cut.
    """

    def __init__(self, tokenizer: Path) -> None:
        told = described(tokenizer)
        known, self._added = cuts(told), added_tokens(told)
        self._alone = Lock()
        self._tokenizer = tokenizer
        self._pieces = Pieces(known.between, PLACES, drops_space=known.drops_space)

    @staticmethod
    @abstractmethod
    def whole(texts: pl.Series, tokenizer: Path) -> pl.Series:
        """What `find` gives, by encoding every text whole; none is null."""

    @abstractmethod
    def find(self, texts: pl.Series) -> pl.Series:
        """What is known of every text; none is null."""

    def _apart(self, texts: pl.Series) -> tuple[NDArray[np.bool_], pl.Series]:
        """Which texts must be encoded whole; and the others, which may be cut."""
        whole = self._added.keep_whole(texts)
        return whole.to_numpy(), texts.filter(~whole) if whole.any() else texts

    def _look_up(self, data: NDArray[np.uint8], of: Stretches, some: slice) -> Found:
        return self._pieces.find(data, of.begins[some], of.ends[some], of.free[some])

    def _stretches(self, texts: pl.Series) -> tuple[NDArray[np.uint8], Stretches]:
        """The bytes of all texts, and their stretches."""
        data, bounds = utf8(texts)
        begins, ends = bounds[:-1], bounds[1:]
        words = list(self._added.plain)
        at = texts.str.find_many(words, leftmost=True) if words else None
        here = np.zeros(len(texts), np.int64)
        if at is not None:
            here[:] = at.list.len().to_numpy()
        stretches = np.concatenate([[0], np.cumsum(here + 1)])
        if at is None or not here.any():
            return data, Stretches(begins, begins, ends, stretches)
        # Every text has one stretch more than added tokens: what stands before them.
        is_added = np.ones(stretches[-1], np.bool_)
        is_added[stretches[:-1]] = False
        starts = np.empty(len(is_added), np.int64)
        starts[~is_added] = begins
        starts[is_added] = at.explode(empty_as_null=False).to_numpy() + np.repeat(begins, here)
        found = texts.str.extract_many(words, leftmost=True).explode(empty_as_null=False)
        free = starts.copy()
        free[is_added] += found.str.len_bytes().to_numpy().astype(np.int64)
        stops = np.append(starts[1:], 0)
        stops[stretches[1:] - 1] = ends
        return data, Stretches(starts, free, stops, stretches)


class Counts(Memo):
    """How many tokens pieces have."""

    def __init__(self, tokenizer: Path) -> None:
        super().__init__(tokenizer)
        self._counts = np.zeros(PLACES, np.int64)

    @staticmethod
    def whole(texts: pl.Series, tokenizer: Path) -> pl.Series:
        """The tokens of every text, counted whole."""
        return pl.Series(lengths(texts.to_list(), tokenizer), dtype=pl.UInt32)

    def find(self, texts: pl.Series) -> pl.Series:
        """The tokens of every text (UInt32)."""
        kept_whole, cut = self._apart(texts)
        found = np.zeros(len(texts), np.uint32)
        found[~kept_whole] = self._cut(cut)
        if kept_whole.any():
            others = texts.filter(pl.Series(kept_whole))
            found[kept_whole] = lengths(others.to_list(), self._tokenizer)
        return pl.Series(found, dtype=pl.UInt32)

    def _cut(self, texts: pl.Series) -> NDArray[np.int64]:
        data, stretches = self._stretches(texts)
        counts = np.zeros(len(stretches.begins), np.int64)
        for some in batches(stretches.begins, stretches.ends):
            with self._alone:
                found = self._look_up(data, stretches, some)
                self._counts[found.fresh] = lengths(found.words, self._tokenizer)
                apart = np.array(lengths(found.apart, self._tokenizer), np.int64)
                tokens = found.values(self._counts, apart)[found.places]
            counts[some] = _sums(tokens, found.ends)
        return _sums(counts, stretches.bounds)


class Ids(Memo):
    """Which tokens pieces have."""

    def __init__(self, tokenizer: Path) -> None:
        super().__init__(tokenizer)
        self._ids = np.empty(0, np.uint32)
        self._written = 0
        self._at = np.zeros((PLACES, 2), np.int64)
        """Where the tokens of each place begin and end."""

    @staticmethod
    def whole(texts: pl.Series, tokenizer: Path) -> pl.Series:
        """The tokens of every text, encoded whole."""
        return lists(*joined(encoded(texts.to_list(), tokenizer)))

    def find(self, texts: pl.Series) -> pl.Series:
        """The tokens of every text, a list of UInt32."""
        kept_whole, cut = self._apart(texts)
        ids, counts = self._cut(cut)
        if kept_whole.any():
            others = texts.filter(pl.Series(kept_whole)).to_list()
            more = joined(encoded(others, self._tokenizer))
            ids, counts = _woven(kept_whole, (ids, counts), more)
        return lists(ids, counts)

    def _cut(self, texts: pl.Series) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        data, stretches = self._stretches(texts)
        counts = np.zeros(len(stretches.begins), np.int64)
        made: list[NDArray[np.uint32]] = []
        for some in batches(stretches.begins, stretches.ends):
            with self._alone:
                found = self._look_up(data, stretches, some)
                if found.is_new:
                    self._written = 0
                self._at[found.fresh] = self._keep(encoded(found.words, self._tokenizer))
                kept = self._written
                apart = self._keep(encoded(found.apart, self._tokenizer))
                self._written = kept
                at = found.values(self._at, apart)[found.places]
                made.append(self._ids[_ranges(at)])
            counts[some] = _sums(at[:, 1] - at[:, 0], found.ends)
        return np.concatenate(made), _sums(counts, stretches.bounds)

    def _keep(self, tokens: Iterator[list[int]]) -> NDArray[np.int64]:
        """Write tokens behind those that are known; gives where they begin and end."""
        ids, counts = joined(tokens)
        while self._written + len(ids) > len(self._ids):
            more = np.empty(max(1 << 16, len(self._ids)), np.uint32)
            self._ids = np.concatenate([self._ids, more])
        self._ids[self._written : self._written + len(ids)] = ids
        ends = self._written + np.cumsum(counts)
        self._written += len(ids)
        return np.stack([ends - counts, ends], axis=1)


def _sums(values: NDArray[np.int64], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sum of the values between every two bounds."""
    return np.diff(np.concatenate([[0], np.cumsum(values)])[bounds])


def joined(tokens: Iterator[list[int]]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Lists of tokens one after the other, and how many each has."""
    lists = list(tokens)
    counts = np.array([len(one) for one in lists], np.int64)
    return np.array([token for one in lists for token in one], np.uint32), counts


def lists(flat: NDArray[np.uint32], counts: NDArray[np.int64]) -> pl.Series:
    """Lists from their elements and sizes."""
    arrow = cast("Any", pa)
    bounds = arrow.array(np.concatenate([[0], np.cumsum(counts)]), arrow.int64())
    elements = arrow.array(flat, arrow.uint32())
    return pl.Series(arrow.LargeListArray.from_arrays(bounds, elements), dtype=LIST)


def _ranges(at: NDArray[np.int64]) -> NDArray[np.int64]:
    """All numbers from each begin to its end, one after the other."""
    sizes = at[:, 1] - at[:, 0]
    before = np.cumsum(sizes) - sizes
    return np.repeat(at[:, 0] - before, sizes) + np.arange(int(sizes.sum()))


def _woven(
    chosen: NDArray[np.bool_],
    left: tuple[NDArray[np.uint32], NDArray[np.int64]],
    right: tuple[NDArray[np.uint32], NDArray[np.int64]],
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The tokens of some texts and of the others, in the order of all."""
    counts = np.empty(len(chosen), np.int64)
    counts[~chosen], counts[chosen] = left[1], right[1]
    of_chosen = np.repeat(chosen, counts)
    ids = np.empty(len(of_chosen), np.uint32)
    ids[~of_chosen], ids[of_chosen] = left[0], right[0]
    return ids, counts
