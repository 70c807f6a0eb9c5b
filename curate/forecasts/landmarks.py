"""Where in a text its last answer stands: what training on it must not lose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curate import thinking
from curate.chat_template.inputs import REASONING

Span = tuple[int, int]

_CLOSINGS = tuple(closing for _, closing in thinking.SPELLINGS)


@dataclass(frozen=True)
class Landmarks:
    """Character spans of the last answer's parts; None is what the text does not have.

    `closing` is the marker that ends its thinking, `stop` what ends the turn.
    """

    closing: Span | None = None
    answer: Span | None = None
    stop: Span | None = None


@dataclass(frozen=True)
class Reply:
    """What the last answer says, without white space around it; None is what it lacks."""

    thinks: bool
    answer: str | None


def reply_of(message: Mapping[str, Any]) -> Reply | None:
    """What an assistant's message says; None for any other."""
    if message.get("role") != "assistant":
        return None
    content = message.get("content")
    if not isinstance(content, str):
        content = ""
    has_field = any(message.get(name) for name in REASONING)
    return Reply(thinks=True, answer=content.strip() or None) if has_field else reply(content)


def reply(content: str) -> Reply:
    """What the text of an answer says."""
    thought = thinking.split(content, implied_opening=True)
    if thought.thinking is None and thinking.opens(content):
        return Reply(thinks=False, answer=None)  # a thought that never ends
    return Reply(thought.thinking is not None, thought.content.strip() or None)


def find(
    text: str, said: Reply | None, spans: Sequence[Span], stops: Sequence[str], start: int = 0
) -> Landmarks:
    """The landmarks of a text that ends in an answer.

    `said` is what the answer says; where nobody knows, it is all that stands behind the last thinking marker.
    `spans` are trained characters, the last of which end with the answer; without any, the turn ends with one of
    the tokens `stops`. Nothing before `start` belongs to the answer.
    """
    at = -1
    if said is not None and said.answer is not None:
        # A prompt that goes on as the answer begins, `<think>` before `<b>`, reaches into the answer.
        at = text.rfind(said.answer, max(0, start - len(said.answer)))
    if said is None or said.answer is None or at < 0:
        closing = _last_closing(text, start) if said is None or said.thinks else None
        behind = closing[1] if closing else start
        end = _end_of(text, spans, stops, behind)
        answer = _stripped(text, behind, end) if said is None and closing else None
    else:
        answer = at, (end := at + len(said.answer))
        closing = _last_closing(text, start, at) if said.thinks else None
    return Landmarks(closing, answer, _stop(text, spans, stops, end))


def _last_closing(text: str, start: int, before: int | None = None) -> Span | None:
    """The last thinking marker, where only white space stands between it and `before`."""
    end = len(text) if before is None else before
    found = max((text.rfind(marker, start, end), marker) for marker in _CLOSINGS)
    at, marker = found
    if at < 0 or (before is not None and text[at + len(marker) : before].strip()):
        return None
    return at, at + len(marker)


def _end_of(text: str, spans: Sequence[Span], stops: Sequence[str], start: int) -> int:
    """Where what is said ends, if only white space and the stop follow."""
    end = spans[-1][1] if spans and spans[-1][1] > start else len(text)
    bare = text[start:end].rstrip()
    stop = next((stop for stop in stops if bare.endswith(stop)), "")
    return start + len(bare) - len(stop)


def _stop(text: str, spans: Sequence[Span], stops: Sequence[str], start: int) -> Span | None:
    """What ends a turn that says nothing from `start` on."""
    if spans and spans[-1][1] > start:
        return _stripped(text, start, spans[-1][1])
    found = [(at, -len(stop)) for stop in stops if (at := text.find(stop, start)) >= 0]
    if not found:
        return None
    at, length = min(found)
    return at, at - length


def _stripped(text: str, start: int, end: int) -> Span | None:
    """A span without the white space at its ends; None where it has nothing else."""
    part = text[start:end]
    bare = part.strip()
    if not bare:
        return None
    first = start + len(part) - len(part.lstrip())
    return first, first + len(bare)
