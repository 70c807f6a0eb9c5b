"""How likely windows of texts are in each language."""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false

from __future__ import annotations

from functools import cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from curate.compiling import compiled
from curate.languages.masking import Words
from curate.languages.profiles import profiles
from curate.languages.windows import Windows
from curate.languages.words import score_words
from curate.pieces import Pieces

PLACES = 1 << 16
"""Words kept, at most; they take 15 MB."""


def weigh(words: Words, windows: Windows) -> NDArray[np.float32]:
    """The logarithm of how likely each window is, up to a constant: a column a language of `profiles`.

    Windows in other scripts are judged without their Latin words, as in langdetect.
    """
    return _reader().weigh(words, windows)


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

    def weigh(self, words: Words, windows: Windows) -> NDArray[np.float32]:
        """As the function of this name."""
        with self._alone:
            found = self._pieces.find(words.data, words.bounds[:-1], words.bounds[1:])
            scores = score_words(found.words, self._table)
            self._logs[found.fresh] = scores.logs
            self._latin[found.fresh], self._other[found.fresh] = scores.latin, scores.other
            apart = score_words(found.apart, self._table)
            logs = np.zeros((len(windows.texts), self._logs.shape[1]), np.float32)
            _add_words(
                found.places, windows.bounds, PLACES,
                self._logs, self._latin, self._other, *apart, logs,
            )  # fmt: skip
        return logs


@compiled
def _add_words(
    places: NDArray[np.int64],
    bounds: NDArray[np.int64],
    kept: int,
    logs: NDArray[np.float32],
    latin: NDArray[np.int32],
    other: NDArray[np.int32],
    apart_logs: NDArray[np.float32],
    apart_latin: NDArray[np.int32],
    apart_other: NDArray[np.int32],
    added: NDArray[np.float32],
) -> None:
    """Add up the words of every window; where other scripts prevail, of those without Latin letters alone."""
    for window in range(bounds.size - 1):
        latins = others = 0
        for word in range(bounds[window], bounds[window + 1]):
            place = places[word]
            if place < kept:
                latins += latin[place]
                others += other[place]
            else:
                latins += apart_latin[place - kept]
                others += apart_other[place - kept]
        is_other = latins < others * 2
        for word in range(bounds[window], bounds[window + 1]):
            place = places[word]
            if place < kept:
                if not (is_other and latin[place] > 0):
                    for language in range(added.shape[1]):
                        added[window, language] += logs[place, language]
            elif not (is_other and apart_latin[place - kept] > 0):
                for language in range(added.shape[1]):
                    added[window, language] += apart_logs[place - kept, language]
