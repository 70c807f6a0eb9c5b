"""The `thinking_answer` shape: thinking and answer in columns of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from curate.rows import Message, Row
from curate.shapes.instruction import QUESTION
from curate.shapes.shape import PROSE, Part, Shape


class ThinkingAnswer(Shape):
    """A prompt, the thinking and the answer, each in a column of its own.

    prompt: what is asked.
    thinking: what goes between `<think>` and `</think>`; a record without it gives a row without
        thinking.
    answer: what comes after, as it is.
    """

    name = "thinking_answer"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("prompt", (("prompt",), ("instruction", *QUESTION), ("input",)), PROSE),
        Part(
            "thinking",
            (
                (
                    "thinking",
                    "reasoning_content",
                    "deepseek_thinking_trajectory",
                    "deepseek_reasoning",
                    "complex_cot",
                ),
                ("reasoning", "thought", "think", "cot", "rationale"),
            ),
        ),
        Part(
            "answer",
            (
                ("deepseek_attempt", "deepseek_solution"),
                ("response", "output", "completion"),
                ("solution",),
                ("answer",),
            ),
            PROSE,
        ),
    )
    needs = (("prompt", "thinking", "answer"),)
    before = frozenset({"instruction", "prompt_completion"})

    def rows(self, record: Any) -> Sequence[Row]:
        """The prompt and an answer that thinks."""
        thinking = self.text("thinking", record)
        answer = Message("assistant", self.needed_text("answer", record), thinking)
        return (Row((Message("user", self.needed_text("prompt", record)), answer)),)
