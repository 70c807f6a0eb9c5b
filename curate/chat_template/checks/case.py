"""A conversation as the checks take it apart."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from curate import thinking
from curate.chat_template.conversation import as_template_messages
from curate.rows import TIDY

Kind = Literal["reasoning", "content"]


class Turn(NamedTuple):
    """One message, its reasoning apart.

    `markers` are what stands around reasoning inside the content: before it, behind it, and at the very end.
    Where None, the message has its reasoning in `reasoning_content`. `more` is the rest of the message.
    """

    role: str
    content: str | None
    reasoning: str | None = None
    markers: tuple[str, str, str] | None = None
    more: Mapping[str, Any] = {}

    def message(self) -> dict[str, Any]:
        """The turn as a template gets it."""
        if self.reasoning is None:
            return {"role": self.role, "content": self.content, **self.more}
        if self.markers is None:
            apart = {"content": self.content, "reasoning_content": self.reasoning}
            return {"role": self.role, **apart, **self.more}
        opening, closing, ending = self.markers
        folded = f"{opening}{self.reasoning}{closing}{self.content or ''}{ending}"
        return {"role": self.role, "content": folded, **self.more}


@dataclass(frozen=True)
class Case:
    """A conversation to render, and what errors call it."""

    name: str
    turns: tuple[Turn, ...]
    tools: str | None = None
    """JSON text, as in a row."""
    variables: str | None = None
    """JSON text of `chat_template_kwargs`."""
    is_prompt: bool = False
    """Whether it need not end in an answer."""

    def messages(self, end: int | None = None) -> list[dict[str, Any]]:
        """The first turns as a template gets them."""
        return [turn.message() for turn in self.turns[:end]]

    def arguments(self) -> dict[str, Any]:
        """What else the rendering is given."""
        given: dict[str, Any] = json.loads(self.variables) if self.variables else {}
        return given if self.tools is None else {**given, "tools": json.loads(self.tools)}


@dataclass(frozen=True)
class PairCase:
    """A preference row: two conversations that begin alike."""

    prompt: Case
    chosen: Case
    rejected: Case


def turns_of(
    turns: Sequence[Mapping[str, Any]], markers: tuple[str, str] | None = None
) -> tuple[Turn, ...]:
    """Turns of the row contract, in order, thinking in the content.

    `markers` stand around it as layouts write them; without any, what stood there upstream.
    """
    return tuple(_turn(turn, markers) for turn in turns)


def _turn(turn: Mapping[str, Any], markers: tuple[str, str] | None) -> Turn:
    more: dict[str, Any] = {}
    if any(turn[name] is not None for name in _MORE):
        (message,) = as_template_messages([turn])
        more = {name: message[name] for name in _MORE if name in message}
    around = None if turn["thinking"] is None else _around(turn["markers"], markers)
    return Turn(turn["role"], turn["content"], turn["thinking"], around, more)


def _around(told: str | None, markers: tuple[str, str] | None) -> tuple[str, str, str]:
    if markers is None and told is not None:
        opening, closing, ending = json.loads(told)
        return opening, closing, ending
    opening, closing = markers or (thinking.OPEN, thinking.CLOSE)
    return (f"{opening}\n", f"\n{closing}\n\n", "") if told == TIDY else (opening, closing, "")


_MORE = ("tool_calls", "tool_call_id", "name")
