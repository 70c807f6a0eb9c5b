r"""Texts as words, in two normal forms.

`spaces` is what is published most: lower case, cut at white space. `plain` sees through what differs
between two copies of one exercise: it keeps letters and numbers and drops punctuation, so that
`$80{,}000.00`, `80,000` and `80000` are one word, as are `\\dfrac{1}{2}` and `1/2` the same two. A LaTeX
command is the word after its backslash, unless it only lays out or has a sign of its own, which would be
dropped. A letter next to a digit is another word: `2x` is `2 x`.

In both forms a character of a script without spaces is a word of its own (`curate.near.words`). Here stands
the definition, which the compiled reader in `curate.leaks.kernels` follows and tests hold it to.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curate.near.words import SOLITARY

Form = Literal["plain", "spaces"]

GAP, LETTER, ALONE, DIGIT, COMMAND = range(5)
"""What a character is to the reader: no part of a word, part of one, a word, part of a number, or what
may begin a command."""

LAYOUT = frozenset(
    "frac dfrac tfrac cfrac binom dbinom left right big bigl bigr bigg biggl biggr text textbf textit "  # noqa: SIM905
    "textrm mathrm mathbf mathit mathbb mathcal operatorname mbox hbox boxed fbox displaystyle textstyle "
    "begin end quad qquad hspace vspace limits nolimits label tag cdot times div pm mp le leq leqslant ge "
    "geq geqslant ne neq lt gt circ degree prime to rightarrow cdots ldots dots colon mid".split()
)
"""LaTeX commands that are no words."""

KNOWN = 0x20000
"""Code points in the table of kinds; beyond it stand rare Han characters, each a word."""


class Word(NamedTuple):
    """A word in normal form, and where it stands in the folded text."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """NFKC and lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def words(folded: str, form: Form) -> list[Word]:
    """The words of a text that is folded already."""
    found: list[Word] = []
    is_ascii = folded.isascii()
    if is_ascii and form == "spaces":
        at = 0
        for word in folded.split():
            at = folded.index(word, at)
            found.append(Word(word, at, at + len(word)))
            at += len(word)
        return found
    for match in _pattern(form, is_ascii).finditer(folded):
        if match.lastgroup == "command":
            if match["command"] not in LAYOUT:
                found.append(Word(match["command"], *match.span()))
            continue
        text = match[0]
        if match.lastgroup == "number":
            text = re.sub(r"[^0-9.]", "", text)
            text = text.rstrip("0").rstrip(".") if "." in text else text
        found.append(Word(text, *match.span()))
    return found


@cache
def kinds(form: Form) -> NDArray[np.uint8]:
    """What every character is to the reader, by code point below `KNOWN`; folding comes before."""
    table = np.array([_kind(chr(code), form) for code in range(KNOWN)], np.uint8)
    for first, last in SOLITARY:
        span = table[first : last + 1]
        span[span == LETTER] = ALONE
    return table


def _kind(letter: str, form: Form) -> int:
    if form == "spaces":
        return GAP if letter.isspace() else LETTER
    if letter in "0123456789":
        return DIGIT
    if letter == "\\":
        return COMMAND
    is_word = letter.isalnum() or unicodedata.category(letter).startswith("M")
    return LETTER if is_word else GAP


@cache
def _pattern(form: Form, is_ascii: bool) -> re.Pattern[str]:
    # Of a class with hundreds of ranges every one is tried; what is ASCII must not get so far.
    table = kinds(form)
    letters = _ranges(table[:128] == LETTER)
    beyond = _ranges(np.where(np.arange(KNOWN) < 128, GAP, table) == LETTER)
    word = rf"[{letters}]+" if is_ascii else rf"(?:[{letters}]+|(?![\x00-\x7f])[{beyond}])+"
    if not is_ascii:
        word += rf"|(?![\x00-\x7f])[{_ranges(table == ALONE)}\U00020000-\U0010ffff]"
    if form == "spaces":
        return re.compile(word)
    number = r"[0-9]+(?:(?:,\\!|\{,\}|\\,|,)[0-9]{3}(?![0-9]))*(?:\.[0-9]+)?"
    return re.compile(rf"(?P<number>{number})|\\(?P<command>[a-z]+)|{word}")


def _ranges(flags: NDArray[np.bool_]) -> str:
    """A character class of the code points that are flagged."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    spans = zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True)
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in spans)
