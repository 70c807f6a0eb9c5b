"""What is known of the pieces of texts seen before: how many tokens they have, and which."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.pieces import Found, Pieces, batches, utf8
from curate.tokens.added import added_tokens
from curate.tokens.cuts import cuts
from curate.tokens.engine import described, lengths, opened, placed
from curate.tokens.merging import merges

PLACES = 1 << 19
"""Pieces kept, at most; they take 20 MB."""
MANY = 64
"""Words from which merging them here is worth reading the merges, which takes a tenth of a second."""


class Stretches(NamedTuple):
    """Texts taken apart at their added tokens, each of which begins a stretch, in their order."""

    begins: NDArray[np.int64]
    free: NDArray[np.int64]
    """Where the added token ends."""
    ends: NDArray[np.int64]
    bounds: NDArray[np.int64]
    """Between which the stretches of each text are."""


class Told(Protocol):
    """Something about every one of some texts."""

    def gather(self, indices: Any, /) -> Any:
        """The same about some of them."""
        ...

    def equals(self, other: Any, /) -> bool:
        """Whether it is the same."""
        ...


T = TypeVar("T", bound=Told)


class Memo(ABC, Generic[T]):
    """The pieces of one tokenizer's texts seen so far, and something that is known of each.

    One thread at a time: polars may measure parts of rows side by side. Raises UncutError where it is
    not known how texts may be cut.
    """

    keeps_space: ClassVar[bool] = False
    """Whether pieces keep the space in front that the tokenizer would put there."""

    def __init__(self, tokenizer: Path) -> None:
        told = described(tokenizer)
        self._known, self._added = cuts(told), added_tokens(told)
        self._alone = Lock()
        self._tokenizer = tokenizer
        drops_space = self._known.drops_space and not self.keeps_space
        self._pieces = Pieces(
            self._known.between,
            PLACES,
            drops_space=drops_space,
            unspaced=self._known.unspaced,
        )

    @classmethod
    @abstractmethod
    def whole(cls, texts: pl.Series, tokenizer: Path) -> T:
        """What `find` gives, by encoding every text whole; none is null."""

    @abstractmethod
    def find(self, texts: pl.Series) -> T:
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


class Counts(Memo[pl.Series]):
    """How many tokens pieces have."""

    def __init__(self, tokenizer: Path) -> None:
        super().__init__(tokenizer)
        self._counts = np.zeros(PLACES, np.int64)

    @classmethod
    def whole(cls, texts: pl.Series, tokenizer: Path) -> pl.Series:
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
                self._counts[found.fresh] = self._lengths(found.words)
                apart = np.array(lengths(found.apart, self._tokenizer), np.int64)
                tokens = found.values(self._counts, apart)[found.places]
            counts[some] = _sums(tokens, found.ends)
        return _sums(counts, stretches.bounds)

    def _lengths(self, words: list[str]) -> NDArray[np.int64]:
        """The tokens of pieces: by merging those that are known to get to the model as they are, or by that alone."""
        is_marked = self._known.marks is not None
        known = merges(self._tokenizer, is_marked=is_marked) if len(words) >= MANY else None
        tokenize = opened(self._tokenizer).model.tokenize
        found = np.zeros(len(words), np.int64)
        merged: dict[int, str] = {}
        others: list[int] = []
        for place, piece in enumerate(words):
            word = self._handed_on(piece)
            if word is not None and known is not None and known.words.fullmatch(word):
                merged[place] = word
            elif word is not None and is_marked:
                found[place] = len(tokenize(word.replace(" ", "▁")))
            else:
                others.append(place)
        if known is not None:
            found[[*merged]] = known.count([*merged.values()])
        found[others] = lengths([words[place] for place in others], self._tokenizer)
        return found

    def _handed_on(self, word: str) -> str | None:
        """What of a piece gets to the model, if that is known, with spaces for U+2581."""
        if word.startswith(self._added.plain):
            return None
        marks = self._known.marks
        if marks is None:
            return word
        if marks == "once" and not _WORD.fullmatch(word):
            return None
        is_put = marks == "always" or (marks == "once" and not word.startswith(" "))
        return f" {word}" if is_put else word


_WORD = re.compile(r" ?[!-~](?:[\t\n\r!-~]*[!-~])?")


class Places(Memo["Placed"]):
    """Which tokens pieces have, and for which of their characters each stands.

    In front of what a tokenizer puts a space before, a piece keeps its own: only then are the characters
    those of the whole. So it stands behind another word when it is encoded, and a text that begins with a space
    is encoded whole.
    """

    keeps_space: ClassVar[bool] = True

    def __init__(self, tokenizer: Path) -> None:
        super().__init__(tokenizer)
        self._tokens = np.empty((0, 3), np.int32)
        """Ids, starts and ends of all pieces, one after the other."""
        self._written = 0
        self._at = np.zeros((PLACES, 2), np.int64)
        """Where the tokens of each place begin and end."""
        self._characters = np.zeros(PLACES, np.int64)

    @classmethod
    def whole(cls, texts: pl.Series, tokenizer: Path) -> Placed:
        """The tokens of every text, encoded whole."""
        return _placed(placed(texts.to_list(), tokenizer))

    def find(self, texts: pl.Series) -> Placed:
        """The tokens of every text."""
        kept_whole, cut = self._apart(texts)
        found = self._cut(cut)
        if not kept_whole.any():
            return found
        others = texts.filter(pl.Series(kept_whole))
        return found.woven(kept_whole, self.whole(others, self._tokenizer))

    def _apart(self, texts: pl.Series) -> tuple[NDArray[np.bool_], pl.Series]:
        whole, cut = super()._apart(texts)
        if self._known.drops_space:
            whole = whole | texts.str.starts_with(" ").to_numpy()
            cut = texts.filter(pl.Series(~whole))
        return whole, cut

    def _cut(self, texts: pl.Series) -> Placed:
        data, stretches = self._stretches(texts)
        counts = np.zeros(len(stretches.begins), np.int64)
        characters = np.zeros(len(stretches.begins), np.int64)
        made: list[NDArray[np.int32]] = [self._tokens[:0]]
        for some in batches(stretches.begins, stretches.ends):
            with self._alone:
                found = self._look_up(data, stretches, some)
                if found.is_new:
                    self._written = 0
                self._at[found.fresh] = self._keep(found.words)
                self._characters[found.fresh] = list(map(len, found.words))
                kept = self._written
                apart = self._keep(found.apart)
                self._written = kept
                sizes = np.array(list(map(len, found.apart)), np.int64)
                sizes = found.values(self._characters, sizes)[found.places]
                at = found.values(self._at, apart)[found.places]
                tokens = self._tokens[_ranges(at)]
            many = at[:, 1] - at[:, 0]
            before = np.cumsum(sizes) - sizes
            # Characters before each piece of its stretch; stretches are put in their texts below.
            inside = np.append(before, 0)[found.ends[:-1]]
            before -= np.repeat(inside, np.diff(found.ends))
            tokens[:, 1:] += np.repeat(before, many).astype(np.int32)[:, None]
            made.append(tokens)
            counts[some], characters[some] = _sums(many, found.ends), _sums(sizes, found.ends)
        tokens = np.concatenate(made)
        before = np.cumsum(characters) - characters
        inside = np.append(before, 0)[stretches.bounds[:-1]]
        before -= np.repeat(inside, np.diff(stretches.bounds))
        tokens[:, 1:] += np.repeat(before, counts).astype(np.int32)[:, None]
        return Placed(tokens, np.concatenate([[0], np.cumsum(_sums(counts, stretches.bounds))]))

    def _keep(self, words: list[str]) -> NDArray[np.int64]:
        """Write tokens of pieces behind those that are known; gives where they begin and end."""
        behind = [self._known.drops_space and word.startswith(" ") for word in words]
        lead = self.whole(pl.Series([_LEAD]), self._tokenizer) if any(behind) else None
        led = [_LEAD + word if is_led else word for word, is_led in zip(words, behind, strict=True)]
        found = self.whole(pl.Series(led, dtype=pl.String), self._tokenizer)
        tokens, begins = found.tokens, found.bounds[:-1].copy()
        if lead is not None:
            of = np.repeat(np.array(behind), np.diff(found.bounds))
            tokens[of, 1:] -= len(_LEAD)
            begins[behind] += len(lead.tokens)
        while self._written + len(tokens) > len(self._tokens):
            more = np.empty((max(1 << 16, len(self._tokens)), 3), np.int32)
            self._tokens = np.concatenate([self._tokens, more])
        self._tokens[self._written : self._written + len(tokens)] = tokens
        at = np.stack([begins, found.bounds[1:]], axis=1) + self._written
        self._written += len(tokens)
        return at


_LEAD = "a"
"""A word of its own in front of any space."""


class Placed(NamedTuple):
    """The tokens of some texts."""

    tokens: NDArray[np.int32]
    """Ids, starts and ends: one row a token, text after text."""
    bounds: NDArray[np.int64]
    """Between which the tokens of each text are."""

    def gather(self, texts: NDArray[np.int64]) -> Placed:
        """Those of some of the texts."""
        at = np.stack([self.bounds[texts], self.bounds[texts + 1]], axis=1)
        sizes = np.cumsum(at[:, 1] - at[:, 0])
        return Placed(self.tokens[_ranges(at)], np.concatenate([[0], sizes]))

    def equals(self, other: Placed) -> bool:
        """Whether the texts have the same tokens in the same places."""
        return np.array_equal(self.bounds, other.bounds) and np.array_equal(
            self.tokens, other.tokens
        )

    def woven(self, chosen: NDArray[np.bool_], others: Placed) -> Placed:
        """These in the places that are not chosen, others in those that are."""
        counts = np.empty(len(chosen), np.int64)
        counts[~chosen], counts[chosen] = np.diff(self.bounds), np.diff(others.bounds)
        of_others = np.repeat(chosen, counts)
        tokens = np.empty((len(of_others), 3), np.int32)
        tokens[~of_others], tokens[of_others] = self.tokens, others.tokens
        return Placed(tokens, np.concatenate([[0], np.cumsum(counts)]))


def _placed(encodings: Iterator[NDArray[np.int32]]) -> Placed:
    parts = list(encodings)
    bounds = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    return Placed(np.concatenate([np.empty((0, 3), np.int32), *parts]), bounds)


def _sums(values: NDArray[np.int64], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sum of the values between every two bounds."""
    return np.diff(np.concatenate([[0], np.cumsum(values)])[bounds])


def _ranges(at: NDArray[np.int64]) -> NDArray[np.int64]:
    """All numbers from each begin to its end, one after the other."""
    sizes = at[:, 1] - at[:, 0]
    before = np.cumsum(sizes) - sizes
    return np.repeat(at[:, 0] - before, sizes) + np.arange(int(sizes.sum()))
