"""What every character is to a reader of languages."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from langdetect.utils.ngram import NGram
from numpy.typing import NDArray

SIGN, MARK, CASED, UNCASED, DIGIT, GREEK, CONSONANT, STOP = range(8)
"""No letter; a mark on one; a letter with cases; one of a script without; a digit or an underscore; a Greek
letter; a letter from b to z that is no word in any language; a stop that langdetect's profiles know, such as `。`."""

KNOWN = 0x32400
"""There are no letters at or above this code point."""

_CATEGORIES = {"Lu": CASED, "Ll": CASED, "Lt": CASED, "Lo": UNCASED, "Lm": UNCASED, "Nd": DIGIT}
_MIXED = 0x300
"""Below it, letters without case (ª, ʻ) stand in words of letters with."""
_GREEK = range(0x370, 0x400)
_IDENTITY = 0x10000
"""From here on langdetect leaves characters as they are."""
_GRAM: Any = NGram
"""langdetect's reader of characters (it has no types)."""


class Characters(NamedTuple):
    """Tables by code point, up to `KNOWN`."""

    kinds: NDArray[np.uint8]
    normal: NDArray[np.uint32]
    """langdetect's normal form; a space for what is no letter to it."""
    is_upper: NDArray[np.bool_]
    """Of the normal form."""


@cache
def characters() -> Characters:
    """All tables, made from the Unicode data of this Python and the code of langdetect."""
    letters = list(map(chr, range(KNOWN)))
    normal = np.arange(KNOWN, dtype=np.uint32)
    normal[:_IDENTITY] = [ord(_GRAM.normalize(letter)) for letter in letters[:_IDENTITY]]
    kinds = np.array([_kind(letter) for letter in letters], np.uint8)
    kinds[(kinds == STOP) & (normal == ord(" "))] = SIGN
    upper = np.array([letter.isupper() for letter in letters], np.bool_)
    return Characters(kinds, normal, upper[normal])


def _kind(letter: str) -> int:
    category = unicodedata.category(letter)
    if category[0] == "M":
        return MARK
    if category[0] == "P" and ord(letter) >= _GREEK[0]:
        return STOP
    kind = _CATEGORIES.get(category, SIGN)
    if letter == "_":
        return DIGIT
    if letter.isascii() and kind == CASED:
        return CASED if letter.lower() in "aeiouy" else CONSONANT
    if kind == UNCASED and ord(letter) < _MIXED:
        return CASED
    if kind == CASED and ord(letter) in _GREEK:
        return GREEK
    return kind
