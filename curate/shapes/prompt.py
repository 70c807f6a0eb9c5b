"""The `prompt` shape: questions without answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from curate.rows import Message, Row
from curate.shapes.instruction import QUESTION
from curate.shapes.prompt_completion import as_turns
from curate.shapes.shape import PROSE, TURNS, Part, Shape


class Prompt(Shape):
    """A prompt alone, as benchmarks hold it: the row ends in a user turn. Only ever named, never guessed.

    prompt: the text of the user turn, a list of such texts, or a list of turns.
    """

    name = "prompt"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("prompt", (("prompt",), ("instruction", *QUESTION)), PROSE | TURNS | {"texts"}),
    )
    needs = (("prompt",),)
    is_recognised = False

    def rows(self, record: Any) -> Sequence[Row]:
        """The user turns alone."""
        texts = self.value("prompt", record)
        if isinstance(texts, list) and all(isinstance(text, str) for text in cast("Any", texts)):
            return (Row(tuple(Message("user", text) for text in cast("list[str]", texts))),)
        prompt = as_turns(self, "prompt", record)
        return (Row((Message("user", prompt),) if isinstance(prompt, str) else prompt),)
