"""The languages of texts, stretch by stretch."""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.compiling import compiled
from curate.languages.engines import EngineName, open_engine
from curate.languages.masking import Words, find_words
from curate.languages.stretches import Stretches, join
from curate.languages.windows import cut
from curate.languages.words import REPEATS
from curate.pieces import batches, utf8

UNDETERMINED = "undetermined"
"""What is said where there is too little to go by, or too much doubt."""
MIN_PROBABILITY = 0.7
"""How probable a language must be to be told."""

_MIN_BYTES = 20
"""Bytes of different words below which no language is told: 20 Latin letters, 7 Han signs. Shorter texts, such
as `OK so n=5, k=2.`, are misjudged too often."""
_MIN_WORDS = 3
"""Different words below which none is told: one, however long or often repeated, may be of many languages."""
_CODED = 8
"""Times as much is asked for another language than English in Latin letters where a text is code for the most
part: what is left of it are keywords and names."""
_LATIN = 1.5
"""Bytes a letter up to which letters are Latin."""
_UNSPACED = 2.5
"""Bytes a letter from which on words may have no spaces between them, so that one is enough: Han, kana, Thai."""


class Detected(NamedTuple):
    """Stretches of some texts, each in one language, in their order, one row each."""

    languages: tuple[str, ...]
    """Codes, by number."""
    texts: NDArray[np.int64]
    """The text's number."""
    best: NDArray[np.int64]
    """The number of its language; -1 where none is told."""
    letters: NDArray[np.int64]
    """Characters of its words."""
    begins: NDArray[np.int64]
    """Bytes of the text before it."""
    ends: NDArray[np.int64]
    """Bytes of the text up to its end."""
    probabilities: NDArray[np.float32]
    """How probable it is of each language, be there enough to go by or not."""


def detect(
    texts: pl.Series, engine: EngineName = "summed", min_probability: float = MIN_PROBABILITY
) -> Detected:
    """Find what language texts are in, and where it changes; a null has no stretches.

    Every text is judged by itself: neither order nor company matters.
    """
    languages = open_engine(engine).languages
    found = list(_detect(texts, engine, min_probability))
    return Detected(languages, *map(np.concatenate, zip(*found, strict=True)))


def _detect(
    texts: pl.Series, engine: EngineName, min_probability: float
) -> Iterator[tuple[NDArray[np.generic], ...]]:
    detector = open_engine(engine)
    data, bounds = utf8(texts)
    for some in batches(bounds[:-1], bounds[1:]):
        begins = bounds[:-1][some]
        words = find_words(data, begins, bounds[1:][some])
        windows = cut(words, detector.size)
        stretches = join(windows, detector.weigh(words, windows), detector.switch)
        firsts, lasts = stretches.bounds[:-1], stretches.bounds[1:] - 1
        is_told = stretches.probabilities.max(axis=1, initial=0) >= min_probability
        is_told &= _is_enough(words, stretches, detector.languages.index("en"))
        yield (
            some.start + stretches.texts,
            np.where(is_told, stretches.best, -1),
            stretches.letters,
            words.firsts[firsts] - begins[stretches.texts],
            words.lasts[lasts] - begins[stretches.texts],
            stretches.probabilities,
        )


def _is_enough(words: Words, stretches: Stretches, english: int) -> NDArray[np.bool_]:
    """Whether there is enough of a stretch to tell its language."""
    several = np.zeros(len(stretches.texts), np.bool_)
    ends = words.starts + words.lasts - words.firsts
    is_coded = words.coded[stretches.texts] & (stretches.best != english)
    is_coded &= stretches.sizes < _LATIN * stretches.letters
    times = np.where(is_coded, _CODED, 1)
    _find_several(words.data, words.starts, ends, stretches.bounds, times, several)
    is_unspaced = stretches.sizes >= _UNSPACED * stretches.letters
    return (stretches.sizes >= _MIN_BYTES) & (several | is_unspaced)


@compiled
def _is_drawn(data: NDArray[np.uint8], start: int, end: int) -> bool:
    """Whether a letter is repeated as in no word: `eeee`."""
    repeats = 0
    for at in range(start + 1, end):
        repeats = repeats + 1 if data[at] == data[at - 1] else 0
        if repeats == REPEATS:
            return True
    return False


@compiled
def _find_several(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    bounds: NDArray[np.int64],
    times: NDArray[np.int64],
    several: NDArray[np.bool_],
) -> None:
    """Find the stretches with enough different words; of each, so many times what is asked of one."""
    met = np.zeros(_CODED * (_MIN_WORDS + _MIN_BYTES), np.int64)
    for stretch in range(bounds.size - 1):
        count = written = 0
        for word in range(bounds[stretch], bounds[stretch + 1]):
            is_new = not _is_drawn(data, starts[word], ends[word])
            size = ends[word] - starts[word]
            for other in met[:count]:
                same = 0
                if ends[other] - starts[other] == size:
                    while same < size and data[starts[other] + same] == data[starts[word] + same]:
                        same += 1
                is_new = is_new and same < size
            if is_new:
                met[count] = word
                count += 1
                written += size
                if count >= times[stretch] * _MIN_WORDS and written >= times[stretch] * _MIN_BYTES:
                    several[stretch] = True
                    break
