r"""A conversation written as one text.

Two spellings are public: `\n\nHuman: … \n\nAssistant: …` (hh) and `### Human: …### Assistant: …`
(guanaco). A marker is eaten with one space behind it; everything up to the next marker is content,
blank lines included. What stands before the first marker is the system turn. A marker after one newline only
is text, because answers quote such lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from curate.errors import ShapeError
from curate.rows import Message, assistant

_ROLES = {"Human": "user", "Assistant": "assistant"}
_HH = re.compile("(Human|Assistant): ?")
_BLANK_LINE = re.compile(r"(?:\r?\n){2}\Z")
_GUANACO = re.compile(r"\n?### (Human|Assistant): ?")
_START = re.compile(r"(?:(?:\r?\n){2})?(?:Human|Assistant):|\n?### (?:Human|Assistant):")


class Mark(NamedTuple):
    """The marker of a turn: whose turn, and where marker and line break before it begin and end."""

    word: str
    start: int
    end: int


def is_dialogue(text: str) -> bool:
    """Whether a text starts with the marker of a turn."""
    return _START.match(text) is not None


def parse(text: str, markers: Mapping[str, str] | None = None) -> tuple[Message, ...]:
    """The turns of a dialogue; an empty last turn is kept, it is a prompt.

    `markers` gives each role other markers, which may stand at the start of any line. Raises
    ShapeError where the text has no marker.
    """
    if markers is None:
        marks, roles = _marks(text), _ROLES
    else:
        roles = {marker: role for role, marker in markers.items()}
        words = "|".join(re.escape(word) for word in sorted(roles, key=len, reverse=True))
        marks = _all(re.compile(rf"(?:\A|(?:\r?\n){{1,2}})({words})"), text)
    if not marks:
        raise ShapeError(
            f"the text has no marker of a turn, such as `{next(iter(roles))}`: "
            f"it starts {text[:40]!r}"
        )
    turns: list[Message] = []
    if (preamble := text[: marks[0].start]).strip():
        turns.append(Message("system", preamble))
    for mark, end in zip(marks, [*(mark.start for mark in marks[1:]), len(text)], strict=True):
        role, content = roles[mark.word], text[mark.end : end]
        turns.append(assistant(content) if role == "assistant" else Message(role, content))
    return tuple(turns)


def _marks(text: str) -> Sequence[Mark]:
    """The markers of the spelling whose first marker comes first."""
    hh = _after_blank_lines(text)
    guanaco = _all(_GUANACO, text) if "### " in text else ()
    return guanaco if guanaco and not (hh and hh[0].start <= guanaco[0].start) else hh


def _all(pattern: re.Pattern[str], text: str) -> Sequence[Mark]:
    return [Mark(match[1], *match.span()) for match in pattern.finditer(text)]


def _after_blank_lines(text: str) -> Sequence[Mark]:
    """The hh markers; looking for the words first is an order of magnitude faster than one pattern."""
    marks: list[Mark] = []
    for match in _HH.finditer(text):
        if match.start() == 0:
            marks.append(Mark(match[1], *match.span()))
        elif blank := _BLANK_LINE.search(text, max(0, match.start() - 4), match.start()):
            marks.append(Mark(match[1], blank.start(), match.end()))
    return marks
