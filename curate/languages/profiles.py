"""langdetect's language profiles, as one table."""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curate.compiling import compiled

SMOOTHING = 0.5 / 10_000
"""What langdetect adds to every probability: its ALPHA over its BASE_FREQ."""

BITS = 21
"""Bits of a code point."""
MIX = 0x9E3779B97F4A7C15
"""A number, 2**64 over the golden ratio, that spreads products with it."""
_STRAY = 0.005
"""The share of a profile's letters that a script has at least, where a language is written in it."""
_SLOTS = 18
"""Bits of the number of slots: three for every n-gram."""


class Profiles(NamedTuple):
    """Every known n-gram, and the logarithm of how probable it is in each language."""

    languages: tuple[str, ...]
    ngrams: NDArray[np.uint64]
    """Code points, 21 bits each, the last one lowest; ascending."""
    logs: NDArray[np.float32]
    """One row an n-gram, one column a language."""
    slots: NDArray[np.int32]
    """Where each n-gram is found by its hash: the row, -1 where there is none; see `words`."""


@cache
def profiles() -> Profiles:
    """The profiles langdetect ships, in the order of their names; its own loader takes that of the file system."""
    from langdetect.detector_factory import PROFILES_DIRECTORY

    files = sorted(Path(PROFILES_DIRECTORY).iterdir())
    told: list[dict[str, Any]] = [json.loads(file.read_text("utf-8")) for file in files]
    stray = _stray_scripts(told)
    known = sorted(
        {
            _key(ngram)
            for profile in told
            for ngram in profile["freq"]
            if stray.isdisjoint(map(_script, ngram))
        }
    )
    places = {key: place for place, key in enumerate(known)}
    shares = np.zeros((len(known), len(told)))
    for column, profile in enumerate(told):
        for ngram, count in profile["freq"].items():
            place = places.get(_key(ngram))
            if place is not None:
                shares[place, column] = count / profile["n_words"][len(ngram) - 1]
    logs = np.log(SMOOTHING + shares).astype(np.float32)
    names = tuple(str(profile["name"]) for profile in told)
    ngrams = np.array(known, np.uint64)
    slots = np.full(1 << _SLOTS, -1, np.int32)
    _fill(ngrams, slots)
    return Profiles(names, ngrams, logs, slots)


def _stray_scripts(told: list[dict[str, Any]]) -> set[int]:
    """Scripts of which profiles hold single letters only, as of words quoted: they tell no language."""
    most: defaultdict[int, float] = defaultdict(float)
    for profile in told:
        shares: defaultdict[int, float] = defaultdict(float)
        for ngram, count in profile["freq"].items():
            if len(ngram) == 1:
                shares[_script(ngram)] += count / profile["n_words"][0]
        for script, share in shares.items():
            most[script] = max(most[script], share)
    return {script for script, share in most.items() if share < _STRAY}


def _script(letter: str) -> int:
    """Half a Unicode block from Armenian on; all before is one with the Latin of Vietnamese; so are Han, kana, Hangul."""
    code = ord(letter)
    return 0 if code < 0x530 or 0x1E00 <= code < 0x2000 else min(code, 0x2E80) >> 7


def _key(ngram: str) -> int:
    key = 0
    for character in ngram:
        key = key << BITS | ord(character)
    return key


@compiled
def _fill(ngrams: NDArray[np.uint64], slots: NDArray[np.int32]) -> None:
    mask = np.uint64(slots.size - 1)
    for row in range(ngrams.size):
        slot = (ngrams[row] * np.uint64(MIX)) >> np.uint64(64 - _SLOTS)
        while slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = row
