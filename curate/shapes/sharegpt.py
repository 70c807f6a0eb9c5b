"""The `sharegpt` shape: turns with from and value."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

from curate.rows import Row
from curate.shapes.messages import CONVERSATION, TURN_WORDS, turn_reader
from curate.shapes.shape import Part, Shape, missing
from curate.shapes.turns import TurnReader


class ShareGPT(Shape):
    """Turns with from and value, as ShareGPT writes them.

    conversations: the list of turns. A turn from `function_call` is a tool call of the assistant, one
        from `observation` is what the tool gave.
    role, content: the fields of a turn, where they have other names than `from` and `value`.
    user, assistant: the word the source writes for that role.
    """

    name = "sharegpt"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("conversations", (CONVERSATION,), frozenset({"sharegpt turns"})),
        *TURN_WORDS,
    )
    needs = (("conversations",),)

    @cached_property
    def _reader(self) -> TurnReader:
        return turn_reader(self)

    def rows(self, record: Any) -> Sequence[Row]:
        """The conversation, with the roles of the contract."""
        turns = self.value("conversations", record)
        if turns is None:
            raise missing(self, "conversations")
        return (Row(self._reader.read(turns, self.places["conversations"].text)),)
