"""What must stand in a text for a test item to count as found there."""

from __future__ import annotations

from typing import Literal, NamedTuple

from curate.leaks.words import Form

Rule = Literal["coverage", "any", "ratio"]


class Demand(NamedTuple):
    """What to look for and what is enough; `ngram` and `form` are of no account to `ratio`."""

    rule: Rule
    form: Form
    ngram: int
    least: float
    """The least share of an item's telling words (`coverage`; all of them where those are fewer than two
    n-grams'), or the least similarity (`ratio`)."""
    allowed: tuple[str, ...] = ()
    """Items not looked for."""
