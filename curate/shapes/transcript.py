r"""The `transcript` shape: a conversation written as one text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from curate.errors import ShapeError
from curate.rows import Row
from curate.shapes.dialogue import parse
from curate.shapes.path import a
from curate.shapes.shape import Part, Shape, missing


class Transcript(Shape):
    r"""A conversation written as one text: `\n\nHuman: … \n\nAssistant: …` or `### Human: …`.

    text: the text, or a list of texts that each start with the marker of their turn. What stands
        before the first marker becomes the system turn.
    user, assistant: other markers, as in `user: "Customer: "`. They count at the start of any line
        and are taken literally, with the space behind them.
    """

    name = "transcript"
    parts: ClassVar[tuple[Part, ...]] = (
        Part(
            "text",
            (("text", "transcript", "messages", "conversations", "conversation", "dialogue"),),
            frozenset({"transcript"}),
        ),
        Part("user", is_word=True),
        Part("assistant", is_word=True),
    )
    needs = (("text",),)

    def rows(self, record: Any) -> Sequence[Row]:
        """The turns the text is made of."""
        value = self.value("text", record)
        match value:
            case None:
                raise missing(self, "text")
            case str():
                return (Row(parse(value, self.words or None)),)
            case list():
                texts = cast("list[Any]", value)
                return (Row(tuple(turn for text in texts for turn in self._only_turn(text))),)
            case _:
                raise ShapeError(f"`{self.places['text']}` is {a(value)}, not text")

    def _only_turn(self, text: Any) -> Sequence[Any]:
        if not isinstance(text, str):
            raise ShapeError(f"`{self.places['text']}` holds {a(text)}, not text")
        return parse(text, self.words or None)
