"""How likely windows of texts are in each language."""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false, reportReturnType=false

from __future__ import annotations

from functools import cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from curate.compiling import compiled
from curate.languages.masking import Words
from curate.languages.profiles import MIX, profiles
from curate.languages.windows import Windows
from curate.languages.words import score_words
from curate.pieces import Pieces

PLACES = 1 << 16
"""Words kept, at most; they take 15 MB."""
_OVERLAP = np.float32(1 / 3)
"""What a logarithm counts: every character stands in an n-gram of one, of two and of three."""
_LANES = 32
"""Columns that are added up at a time: rows of so many, or twice as many, leave none to be added alone."""
_SEEN = 1 << 10
"""Words of one text that are told from new ones, at most."""


def weigh(words: Words, windows: Windows) -> NDArray[np.float32]:
    """The logarithm of how likely each window is, up to a constant: a column a language of `profiles`.

    A word counts a half when it comes for the second time in a text, a third for the third, and so on: what
    is repeated is no further evidence, and a thousand moves of one disk from peg to peg would otherwise add up
    to Norwegian. Windows in other scripts are judged without their Latin words, as in langdetect.
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
        width = -(-len(self._table.languages) // _LANES) * _LANES
        self._logs = np.zeros((PLACES, width), np.float32)
        self._latin, self._other = np.zeros(PLACES, np.int32), np.zeros(PLACES, np.int32)

    def weigh(self, words: Words, windows: Windows) -> NDArray[np.float32]:
        """As the function of this name."""
        with self._alone:
            found = self._pieces.find(words.data, words.bounds[:-1], words.bounds[1:])
            scores = score_words(found.words, self._table)
            count = scores.logs.shape[1]
            self._logs[found.fresh, :count] = scores.logs
            self._latin[found.fresh], self._other[found.fresh] = scores.latin, scores.other
            apart = score_words(found.apart, self._table)
            logs = np.zeros((len(windows.texts), self._logs.shape[1]), np.float32)
            _add_words(
                words.data, words.starts, words.lasts - words.firsts,
                found.places, windows.texts, windows.bounds, PLACES,
                self._logs, self._latin, self._other, *apart, logs,
            )  # fmt: skip
        return logs[:, :count]


@compiled
def _key(data: NDArray[np.uint8], start: int, size: int) -> int:
    """A hash of a word: of its length, its first eight bytes and its last eight."""
    key = np.uint64(size)
    for at in range(start, start + min(size, 8)):
        key = key * np.uint64(MIX) + np.uint64(data[at])
    for at in range(start + max(8, size - 8), start + size):
        key = key * np.uint64(MIX) + np.uint64(data[at])
    return key ^ (key >> np.uint64(29))


@compiled
def _add_words(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    places: NDArray[np.int64],
    texts: NDArray[np.int64],
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
    # Words met in a text, and how often. It must not matter what else a table knows, so they have one of their
    # own; of two that meet in a slot, the latter is told to be new.
    keys, times = np.zeros(_SEEN, np.uint64), np.zeros(_SEEN, np.int64)
    text = np.int64(-1)
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
        if texts[window] != text:
            text = texts[window]
            times[:] = 0
        for word in range(bounds[window], bounds[window + 1]):
            place = places[word]
            key = _key(data, starts[word], sizes[word])
            slot = key % np.uint64(_SEEN)
            times[slot] = times[slot] + 1 if keys[slot] == key and times[slot] else 1
            keys[slot] = key
            weight = _OVERLAP / np.float32(times[slot])
            if place < kept:
                if not (is_other and latin[place] > 0):
                    for language in range(added.shape[1]):
                        added[window, language] += weight * logs[place, language]
            elif not (is_other and apart_latin[place - kept] > 0):
                for language in range(apart_logs.shape[1]):
                    added[window, language] += weight * apart_logs[place - kept, language]
