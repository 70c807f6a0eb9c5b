"""What a check has to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "note"]
AROUND = 40
"""Characters shown on either side of where something is wrong."""


class Flaw(NamedTuple):
    """One thing a check found in one text.

    `what` names no row and quotes nothing of it, so that equal flaws of many rows can be counted as one.
    `offset` is in characters of the rendered text; `severity` is the check's own where None.
    """

    what: str
    message: int | None = None
    offset: int | None = None
    severity: Severity | None = None


def first_difference(one: str, other: str) -> int:
    """Where two texts part; the length of the shorter where it begins the longer."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


class Excerpt(NamedTuple):
    """The text around a place."""

    before: str
    behind: str

    @classmethod
    def at(cls, text: str, offset: int) -> Excerpt:
        """`AROUND` characters either side of the offset."""
        return cls(text[max(0, offset - AROUND) : offset], text[offset : offset + AROUND])


@dataclass(frozen=True)
class Finding:
    """A flaw, how many rows have it, and the first of them."""

    check: str
    severity: Severity
    what: str
    repair: str
    rows: int
    row: str
    """The row's id, or the name of a conversation every template is tried on."""
    message: int | None = None
    offset: int | None = None
    excerpt: Excerpt | None = None
