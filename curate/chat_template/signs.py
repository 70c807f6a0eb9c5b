"""Signs for white space that would not be seen."""

from __future__ import annotations

import re

NEWLINE, SPACE, TAB, RETURN = "⏎", "·", "→", "␍"

_EDGE = re.compile(r"^ +| +$", re.MULTILINE)


def visible(text: str) -> str:
    """The text with a sign at every line break, and for tabs and for spaces at the ends of lines."""
    told = _EDGE.sub(lambda spaces: SPACE * len(spaces[0]), text)
    return told.replace("\r", RETURN).replace("\t", TAB).replace("\n", f"{NEWLINE}\n")


def in_one_line(text: str) -> str:
    """The text on one line, a sign for every line break, tab and space at the end of a line."""
    return visible(text).replace("\n", "")
