"""Where in a text code, formulas, links end."""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false, reportReturnType=false

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curate.compiling import compiled
from curate.languages.characters import KNOWN, MARK, SIGN, STOP, UNCASED

_NEWLINE, _SPACE, _AND, _OPEN, _CLOSE, _PLUS, _HYPHEN, _DOT, _SLASH = b"\n &()+-./"
_SEMICOLON, _LESS, _GREATER, _AT, _BRACKET, _BACKSLASH, _END_BRACKET = b";<>@[\\]"
_TICK, _BRACE, _END_BRACE, _DOLLAR = b"`{}$"
_BEGIN = np.frombuffer(b"begin{", np.uint8)
_END = np.frombuffer(b"\\end{", np.uint8)
_FENCE = np.frombuffer(b"```", np.uint8)
_ASY, _END_ASY = np.frombuffer(b"[asy]", np.uint8), np.frombuffer(b"[/asy]", np.uint8)

OPENERS = np.array([chr(byte) in "`$\\<[&@" for byte in range(256)], np.bool_)
"""The signs that may begin what is no language."""
KINDS_OF_CLOSING = 4
"""Of these, signs that close something are known not to come any more."""
_DISPLAY, _BRACKETS, _PARENTHESES, _ENVIRONMENT = range(KINDS_OF_CLOSING)

_CALL, _MAIL, _TAG, _ENTITY, _BRACES = 40, 64, 80, 10, 1000
"""Bytes between the parentheses of a call, before the @ of an address, in a tag, in an entity such as
`&amp;`, between the braces of a command: what is longer is taken for something else."""
_WIDE = 0x2E80
"""From here on scripts without spaces, which end links."""


@compiled
def kind_at(
    data: NDArray[np.uint8], at: int, end: int, kinds: NDArray[np.uint8]
) -> tuple[int, int]:
    """What stands at a byte, and its bytes; behind the end, a sign."""
    if at >= end:
        return SIGN, 1
    if data[at] < 0x80:
        return np.int64(kinds[data[at]]), 1
    point, size = _point(data, at, end)
    return (np.int64(kinds[point]) if point < KNOWN else SIGN), size


@compiled
def _point(data: NDArray[np.uint8], at: int, end: int) -> tuple[int, int]:
    """The code point that starts at a byte that is not ASCII, and its bytes."""
    first = np.int64(data[at])
    size = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    if at + size > end:
        return 0, 1
    point = first & (0x7F >> size)
    for each in range(1, size):
        point = point << 6 | (np.int64(data[at + each]) & 0x3F)
    return point, size


@compiled
def is_name(kind: int) -> bool:
    """Whether names may hold it: letters with cases, digits, underscores."""
    return kind not in (SIGN, MARK, UNCASED, STOP)


@compiled
def _is_space(byte: int) -> bool:
    return byte == _SPACE or 9 <= byte <= 13


@compiled
def _is_letter(byte: int) -> bool:
    return 97 <= byte | 32 <= 122


@compiled
def _stands(data: NDArray[np.uint8], at: int, end: int, text: NDArray[np.uint8]) -> bool:
    same = 0
    while same < text.size and at + same < end and data[at + same] == text[same]:
        same += 1
    return same == text.size


@compiled
def _find(data: NDArray[np.uint8], at: int, end: int, text: NDArray[np.uint8]) -> int:
    """Where a text comes next; -1 where it does not."""
    while at < end:
        if data[at] == text[0] and _stands(data, at, end, text):
            return at
        at += 1
    return -1


@compiled
def _find_pair(data: NDArray[np.uint8], at: int, end: int, one: int, two: int) -> int:
    """Where two bytes stand next to each other; -1 where they do not."""
    while at + 1 < end:
        if data[at] == one and data[at + 1] == two:
            return at
        at += 1
    return -1


@compiled
def name_end(data: NDArray[np.uint8], at: int, end: int, kinds: NDArray[np.uint8]) -> int:
    """Where letters, digits and underscores end."""
    while at < end:
        kind, size = kind_at(data, at, end, kinds)
        if kind in (SIGN, STOP):
            break
        at += size
    return at


@compiled
def dotted_end(data: NDArray[np.uint8], at: int, end: int, kinds: NDArray[np.uint8]) -> int:
    """Where a dotted or slashed name ends of which the first dot or slash stands at a byte; there, where it is none."""
    while at < end and (data[at] == _DOT or data[at] == _SLASH):
        following, _ = kind_at(data, at + 1, end, kinds)
        if not is_name(following):
            break
        at = name_end(data, at + 1, end, kinds)
    return at


@compiled
def link_end(data: NDArray[np.uint8], at: int, end: int) -> int:
    """Where a link ends."""
    while at < end and not _is_space(data[at]):
        if data[at] < 0x80:
            at += 1
            continue
        point, size = _point(data, at, end)
        if point >= _WIDE:
            break
        at += size
    return at


@compiled
def mail_end(data: NDArray[np.uint8], at: int, end: int, kinds: NDArray[np.uint8]) -> int:
    """Where the address ends of which the first part goes on at a byte; -1 where there is none."""
    limit = min(end, at + _MAIL)
    while at < limit and data[at] != _AT:
        kind, size = kind_at(data, at, end, kinds)
        byte = data[at]
        if kind == SIGN and byte not in (_PLUS, _HYPHEN, _DOT):
            return -1
        at += size
    if at >= limit:
        return -1
    first = at + 1
    at = first
    has_dot = False
    while at < end:
        kind, size = kind_at(data, at, end, kinds)
        if kind == SIGN and data[at] != _HYPHEN:
            following, _ = kind_at(data, at + 1, end, kinds)
            if data[at] != _DOT or at == first or not is_name(following):
                break
            has_dot = True
        at += size
    return at if has_dot else -1


@compiled
def call_end(data: NDArray[np.uint8], at: int, end: int) -> int:
    """Where a call ends of which the parenthesis opens at a byte; -1 where it is none."""
    for here in range(at + 1, min(end, at + _CALL + 2)):
        if data[here] == _CLOSE:
            return here + 1
        if data[here] == _OPEN or data[here] == _NEWLINE:
            return -1
    return -1


@compiled
def aside_end(
    data: NDArray[np.uint8],
    at: int,
    end: int,
    kinds: NDArray[np.uint8],
    is_gone: NDArray[np.bool_],
) -> int:
    """Where that ends which one of the `OPENERS` begins and which is no language: behind the sign, at least.

    `is_gone` tells which closing signs are known not to come any more: each is searched for in vain once
    a text.
    """
    sign = data[at]
    if sign == _TICK:
        return _code_end(data, at, end)
    if sign == _DOLLAR:
        return _formula_end(data, at, end, is_gone)
    if sign == _BACKSLASH:
        return _latex_end(data, at, end, is_gone)
    if sign == _LESS:
        return _tag_end(data, at, end)
    if sign == _AT:
        return name_end(data, at + 1, end, kinds)
    if sign == _AND:
        return _entity_end(data, at, end, kinds)
    if sign == _BRACKET and _stands(data, at, end, _ASY):
        last = _find(data, at + _ASY.size, end, _END_ASY)
        return end if last < 0 else last + _END_ASY.size
    return at + 1


@compiled
def _code_end(data: NDArray[np.uint8], at: int, end: int) -> int:
    """Where a fenced block ends, or a code span; an open block goes on to the end."""
    if _stands(data, at, end, _FENCE):
        last = _find(data, at + _FENCE.size, end, _FENCE)
        return end if last < 0 else last + _FENCE.size
    here = at + 1
    while here < end and data[here] != _TICK and data[here] != _NEWLINE:
        here += 1
    return here + 1 if here < end and data[here] == _TICK and here > at + 1 else at + 1


@compiled
def _formula_end(data: NDArray[np.uint8], at: int, end: int, is_gone: NDArray[np.bool_]) -> int:
    """Where `$$…$$` or `$…$` ends; "$5 or $6" is none, as a space stands before the second sign."""
    after = data[at + 1] if at + 1 < end else _SPACE
    if after == _DOLLAR:
        return _pair_end(data, at, end, _DOLLAR, _DOLLAR, _DISPLAY, is_gone)
    here = at + 1
    if not _is_space(after):
        while here < end and data[here] != _DOLLAR and data[here] != _NEWLINE:
            here += 1
        if here < end and data[here] == _DOLLAR and not _is_space(data[here - 1]):
            return here + 1
    return at + 1


@compiled
def _pair_end(
    data: NDArray[np.uint8],
    at: int,
    end: int,
    one: int,
    two: int,
    which: int,
    is_gone: NDArray[np.bool_],
) -> int:
    """Where that ends which two signs open and the two given ones close; behind the first two, where they do not come."""
    if not is_gone[which]:
        last = _find_pair(data, at + 2, end, one, two)
        if last >= 0:
            return last + 2
        is_gone[which] = True
    return at + 2


@compiled
def _latex_end(data: NDArray[np.uint8], at: int, end: int, is_gone: NDArray[np.bool_]) -> int:
    r"""Where `\[…\]`, `\(…\)`, an environment or a command with its arguments ends."""
    after = data[at + 1] if at + 1 < end else _SPACE
    if after == _BRACKET:
        return _pair_end(data, at, end, _BACKSLASH, _END_BRACKET, _BRACKETS, is_gone)
    if after == _OPEN:
        return _pair_end(data, at, end, _BACKSLASH, _CLOSE, _PARENTHESES, is_gone)
    if not is_gone[_ENVIRONMENT] and _stands(data, at + 1, end, _BEGIN):
        last = _find(data, at + 1, end, _END)
        if last >= 0:
            return _arguments_end(data, last + _END.size - 1, end)
        is_gone[_ENVIRONMENT] = True
    here = at + 1
    while here < end and _is_letter(data[here]):
        here += 1
    return _arguments_end(data, here, end) if here > at + 1 else here


@compiled
def _arguments_end(data: NDArray[np.uint8], at: int, end: int) -> int:
    """Where the braces end that follow the name of a command, or it ends itself, where they do not close."""
    while at < end and data[at] == _BRACE:
        depth, here = 0, at
        limit = min(end, at + _BRACES)
        while here < limit and data[here] != _NEWLINE:
            if data[here] == _BRACE:
                depth += 1
            elif data[here] == _END_BRACE:
                depth -= 1
                if depth == 0:
                    break
            here += 1
        if here >= limit or data[here] == _NEWLINE:
            return at
        at = here + 1
    return at


@compiled
def _tag_end(data: NDArray[np.uint8], at: int, end: int) -> int:
    first = at + 2 if at + 1 < end and data[at + 1] == _SLASH else at + 1
    if first < end and _is_letter(data[first]):
        for here in range(first, min(end, first + _TAG)):
            if data[here] == _GREATER:
                return here + 1
            if data[here] == _LESS or data[here] == _NEWLINE:
                break
    return at + 1


@compiled
def _entity_end(data: NDArray[np.uint8], at: int, end: int, kinds: NDArray[np.uint8]) -> int:
    here = at + 1
    limit = min(end, here + _ENTITY)
    while here < limit and data[here] < 0x80 and is_name(np.int64(kinds[data[here]])):
        here += 1
    return here + 1 if at + 1 < here < end and data[here] == _SEMICOLON else at + 1
