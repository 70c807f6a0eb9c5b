"""Which characters of a rendered row are trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from curate.chat_template import Rendering
from curate.chat_template.marked import Span
from curate.recipe.model import Mask

Turns = Sequence[Mapping[str, Any]]


def trained_spans(
    mask: Mask, rendering: Rendering, turns: Turns, markers: tuple[str, str]
) -> list[Span]:
    """The characters a mask trains, as spans of the text.

    `assistant` is what the template marks by `{% generation %}`: thinking, answer, tool calls, end of turn.
    `last_turn` is the last of these parts, `answer` what stands in each behind its thinking and the white
    space after that. `markers` are those around thinking.
    """
    match mask:
        case "all":
            return [(0, len(rendering.text))]
        case "assistant":
            return rendering.spans
        case "last_turn":
            return rendering.spans[-1:]
        case "answer":
            return _answers(rendering, turns, markers)


def _answers(rendering: Rendering, turns: Turns, markers: tuple[str, str]) -> list[Span]:
    spoken = [turn for turn in turns if turn["role"] == "assistant"]
    alike = len(spoken) == len(rendering.spans)
    answers: list[Span] = []
    for position, (start, end) in enumerate(rendering.spans):
        part = rendering.text[start:end]
        # Some templates have the turn's header in the block; only the row knows that thinking follows it.
        thinks = alike and bool(spoken[position]["thinking"])
        answers.append((start + _behind_thinking(part, markers, headed=thinks), end))
    return answers


def _behind_thinking(part: str, markers: tuple[str, str], *, headed: bool) -> int:
    opening, closing = markers
    opens = part.find(opening)
    if opens < 0 or (part[:opens].strip() and not headed):
        return 0
    closes = part.find(closing, opens + len(opening))
    if closes < 0:
        return 0
    rest = part[closes + len(closing) :]
    return len(part) - len(rest.lstrip())
