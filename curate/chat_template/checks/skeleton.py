"""Where each part of a conversation stands in its rendering.

A template treats conversations of one shape alike: same roles, same parts, same white space at their
ends. So one rendering with a sign in each part's place tells what the template writes *around* the
parts, the *glue*, and every row of the shape should be that glue with its own parts in between. Where it is,
whatever holds of the shape holds of the row, and nothing need be searched for.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from curate.chat_template.checks.case import Case, Kind, Turn
from curate.chat_template.checks.subject import Subject
from curate.chat_template.marked import Span
from curate.chat_template.renderer import Rendering

_SIGNS = 0xE000
"""Private characters, one a part: no template means anything by them."""


class Part(NamedTuple):
    """One stretch of a rendering that comes from the data: whose, which, and where."""

    message: int
    kind: Kind
    start: int
    end: int


class Gap(NamedTuple):
    """The glue between two parts."""

    text: str
    start: int
    before: Part | None
    behind: Part | None


@dataclass(frozen=True)
class View:
    """A rendering, taken apart."""

    subject: Subject
    case: Case
    text: str
    spans: Sequence[Span]
    parts: tuple[Part, ...]
    """Those found, in the order of the text."""
    lost: tuple[tuple[int, Kind], ...] = ()
    doubled: tuple[Part, ...] = ()
    """Further places of parts that are there already."""

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """The glue, from before the first part to behind the last."""
        edges: list[Part | None] = [None, *self.parts, None]
        gaps: list[Gap] = []
        for before, behind in pairwise(edges):
            start = before.end if before else 0
            end = behind.start if behind else len(self.text)
            gaps.append(Gap(self.text[start:end], start, before, behind))
        return tuple(gaps)

    def role(self, part: Part) -> str:
        """The role of the message a part is of."""
        return self.case.turns[part.message].role

    @cached_property
    def trained(self) -> frozenset[int]:
        """Messages with loss: those with a span; without any span the last, if it is an answer."""
        if self.subject.marks_training:
            return frozenset(
                part.message
                for start, end in self.spans
                for part in self.parts
                if start <= part.start < end
            )
        last = len(self.case.turns) - 1
        return frozenset({last} if self.case.turns[last].role == "assistant" else ())


@dataclass(frozen=True)
class Skeleton:
    """What a template writes for every conversation of one shape."""

    view: View
    glue: tuple[str, ...]
    """Every piece of the text, empty where a part stands."""
    signs: tuple[tuple[int, Kind], ...]
    """The case's parts: of which message each is, and which of its two."""
    order: tuple[int, ...]
    """Which of them stands in each place."""
    starts: tuple[int, ...]
    """Where the parts stand in the skeleton's text."""

    def fits(self, rendering: Rendering, parts: Sequence[str]) -> bool:
        """Whether a rendering is the glue with these parts between, its spans where they should be."""
        woven = [*self.glue]
        woven[1::2] = [parts[number] for number in self.order]
        if "".join(woven) != rendering.text:
            return False
        shifts = self.shifts(parts)
        spans = [(self.shifted(a, shifts), self.shifted(b, shifts)) for a, b in self.view.spans]
        return spans == rendering.spans

    def shifts(self, parts: Sequence[str]) -> list[int]:
        """How far what stands behind the first n places moves when these parts are put there."""
        total, shifts = 0, [0]
        for number in self.order:
            total += len(parts[number]) - 1
            shifts.append(total)
        return shifts

    def shifted(self, offset: int, shifts: Sequence[int]) -> int:
        """An offset of the skeleton as one of the row."""
        return offset + shifts[bisect_right(self.starts, offset - 1)]


def shape(case: Case) -> Hashable:
    """What a template can tell of a case without reading its parts: equal for rows it treats alike."""
    turns = tuple(
        (
            turn.role,
            _ends(turn.content),
            _ends(turn.reasoning),
            turn.markers,
            repr(turn.more) if turn.more else None,
        )
        for turn in case.turns
    )
    return turns, case.tools, case.variables


def parts(turns: Sequence[Turn]) -> list[str]:
    """The parts of turns, in order, without the white space at their ends."""
    found: list[str] = []
    for turn in turns:
        if turn.reasoning is not None and (reasoning := turn.reasoning.strip()):
            found.append(reasoning)
        if turn.content is not None and (content := turn.content.strip()):
            found.append(content)
    return found


def skeleton(subject: Subject, case: Case) -> Skeleton:
    """The skeleton of a case's shape. Raises TemplateError where the template refuses it."""
    signs: list[tuple[int, Kind]] = []

    def signed(text: str | None, message: int, kind: Kind) -> str | None:
        if text is None or not text.strip():
            return text
        signs.append((message, kind))
        lead, trail = _ends(text) or ("", "")
        return f"{lead}{chr(_SIGNS + len(signs) - 1)}{trail}"

    turns = tuple(
        turn._replace(
            reasoning=signed(turn.reasoning, index, "reasoning"),
            content=signed(turn.content, index, "content"),
        )
        for index, turn in enumerate(case.turns)
    )
    signed_case = Case(case.name, turns, case.tools, case.variables, case.is_prompt)
    view = take_apart(subject, signed_case, subject.render(signed_case), signs)
    glue: list[str] = []
    for gap in view.gaps:
        glue += [gap.text, ""]
    return Skeleton(
        view,
        tuple(glue[:-1]),
        tuple(signs),
        tuple(signs.index((part.message, part.kind)) for part in view.parts),
        tuple(part.start for part in view.parts),
    )


def take_apart(
    subject: Subject, case: Case, rendering: Rendering, signs: Sequence[tuple[int, Kind]]
) -> View:
    """Find the signs in a rendering."""
    found: list[Part] = []
    doubled: list[Part] = []
    lost: list[tuple[int, Kind]] = []
    for number, (message, kind) in enumerate(signs):
        matches = re.finditer(chr(_SIGNS + number), rendering.text)
        stand = [Part(message, kind, *match.span()) for match in matches]
        found += stand[:1]
        doubled += stand[1:]
        if not stand:
            lost.append((message, kind))
    in_order = tuple(sorted(found, key=lambda part: part.start))
    return View(
        subject, case, rendering.text, rendering.spans, in_order, tuple(lost), tuple(doubled)
    )


def _ends(text: str | None) -> tuple[str, ...] | None:
    """The white space a text begins and ends with; that alone where there is nothing else."""
    if text is None:
        return None
    inner = text.strip()
    if not inner:
        return (text,)
    lead = len(text) - len(text.lstrip())
    return text[:lead], text[lead + len(inner) :]
