"""How likely a word is in each language."""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from langdetect.utils.ngram import NGram
from numpy.typing import NDArray

from curate.compiling import compiled
from curate.languages.characters import KNOWN, Characters, characters
from curate.languages.profiles import BITS, MIX, Profiles

_SPACE = 32
REPEATS = 3
"""So often no letter is repeated in a word."""
_GRAM: Any = NGram
"""langdetect's reader of characters (it has no types)."""


class Scores(NamedTuple):
    """What is known of some words, one row each."""

    logs: NDArray[np.float32]
    """A column a language: the logarithms of how probable its n-grams are, added up."""
    latin: NDArray[np.int32]
    """Characters from A to z."""
    other: NDArray[np.int32]
    """Characters of other scripts, as langdetect counts them."""


def score_words(words: Sequence[str], table: Profiles) -> Scores:
    """Score words as langdetect scores texts in which they stand between spaces; none holds a space.

    A word such as `eeee`, as in letters drawn of letters, has no score.
    """
    whole = str(_GRAM.normalize_vi(" ".join(["", *words, ""])))
    points = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), np.uint32)
    scores = Scores(
        np.zeros((len(words), len(table.languages)), np.float32),
        np.zeros(len(words), np.int32),
        np.zeros(len(words), np.int32),
    )
    is_drawn = np.zeros(len(words), np.bool_)
    if words:
        _score(points, characters(), table.ngrams, table.slots, table.logs, *scores, is_drawn)
    scores.logs[is_drawn] = 0
    return scores


@compiled
def _score(
    points: NDArray[np.uint32],
    characters: Characters,
    ngrams: NDArray[np.uint64],
    slots: NDArray[np.int32],
    known: NDArray[np.float32],
    logs: NDArray[np.float32],
    latin: NDArray[np.int32],
    other: NDArray[np.int32],
    is_drawn: NDArray[np.bool_],
) -> None:
    """Add up the n-grams of words that stand between spaces; capitals in a row have none."""
    mask = np.uint64(slots.size - 1)
    shift = np.uint64(64)
    for size in range(1, 64):
        if 1 << size == slots.size:
            shift = np.uint64(64 - size)
    bits = np.uint64(BITS)
    word = repeats = 0
    # The normal form of the character before, and of the one before that; 0 where a word begins.
    before = np.uint64(_SPACE)
    second = np.uint64(0)
    was_upper = False
    for at in range(1, points.size):
        raw = points[at]
        repeats = repeats + 1 if raw == points[at - 1] else 0
        if repeats == REPEATS and raw < 0x80:
            is_drawn[word] = True
        point = np.uint64(raw)
        upper = False
        if raw < KNOWN:
            point = np.uint64(characters.normal[raw])
            upper = characters.is_upper[raw]
        if raw != _SPACE:
            if 65 <= raw <= 122:
                latin[word] += 1
            elif raw >= 0x300 and not 0x1E00 <= raw <= 0x1EFF:
                other[word] += 1
        if before == _SPACE:
            second = np.uint64(0)
        if not (point == _SPACE and before == _SPACE) and not (upper and was_upper):
            key = point
            for length in range(1, 4):
                if length == 2:
                    key = before << bits | point
                elif length == 3:
                    if second == 0:
                        break
                    key = (second << bits | before) << bits | point
                if length == 1 and point == _SPACE:
                    continue
                slot = (key * np.uint64(MIX)) >> shift
                while slots[slot] >= 0:
                    row = slots[slot]
                    if ngrams[row] == key:
                        for language in range(logs.shape[1]):
                            logs[word, language] += known[row, language]
                        break
                    slot = (slot + np.uint64(1)) & mask
        if raw == _SPACE:
            word += 1
            if word == latin.size:
                break
        second, before, was_upper = before, point, upper
