"""langdetect's language profiles, as one table."""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
_LONGEST = 3
"""Letters of the longest n-grams."""
_LAST = 0x2E80
"""From here on all is one script."""
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
    letters = [_letters(profile) for profile in told]
    stray = _stray_scripts(told, letters)
    tells = [~np.isin(_scripts(each), stray).any(axis=1) for each in letters]
    keys = [_keys(each[some]) for each, some in zip(letters, tells, strict=True)]
    ngrams = np.unique(np.concatenate(keys))
    shares = np.zeros((ngrams.size, len(told)))
    for column, profile in enumerate(told):
        every = _shares(profile, letters[column])
        shares[np.searchsorted(ngrams, keys[column]), column] = every[tells[column]]
    logs = np.log(SMOOTHING + shares).astype(np.float32)
    names = tuple(str(profile["name"]) for profile in told)
    slots = np.full(1 << _SLOTS, -1, np.int32)
    _fill(ngrams, slots)
    return Profiles(names, ngrams, logs, slots)


def _letters(profile: Mapping[str, Any]) -> NDArray[np.uint32]:
    """The code points of a profile's n-grams, one row an n-gram, 0 behind the last."""
    return np.array([*profile["freq"]], f"<U{_LONGEST}").view(np.uint32).reshape(-1, _LONGEST)


def _shares(profile: Mapping[str, Any], letters: NDArray[np.uint32]) -> NDArray[np.float64]:
    """How much of all n-grams of its length each is."""
    sizes = np.count_nonzero(letters, axis=1)
    return np.array([*profile["freq"].values()]) / np.array(profile["n_words"])[sizes - 1]


def _stray_scripts(
    told: Sequence[Mapping[str, Any]], letters: Sequence[NDArray[np.uint32]]
) -> NDArray[np.intp]:
    """Scripts of which profiles hold single letters only, as of words quoted: they tell no language."""
    most = np.zeros(_scripts(np.array([_LAST]))[0] + 1)
    for profile, each in zip(told, letters, strict=True):
        single = each[:, 1] == 0
        scripts = _scripts(each[single, 0])
        shares = np.bincount(scripts, _shares(profile, each)[single], most.size)
        most = np.maximum(most, shares)
    return np.flatnonzero(most < _STRAY)


def _scripts(letters: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Half a Unicode block from Armenian on; all before is one with the Latin of Vietnamese; so are Han, kana, Hangul."""
    is_latin = (letters < 0x530) | ((letters >= 0x1E00) & (letters < 0x2000))
    return np.where(is_latin, 0, np.minimum(letters, _LAST) >> 7).astype(np.int64)


def _keys(letters: NDArray[np.uint32]) -> NDArray[np.uint64]:
    keys = np.zeros(len(letters), np.uint64)
    for column in letters.T.astype(np.uint64):
        keys = np.where(column > 0, keys << np.uint64(BITS) | column, keys)
    return keys


@compiled
def _fill(ngrams: NDArray[np.uint64], slots: NDArray[np.int32]) -> None:
    mask = np.uint64(slots.size - 1)
    for row in range(ngrams.size):
        slot = (ngrams[row] * np.uint64(MIX)) >> np.uint64(64 - _SLOTS)
        while slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = row
