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
from curate.pieces import Pieces, utf8

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
def _reader() -> _Reader:
    return _Reader()


class _Reader:
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
        with self._alone:
            return self._read(texts, size)

    def _read(self, texts: pl.Series, size: int) -> Windows:
        data, bounds = utf8(texts)
        found = self._pieces.find(data, bounds[:-1], bounds[1:])
        scores = score_words(found.words, self._table)
        self._logs[found.fresh] = scores.logs
        self._latin[found.fresh], self._other[found.fresh] = scores.latin, scores.other
        sizes = self._pieces.sizes[found.places].astype(np.int64)
        before = np.concatenate([[0], np.cumsum(sizes)])
        letters = before[found.ends[1:]] - before[found.ends[:-1]]
        windows = np.maximum(1, (letters + size // 2) // size) * (letters > 0)
        texts_of = np.repeat(np.arange(len(texts)), windows)
        logs = np.zeros((len(texts_of), self._logs.shape[1]), np.float32)
        amounts = np.zeros(len(texts_of), np.int64)
        _add_words(
            found.places, found.ends, sizes, letters, windows,
            self._logs, self._latin, self._other, logs, amounts,
        )  # fmt: skip
        longer = score_words([word for _, word in found.apart], self._table)
        alone = np.array([at for at, _ in found.apart], np.int64)
        of = np.concatenate([texts_of, alone])
        order = np.argsort(of, kind="stable")
        lengths = np.array([len(word.encode()) for _, word in found.apart], np.int64)
        return Windows(
            of[order],
            np.concatenate([amounts, lengths])[order],
            np.concatenate([logs, longer.logs])[order],
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
