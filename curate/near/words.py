"""Texts as sets of hashed word n-grams.

The normal form of a text is NFKC, lower case, cut at white space. A character of a script that is
written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) is a word of its own. A
*shingle* is n words in a row with one space between them; a text of fewer words is one shingle,
and a text without words has none.

The hash of a shingle is fixed here and nowhere else: a hash of each word, eight bytes at a time, then
a polynomial over the words modulo 2^64, then the finalizer of MurmurHash3. A polynomial over n words
comes out of two running values, at their start and at their end, so no shingle is ever spelled out (Karp
and Rabin 1987).
"""

from __future__ import annotations

import re
import string

BASE = 0x9E3779B97F4A7C15
"""The polynomial's base: odd, and 5 modulo 8, so that its powers take 2^62 values."""

FACTOR = 0xD6E8FEB86659FD93
"""By what a word's hash is multiplied after every eight bytes; odd."""

_MASK = (1 << 64) - 1

SOLITARY = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3001, 0x30FF),  # ideographic punctuation, kana
    (0x3400, 0x4DBF),  # Han, extension A
    (0x4E00, 0x9FFF),  # Han
    (0xF900, 0xFAFF),  # Han, compatibility
    (0x20000, 0x3FFFF),  # Han, further extensions
)
"""Characters that are words of their own, by code point."""

_ALONE = "".join(f"{chr(first)}-{chr(last)}" for first, last in SOLITARY)
_LOWER = {ord(letter): letter.lower() for letter in string.ascii_uppercase}
_WORD = re.compile(rf"[{_ALONE}]|[^\s{_ALONE}]+")


def words(text: str) -> list[str]:
    """The words of a text in normal form."""
    return _WORD.findall(text.translate(_LOWER))


def shingles(text: str, ngram: int) -> list[str]:
    """The shingles of a text in normal form, as often as they occur."""
    found = words(text)
    if len(found) <= ngram:
        return [" ".join(found)] if found else []
    return [" ".join(found[at : at + ngram]) for at in range(len(found) - ngram + 1)]


def word_hash(word: bytes) -> int:
    """The 64-bit hash of a word: of one that has at most eight bytes, unlike that of any other as long."""
    value = (len(word) * BASE) & _MASK
    for at in range(0, len(word), 8):
        value ^= int.from_bytes(word[at : at + 8], "little")
        value = (value * FACTOR) & _MASK
        value ^= value >> 32
    return value


def shingle_hash(shingle: bytes) -> int:
    """The 64-bit hash of a shingle; its upper half is what MinHash works on."""
    value = 0
    for word in shingle.split(b" "):
        value = (value * BASE + word_hash(word)) & _MASK
    value = ((value ^ (value >> 33)) * 0xFF51AFD7ED558CCD) & _MASK
    value = ((value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53) & _MASK
    return value ^ (value >> 33)
