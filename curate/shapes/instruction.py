"""The `instruction` shape: an instruction, perhaps an input, and an output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from curate.errors import ShapeError
from curate.rows import Message, Row, assistant
from curate.shapes.path import a
from curate.shapes.shape import PROSE, TURNS, Part, Shape
from curate.shapes.turns import PLAIN

QUESTION = ("question", "query", "problem")
"""Columns that hold what is asked, beside `instruction` and `prompt`."""


def asked(shape: Shape, part: str, record: Any) -> str:
    """What the user says: the part, then the record's input where it has one, a blank line between."""
    text = shape.needed_text(part, record)
    more = shape.text("input", record)
    return f"{text}\n\n{more}" if more else text


class Instruction(Shape):
    """An instruction, perhaps an input, and an output: Alpaca and its many relatives.

    instruction: what is asked.
    input: what it is asked of, put behind the instruction after a blank line.
    output: the answer.
    history: earlier turns, a list of [user, assistant] pairs or of turns.
    """

    name = "instruction"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("instruction", (("instruction",), QUESTION, ("input",)), PROSE),
        Part("input", (("input", "context"),), PROSE),
        Part("output", (("output", "response", "completion"), ("solution",), ("answer",)), PROSE),
        Part("history", (("history",),), frozenset({"list", *TURNS})),
    )
    needs = (("instruction", "output"),)

    def rows(self, record: Any) -> Sequence[Row]:
        """The history, the instruction with its input, the output."""
        history = self.value("history", record)
        earlier = _turns(history) if history else ()
        user = Message("user", asked(self, "instruction", record))
        return (Row((*earlier, user, assistant(self.needed_text("output", record)))),)


def _turns(history: Any) -> Sequence[Message]:
    if not isinstance(history, list):
        raise ShapeError(f"`history` is {a(history)}, not a list of earlier turns")
    turns: list[Message] = []
    for position, exchange in enumerate(cast("list[Any]", history)):
        match exchange:
            case [str() as user, str() as answer]:
                turns += (Message("user", user), assistant(answer))
            case dict():
                turns += PLAIN.read(exchange, f"history[{position}]")
            case _:
                raise ShapeError(
                    f"`history[{position}]` is {a(exchange)}, not a [user, assistant] pair or a turn"
                )
    return turns
