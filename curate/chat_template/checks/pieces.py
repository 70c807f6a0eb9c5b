"""A rendering cut into pieces: what the template wrote, what each turn says, and what of it is trained."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from curate.chat_template.checks.case import Case
from curate.chat_template.checks.skeleton import parts, skeleton
from curate.chat_template.checks.subject import Subject
from curate.chat_template.renderer import Rendering
from curate.errors import TemplateError


class Piece(NamedTuple):
    """A stretch of text of one kind."""

    text: str
    role: str | None
    """Whose words they are; None for the template's own."""
    is_trained: bool


def cut(subject: Subject, case: Case, rendering: Rendering) -> list[Piece]:
    """The pieces, in order; together they are the text."""
    owners = _owners(subject, case, rendering)
    edges = {0, len(rendering.text)}
    edges |= {edge for span in rendering.spans for edge in span}
    edges |= {edge for start, end, _ in owners for edge in (start, end)}
    ordered = sorted(edges)
    return [
        Piece(
            rendering.text[start:end],
            next((role for first, last, role in owners if first <= start < last), None),
            any(first <= start < last for first, last in rendering.spans),
        )
        for start, end in pairwise(ordered)
    ]


def _owners(subject: Subject, case: Case, rendering: Rendering) -> list[tuple[int, int, str]]:
    """Where each turn's words stand; nothing where the template did more than put them in their places."""
    try:
        bare = skeleton(subject, case)
    except TemplateError:
        return []
    mine = parts(case.turns)
    if not bare.fits(rendering, mine):
        return []
    shifts = bare.shifts(mine)
    return [
        (
            bare.shifted(part.start, shifts),
            bare.shifted(part.end, shifts),
            case.turns[part.message].role,
        )
        for part in bare.view.parts
    ]
