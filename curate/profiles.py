"""langdetect's language profiles, scored over whole texts at once.

langdetect draws n-grams of a text at random, seven times over, until one language wins. The same model
summed over all n-grams needs no chance and, in bulk, a tenth of the time; where it leaves no doubt,
drawing could not end otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_SMOOTHING = 0.5 / 10_000
"""What langdetect adds to every probability: its ALPHA over its BASE_FREQ."""

_TEXTS = 64
"""Texts scored at a time: 600 characters each make 25 MB of scores."""

_LONGEST = 3
"""Characters of the longest n-grams in the profiles."""


class Profiles(NamedTuple):
    """Every known n-gram, and the logarithm of how probable it is in each language."""

    languages: tuple[str, ...]
    ngrams: NDArray[np.uint64]
    """Code points, 21 bits each, the last one lowest; ascending."""
    logs: NDArray[np.float32]
    """One row an n-gram, one column a language; the last row is all zeros, for unknown n-grams."""


def profile_texts() -> list[str]:
    """The profiles langdetect ships, as JSON texts in the order of their names.

    langdetect's own loader takes them in the order of the file system.
    """
    from langdetect.detector_factory import PROFILES_DIRECTORY

    return [file.read_text("utf-8") for file in sorted(Path(PROFILES_DIRECTORY).iterdir())]


@cache
def profiles() -> Profiles:
    """The profiles as one table."""
    told: list[dict[str, Any]] = [json.loads(text) for text in profile_texts()]
    known = sorted({_key(ngram) for profile in told for ngram in profile["freq"]})
    places = {key: place for place, key in enumerate(known)}
    shares = np.zeros((len(known) + 1, len(told)))
    for column, profile in enumerate(told):
        for ngram, count in profile["freq"].items():
            total = profile["n_words"][len(ngram) - 1]
            shares[places[_key(ngram)], column] = count / total
    logs = np.log(_SMOOTHING + shares).astype(np.float32)
    logs[-1] = 0
    names = tuple(str(profile["name"]) for profile in told)
    return Profiles(names, np.array(known, np.uint64), logs)


def _key(ngram: str) -> int:
    key = 0
    for character in ngram:
        key = key << 21 | ord(character)
    return key


def score(texts: Sequence[str]) -> NDArray[np.float64]:
    """How likely each text is in each language: a row a text, a column of `Profiles.languages` each.

    Logarithms, up to a constant of each text. A word's bounds count as spaces.
    """
    parts = [_score(texts[first : first + _TEXTS]) for first in range(0, len(texts), _TEXTS)]
    return np.concatenate([np.empty((0, len(profiles().languages))), *parts])


def _score(texts: Sequence[str]) -> NDArray[np.float64]:
    table = profiles()
    # Two spaces between texts: no n-gram with letters reaches from one into the next.
    joined = "".join(f"  {text} " for text in texts)
    points = np.frombuffer(joined.encode("utf-32-le"), np.uint32).astype(np.uint64)
    starts = np.cumsum([0, *(len(text) + 3 for text in texts[:-1])])
    total = np.zeros((len(texts), len(table.languages)))
    for length in range(1, _LONGEST + 1):
        total += _summed(table, _ngrams(points, length), starts)
    return total


def _ngrams(points: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """At every character, the n-gram that ends with it; zeros where it would begin before the first."""
    keys = np.zeros_like(points)
    for back in range(length - 1, -1, -1):
        keys = keys << np.uint64(21)
        keys[back:] |= points[: len(points) - back]
    return keys


def _summed(
    table: Profiles, keys: NDArray[np.uint64], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    places = np.searchsorted(table.ngrams, keys)
    places[places == len(table.ngrams)] = 0
    places = np.where(table.ngrams[places] == keys, places, len(table.ngrams))
    return np.add.reduceat(table.logs[places], starts, axis=0, dtype=np.float64)
