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
from curate.languages.profiles import Profiles

_SPACE = 32
_BITS = np.uint64(21)
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


class _Normal(dict[int, str]):
    """langdetect's normal form of a character, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = _GRAM.normalize(chr(code))
        return self[code]


_NORMAL = _Normal()


def score_words(words: Sequence[str], table: Profiles) -> Scores:
    """Score words as langdetect scores texts in which they stand between spaces."""
    spoken = [_GRAM.normalize_vi(word) for word in words]
    whole = " ".join(["", *spoken, ""]).translate(_NORMAL)
    points = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), np.uint32)
    ends = np.cumsum([0, *(len(word) + 1 for word in spoken)])
    upper = np.array([letter.isupper() for letter in whole], np.bool_)
    logs = np.zeros((len(words), len(table.languages)), np.float32)
    _add_ngrams(points, upper, ends, table.ngrams, table.logs, logs)
    counted = [_scripts(word) for word in spoken]
    latin, other = zip(*counted, strict=True) if counted else ((), ())
    return Scores(logs, np.array(latin, np.int32), np.array(other, np.int32))


def _scripts(word: str) -> tuple[int, int]:
    if word.isascii():
        return sum("A" <= letter <= "z" for letter in word), 0
    latin = sum("A" <= letter <= "z" for letter in word)
    # U+1E00 to 1EFF are Latin too.
    return latin, sum(letter >= "\u0300" and not "\u1e00" <= letter <= "\u1eff" for letter in word)


@compiled
def _add_ngrams(
    points: NDArray[np.uint32],
    upper: NDArray[np.bool_],
    ends: NDArray[np.int64],
    ngrams: NDArray[np.uint64],
    known: NDArray[np.float32],
    logs: NDArray[np.float32],
) -> None:
    """Add up the n-grams of words that stand between spaces; capitals in a row have none."""
    for word in range(ends.size - 1):
        for at in range(ends[word] + 1, ends[word + 1] + 1):
            if points[at - 1] == _SPACE and points[at] == _SPACE:
                continue
            if upper[at] and upper[at - 1]:
                continue
            key = np.uint64(0)
            for length in range(1, 4):
                first = at - length + 1
                # An n-gram begins with the space before a word at the earliest.
                if length == 3 and (first < ends[word] or points[first + 1] == _SPACE):
                    break
                key = np.uint64(0)
                for each in range(first, at + 1):
                    key = (key << _BITS) | np.uint64(points[each])
                if length == 1 and points[at] == _SPACE:
                    continue
                low, high = 0, ngrams.size
                while low < high:
                    middle = (low + high) // 2
                    if ngrams[middle] < key:
                        low = middle + 1
                    else:
                        high = middle
                if low < ngrams.size and ngrams[low] == key:
                    for language in range(logs.shape[1]):
                        logs[word, language] += known[low, language]
