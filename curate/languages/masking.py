"""The words of texts, told from code, formulas, links."""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false, reportReturnType=false

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curate.compiling import compiled
from curate.languages.asides import (
    KINDS_OF_CLOSING,
    OPENERS,
    aside_end,
    call_end,
    dotted_end,
    kind_at,
    link_end,
    mail_end,
)
from curate.languages.characters import (
    CASED,
    CONSONANT,
    DIGIT,
    GREEK,
    MARK,
    SIGN,
    STOP,
    UNCASED,
    characters,
)

_NEWLINE, _SPACE, _APOSTROPHE, _OPEN, _PLUS, _COMMA, _HYPHEN, _DOT, _SLASH = b"\n '(+,-./"
_COLON, _AT, _W, _TAB, _NINE, _CLOSE = b":@w\t9)"
_CURVED = 0xE2
"""The first byte of a curved apostrophe."""
_JOINS = np.array([chr(byte) in "(+-./:@" for byte in range(256)], np.bool_)
"""Signs by which a call, an address or a longer name may go on behind a word."""

_LONGEST = 120
"""Bytes after which a word of a script without spaces is cut."""
_LINE = 240
"""Bytes of a line that are judged together, whether they are code."""
_CODE_SIGNS = np.array([chr(byte) in "()[]{}<>=+&;^%\\" for byte in range(256)], np.bool_)
_SHORT = 30
"""Letters of a line below a line of code, set in, from which on it is language, such as a remark."""
_NAME = 4
"""Letters from which on a name is rather one of code than of a formula."""
_RARE = 6
"""Letters to each of these signs from which on a line is language, not code or a formula."""
_OPERATORS = np.array([chr(byte) in "*+/0123456789<=>\\]^_{|}" for byte in range(256)], np.bool_)
"""What stands beside names of things counted. A hyphen may begin a line of prose."""
_VOWELS = np.array([chr(byte) in "AEIOUYaeiouy" for byte in range(256)], np.bool_)


class Words(NamedTuple):
    """The words of some texts, in their order."""

    data: NDArray[np.uint8]
    """UTF-8, single spaces between the words of a text, nothing between texts."""
    bounds: NDArray[np.int64]
    """Where each text starts in `data`, and the last one ends."""
    counts: NDArray[np.int64]
    """The number of its first word, and how many words there are in all."""
    starts: NDArray[np.int64]
    """Where each word starts in `data`."""
    firsts: NDArray[np.int64]
    """Where it starts in the data that were read."""
    lasts: NDArray[np.int64]
    """Where it ends there."""
    letters: NDArray[np.int32]
    """Its characters."""
    coded: NDArray[np.bool_]
    """Which texts are code for the most part, line by line."""


def find_words(
    data: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> Words:
    """Find what is language in stretches of UTF-8.

    Left out are fenced blocks (an unclosed one to the end of the text) and code spans; formulas between
    signs of LaTeX, its commands and environments; links and mail addresses; tags and entities; numbers;
    calls, dotted or slashed names, names with digits, underscores or capitals inside; single letters that
    are no word in any language, or stand beside an operator or each other; lines with at least one sign of code
    to six letters.
    """
    size = int((ends - begins).sum())
    # Scripts change without a space between: a Latin letter and a Hebrew one are two words in three bytes.
    most = 2 * size // 3 + len(begins) + 1
    out, bounds = np.empty(size + most, np.uint8), np.zeros((2, len(begins) + 1), np.int64)
    places, letters = np.empty((3, most), np.int64), np.empty(most, np.int32)
    coded = np.zeros(len(begins), np.bool_)
    _find_words(data, begins, ends, characters().kinds, out, bounds, places, letters, coded)
    written, count = bounds[:, -1].tolist()
    starts, firsts, lasts = places[:, :count]
    return Words(out[:written], bounds[0], bounds[1], starts, firsts, lasts, letters[:count], coded)


@compiled
def _find_words(
    data: NDArray[np.uint8],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    kinds: NDArray[np.uint8],
    out: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    places: NDArray[np.int64],
    letters: NDArray[np.int32],
    coded: NDArray[np.bool_],
) -> None:
    """Write the words of stretches to `out`, and their places; `bounds` gets bytes and words up to each stretch."""
    written = count = 0
    is_gone = np.zeros(KINDS_OF_CLOSING, np.bool_)
    for text in range(begins.size):
        begin, end = begins[text], ends[text]
        at = line = begin
        begun = written
        signs = said = 0
        of_code = of_words = 0
        was_code = False
        line_written, line_count = written, count
        is_gone[:] = False
        while True:
            byte = data[at] if at < end else _NEWLINE
            if byte == _SPACE and at - line < _LINE:
                at += 1
                continue
            if byte in (_NEWLINE, _SPACE):
                is_code = signs > 1 and signs * _RARE >= said
                # So is what stands below it and is set in, if it is short.
                is_code = is_code or (was_code and said < _SHORT and _is_set_in(data, line, at))
                if is_code:
                    # What was a line of code is taken back.
                    written, count = line_written, line_count
                was_code = is_code or (was_code and said == 0)
                # What is weaker evidence for a line is enough for a text.
                looks_coded = is_code or (signs > 0 and 2 * signs * _RARE >= said)
                of_code += looks_coded
                of_words += said > _RARE and not looks_coded
                if at >= end:
                    break
                at += 1
                line = at
                signs = said = 0
                line_written, line_count = written, count
                continue
            if byte < 0x80:
                kind, size = np.int64(kinds[byte]), 1
            else:
                kind, size = kind_at(data, at, end, kinds)
            if kind in (SIGN, MARK):
                last = at + size
                if byte < 0x80:
                    if OPENERS[byte]:
                        last = aside_end(data, at, end, kinds, is_gone)
                    signs += last == at + 1 and _CODE_SIGNS[byte]
                at = last
                continue
            first = at
            length = 0
            if kind in (UNCASED, STOP):
                # A word of a script without cases; stops belong to it.
                while at < end and at - first < _LONGEST:
                    kind, size = kind_at(data, at, end, kinds)
                    if kind not in (UNCASED, MARK, STOP):
                        break
                    length += kind != STOP
                    at += size
            else:
                may_be_single = kind not in (GREEK, CONSONANT)
                is_word = True
                is_lower = byte >= 97
                while True:
                    run = at
                    while at < end and 97 <= data[at] <= 122:  # most letters are of this kind
                        at += 1
                    length += at - run
                    byte = data[at] if at < end else _SPACE
                    if byte in (_SPACE, _COMMA, _NEWLINE):
                        break
                    if byte < 0x80:
                        kind, size = np.int64(kinds[byte]), 1
                    else:
                        kind, size = kind_at(data, at, end, kinds)
                    if kind not in (SIGN, UNCASED, STOP):
                        # A digit or an underscore; a capital behind a small letter.
                        is_word = is_word and not (kind == DIGIT or (is_lower and byte < 0x80))
                        is_lower = is_lower and byte < 0x80
                        length += 1
                        at += size
                        continue
                    # An apostrophe between letters joins them.
                    if byte not in (_APOSTROPHE, _CURVED):
                        break
                    size = _apostrophe(data, at, end)
                    if size == 0:
                        break
                    kind, _ = kind_at(data, at + size, end, kinds)
                    if kind not in (CASED, GREEK, CONSONANT):
                        break
                    at += size
                    is_lower = False
                    may_be_single = True
                # A name with digits or capitals inside is a sign of code; `x2` may be one of a formula.
                signs += not is_word and length >= _NAME and data[first] > _NINE
                if byte < 0x80 and _JOINS[byte] and at + 1 < end and data[at + 1] > _SPACE:
                    last = _name_end(data, first, at, end, kinds)
                    is_word = is_word and last == at
                    at = last
                # A call has two signs of code in it; `f(x)` is a formula.
                if length >= _NAME and data[at - 1] == _CLOSE:
                    signs += 2
                if length == 1 and is_word:
                    is_word = may_be_single and not (
                        at - first == 1 and _is_operand(data, first, at, begin, end)
                    )
                if not is_word:
                    continue
            if length == 0:
                continue
            if written > begun:
                out[written] = _SPACE
                written += 1
            places[0, count], places[1, count], places[2, count] = written, first, at
            letters[count] = length
            count += 1
            said += length
            for each in range(first, at):
                out[written] = data[each]
                written += 1
        bounds[0, text + 1], bounds[1, text + 1] = written, count
        coded[text] = 0 < of_code >= of_words


@compiled
def _is_set_in(data: NDArray[np.uint8], line: int, end: int) -> bool:
    """Whether a line begins with a tab or two spaces."""
    if line + 1 >= end:
        return False
    return data[line] == _TAB or (data[line] == _SPACE and data[line + 1] == _SPACE)


@compiled
def _name_end(
    data: NDArray[np.uint8], first: int, at: int, end: int, kinds: NDArray[np.uint8]
) -> int:
    """Where a call, an address or a longer name ends that begins with a word; where the word does, if it is none."""
    byte = data[at]
    if byte in (_AT, _PLUS, _HYPHEN, _DOT):
        last = mail_end(data, at, end, kinds)
        if last >= 0:
            return last
    if byte == _COLON:
        is_link = at + 2 < end and data[at + 1] == _SLASH and data[at + 2] == _SLASH
        return link_end(data, at, end) if is_link else at
    if byte == _DOT and at - first == 3 and data[first] == _W and data[first + 2] == _W:
        return link_end(data, at, end)
    if byte in (_DOT, _SLASH):
        at = dotted_end(data, at, end, kinds)
    if at < end and data[at] == _OPEN:
        at = max(at, call_end(data, at, end))
    return at


@compiled
def _apostrophe(data: NDArray[np.uint8], at: int, end: int) -> int:
    """The bytes of an apostrophe, straight or curved; 0 where there is none."""
    if at < end and data[at] == _APOSTROPHE:
        return 1
    if at + 2 < end and data[at] == _CURVED and data[at + 1] == 0x80 and data[at + 2] == 0x99:
        return 3
    return 0


@compiled
def _is_operand(data: NDArray[np.uint8], first: int, last: int, begin: int, end: int) -> bool:
    """Whether a lone letter stands beside an operator, a digit or another lone letter."""
    letter = data[first]
    at = first - 1
    while at >= begin and data[at] == _SPACE:
        at -= 1
    if at >= begin and (_OPERATORS[data[at]] or _is_lone(data, at, begin, first, letter)):
        return True
    at = last
    while at < end and data[at] == _SPACE:
        at += 1
    return at < end and (_OPERATORS[data[at]] or _is_lone(data, at, last, end, letter))


@compiled
def _is_lone(data: NDArray[np.uint8], at: int, begin: int, end: int, letter: int) -> bool:
    """Whether a lone letter stands at a byte that does not go with `letter`, as in `X O`; `e a` are words."""
    here = data[at]
    return (
        _is_latin(here)
        and ((here < 97 and letter < 97) or not _VOWELS[here])
        and (at == begin or not (_is_latin(data[at - 1]) or data[at - 1] == _APOSTROPHE))
        and (at + 1 >= end or not (_is_latin(data[at + 1]) or data[at + 1] == _APOSTROPHE))
    )


@compiled
def _is_latin(byte: int) -> bool:
    return 97 <= byte | 32 <= 122 or byte >= 128
