"""The `prompt_completion` shape: a prompt and what follows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from curate.rows import Message, Row, assistant
from curate.shapes.path import Path
from curate.shapes.shape import PROSE, TURNS, Part, Shape, missing
from curate.shapes.turns import PLAIN


def as_turns(shape: Shape, part: str, record: Any) -> tuple[Message, ...] | str:
    """A part that may be turns or one text."""
    place = shape.places.get(part)
    value = place.value(record) if place else None
    if place is None or value is None:
        raise missing(shape, part)
    if isinstance(value, dict) or (isinstance(value, list) and not place.is_several):
        return PLAIN.read(value, place.text)
    return text_at(place, record)


def text_at(place: Path, record: Any) -> str:
    """The text at a place that is known to hold something."""
    return place.text_in(record) or ""


class PromptCompletion(Shape):
    """A prompt and its completion, each a text or a list of turns.

    prompt: what comes before; a text is one user turn.
    completion: what the model is to write; a text is one assistant turn.
    """

    name = "prompt_completion"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("prompt", (("prompt",),), PROSE | TURNS | {"turn"}),
        Part(
            "completion",
            (("completion",), ("response", "output"), ("canonical_solution", "answer")),
            PROSE | TURNS | {"turn"},
        ),
    )
    needs = (("prompt", "completion"),)

    def rows(self, record: Any) -> Sequence[Row]:
        """The turns of the prompt, then those of the completion."""
        prompt = as_turns(self, "prompt", record)
        completion = as_turns(self, "completion", record)
        before = (Message("user", prompt),) if isinstance(prompt, str) else prompt
        after = (assistant(completion),) if isinstance(completion, str) else completion
        return (Row((*before, *after)),)
