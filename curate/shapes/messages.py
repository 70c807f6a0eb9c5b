"""The `messages` shape: turns with role and content."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

from curate.rows import Row
from curate.shapes.shape import Part, Shape, missing
from curate.shapes.turns import TurnReader

CONVERSATION = ("messages", "conversations", "conversation", "dialog", "dialogue", "chat")
"""Columns public data holds a conversation in."""

TURN_WORDS = tuple(Part(name, is_word=True) for name in ("role", "content", "user", "assistant"))
"""What a recipe may say about how turns are written."""


def turn_reader(shape: Shape) -> TurnReader:
    """How the turns of a shape's source are written, as far as its recipe says."""
    given = shape.words
    roles = {given[role]: role for role in ("user", "assistant") if role in given}
    return TurnReader(given.get("role"), given.get("content"), roles or None)


class Messages(Shape):
    """Turns with role and content, as chat models are given them.

    messages: the list of turns. A turn may hold its thinking in `reasoning_content`, `thinking` or
        `reasoning` (the first that is a text counts, even an empty one); else a block at the start of
        its content is set apart. Contents may be typed parts.
    role, content: the fields of a turn, where they have other names.
    user, assistant: the word the source writes for that role, as in `assistant: SYSTEM`.
    """

    name = "messages"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("messages", (CONVERSATION,), frozenset({"messages"})),
        *TURN_WORDS,
    )
    needs = (("messages",),)

    @cached_property
    def _reader(self) -> TurnReader:
        return turn_reader(self)

    def rows(self, record: Any) -> Sequence[Row]:
        """The conversation as it is."""
        turns = self.value("messages", record)
        if turns is None:
            raise missing(self, "messages")
        return (Row(self._reader.read(turns, self.places["messages"].text)),)
