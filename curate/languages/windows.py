"""Stretches of texts, each scored in every language."""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.compiling import compiled
from curate.languages.profiles import profiles
from curate.languages.words import score_words
from curate.pieces import LONGEST, Pieces, batches, utf8

PLACES = 1 << 16
"""Words kept, at most; they take 15 MB."""


class Windows(NamedTuple):
    """Windows of some texts, in their order, one row each."""

    texts: NDArray[np.int64]
    """The text's number."""
    letters: NDArray[np.int64]
    """Its length in bytes, spaces between words left out."""
    logs: NDArray[np.float32]
    """A column a language of `profiles`: how likely the window is in it, as a logarithm, up to a constant."""


def read(texts: pl.Series, size: int) -> Windows:
    """Score texts, words with single spaces between them, in equal windows of about `size` bytes of letters.

    A text shorter than one and a half windows is one; a word of more than 128 bytes, as in scripts without
    spaces, is one of its own. Texts in other scripts are judged without their Latin words, as in langdetect.
    """
    return _reader().read(texts, size)


@cache
def _reader() -> Reader:
    return Reader()


class Reader:
    """Words met so far, with their scores; one thread at a time: polars judges parts of rows side by side."""

    def __init__(self) -> None:
        self._alone = Lock()
        self._table = profiles()
        between = np.zeros((256, 256), np.bool_)
        between[:, 32] = True
        self._pieces = Pieces(between, PLACES, drops_space=True)
        self._logs = np.zeros((PLACES, len(self._table.languages)), np.float32)
        self._latin, self._other = np.zeros(PLACES, np.int32), np.zeros(PLACES, np.int32)

    def read(self, texts: pl.Series, size: int) -> Windows:
        """As the function of this name."""
        data, bounds = utf8(texts)
        begins, ends = bounds[:-1], bounds[1:]
        with self._alone:
            parts = [
                self._read(data, begins[some], ends[some], some.start, size)
                for some in batches(begins, ends)
            ]
        return Windows(*map(np.concatenate, zip(*parts, strict=True)))

    def _read(
        self,
        data: NDArray[np.uint8],
        begins: NDArray[np.int64],
        ends: NDArray[np.int64],
        first: int,
        size: int,
    ) -> Windows:
        """The windows of some texts, the first of which has the number `first`."""
        found = self._pieces.find(data, begins, ends)
        scores = score_words(found.words, self._table)
        self._logs[found.fresh] = scores.logs
        self._latin[found.fresh], self._other[found.fresh] = scores.latin, scores.other
        apart = score_words(found.apart, self._table)
        lengths = np.array([len(word.encode()) for word in found.apart], np.int64)
        is_long = lengths > LONGEST
        sizes = found.values(self._pieces.sizes.astype(np.int64), lengths * ~is_long)[found.places]
        before = np.concatenate([[0], np.cumsum(sizes)])
        letters = before[found.ends[1:]] - before[found.ends[:-1]]
        windows = np.maximum(1, (letters + size // 2) // size) * (letters > 0)
        texts_of = np.repeat(np.arange(len(begins)), windows)
        logs = np.zeros((len(texts_of), self._logs.shape[1]), np.float32)
        amounts = np.zeros(len(texts_of), np.int64)
        _add_words(
            found.places, found.ends, sizes, letters, windows,
            found.values(self._logs, apart.logs * ~is_long[:, None]),
            found.values(self._latin, apart.latin * ~is_long),
            found.values(self._other, apart.other * ~is_long),
            logs, amounts,
        )  # fmt: skip
        # Words that are windows of their own, behind those of their text.
        long = np.flatnonzero(is_long)
        at = np.flatnonzero(found.places >= PLACES)[long]
        of = np.concatenate([texts_of, np.searchsorted(found.ends, at, side="right") - 1])
        order = np.argsort(of, kind="stable")
        return Windows(
            first + of[order],
            np.concatenate([amounts, lengths[long]])[order],
            np.concatenate([logs, apart.logs[long]])[order],
        )


@compiled
def _add_words(
    places: NDArray[np.int64],
    ends: NDArray[np.int64],
    sizes: NDArray[np.int64],
    letters: NDArray[np.int64],
    windows: NDArray[np.int64],
    logs: NDArray[np.float32],
    latin: NDArray[np.int32],
    other: NDArray[np.int32],
    added: NDArray[np.float32],
    amounts: NDArray[np.int64],
) -> None:
    """Add up the words of every window; where other scripts prevail, of those without Latin letters alone."""
    window = 0
    for text in range(windows.size):
        at = ends[text]
        passed = 0
        for each in range(windows[text]):
            first = at
            limit = letters[text] * (each + 1) // windows[text]
            latins = others = 0
            while at < ends[text + 1] and (passed < limit or each + 1 == windows[text]):
                passed += sizes[at]
                amounts[window] += sizes[at]
                latins += latin[places[at]]
                others += other[places[at]]
                at += 1
            for word in range(first, at):
                place = places[word]
                if latins * 2 < others and latin[place] > 0:
                    continue
                for language in range(added.shape[1]):
                    added[window, language] += logs[place, language]
            window += 1
