"""langdetect's language profiles, as one table."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_SMOOTHING = 0.5 / 10_000
"""What langdetect adds to every probability: its ALPHA over its BASE_FREQ."""


class Profiles(NamedTuple):
    """Every known n-gram, and the logarithm of how probable it is in each language."""

    languages: tuple[str, ...]
    ngrams: NDArray[np.uint64]
    """Code points, 21 bits each, the last one lowest; ascending."""
    logs: NDArray[np.float32]
    """One row an n-gram, one column a language."""


@cache
def profiles() -> Profiles:
    """The profiles langdetect ships, in the order of their names; its own loader takes that of the file system."""
    from langdetect.detector_factory import PROFILES_DIRECTORY

    files = sorted(Path(PROFILES_DIRECTORY).iterdir())
    told: list[dict[str, Any]] = [json.loads(file.read_text("utf-8")) for file in files]
    known = sorted({_key(ngram) for profile in told for ngram in profile["freq"]})
    places = {key: place for place, key in enumerate(known)}
    shares = np.zeros((len(known), len(told)))
    for column, profile in enumerate(told):
        for ngram, count in profile["freq"].items():
            total = profile["n_words"][len(ngram) - 1]
            shares[places[_key(ngram)], column] = count / total
    logs = np.log(_SMOOTHING + shares).astype(np.float32)
    names = tuple(str(profile["name"]) for profile in told)
    return Profiles(names, np.array(known, np.uint64), logs)


def _key(ngram: str) -> int:
    key = 0
    for character in ngram:
        key = key << 21 | ord(character)
    return key
