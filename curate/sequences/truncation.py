"""What becomes of sequences that are too long, where this project decides.

What trainers do to them is theirs, and stands elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from curate.chat_template import Rendering
from curate.tokens.ids import Ids

Turn = Mapping[str, Any]

STEP_ENDS = (r"\n[^\S\n]*\n\s*", r"\n\s*", r"(?<=[.!?])\s+")
"""Where a step of thinking ends: at blank lines; within a step too long for that, at line breaks; else at
sentences. Blank lines are what published traces and step verifiers take for it."""


class Read(NamedTuple):
    """Turns, their text, and its tokens."""

    turns: list[Turn]
    rendering: Rendering
    ids: Ids


def kept(length: int, limit: int, *, end: bool) -> slice:
    """The tokens left of a sequence: the first `limit` ones, or with `end` the last."""
    return slice(max(0, length - limit), length) if end else slice(0, min(length, limit))


def shorten_thinking(row: Read, limit: int, read: Callable[[list[Turn]], Read]) -> Read | None:
    """The row with as much less thinking as makes it fit: at most `limit` tokens.

    Thoughts lose steps from their end; what stands after them stays whole. The longest gives first, down to
    its first step, then the next longest. `read` renders and encodes turns again. None where it does not
    fit even so, or no thought can be found in the text.
    """
    for position in _longest_first(row.turns):
        shortest = None
        for thought in _shorter(row, position, limit):
            turns = list(row.turns)
            turns[position] = {**turns[position], "thinking": thought}
            shortest = read(turns)
            if len(shortest.ids.ids) <= limit:
                return shortest
        row = shortest or row
    return None


def _longest_first(turns: list[Turn]) -> list[int]:
    thinking = [place for place, turn in enumerate(turns) if (turn["thinking"] or "").strip()]
    return sorted(thinking, key=lambda place: -len(turns[place]["thinking"]))


def _shorter(row: Read, position: int, limit: int) -> Iterator[str]:
    """Ever shorter beginnings of a thought, from the longest that may fit; the last is its first step."""
    thought: str = row.turns[position]["thinking"].strip()
    at = _find(row, position)
    if at is None:
        return
    ids = row.ids
    ends = at + len(thought)
    told = int(np.searchsorted(ids.ends, ends, side="right"))
    room = limit - (len(ids.ids) - told)
    # The character behind the last token there is room for, as the tokens of the whole stand.
    reach = int(ids.ends[min(room, told) - 1]) - at if room > 0 else 0
    shortest = None
    for end in _step_ends(thought):
        shortest = thought[:end]
        if end <= reach:
            yield shortest
            shortest = None
    if shortest is not None:
        yield shortest


def _find(row: Read, position: int) -> int | None:
    """Where a turn's thought begins in the text; templates print turns one after the other, trimmed or not."""
    text, at = row.rendering.text, 0
    for place, turn in enumerate(row.turns[: position + 1]):
        for name in ("thinking", "content"):
            printed = (turn[name] or "").strip()
            found = text.find(printed, at) if printed else -1
            if (place, name) == (position, "thinking"):
                return found if found >= 0 else None
            at = max(at, found + len(printed))
    return None


def _step_ends(thought: str) -> list[int]:
    """Where the thought may end, falling: at the coarsest ends first, finer ones before the first of those."""
    ends: list[int] = []
    before = len(thought)
    for pattern in STEP_ENDS:
        steps = re.finditer(pattern, thought[:before])
        here = sorted({len(thought[: step.start()].rstrip()) for step in steps} - {0})
        if here:
            ends += reversed(here)
            before = here[0]
    return ends
