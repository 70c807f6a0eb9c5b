"""Turns from the many ways public data writes one.

A turn is an object with a role, under `role` or `from`, a content, under `content` or `value`, and
perhaps thinking and tool calls. Contents may be typed parts, which are joined; a part that has no
text is an error, never dropped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from curate.errors import Problem, ShapeError
from curate.rows import Message, assistant
from curate.shapes.path import a, as_text

ROLES: dict[str, str] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "tool": "tool",
    "function": "tool",
    "function_response": "tool",
    "observation": "tool",
    "ipython": "tool",
}
"""Role words seen in public data, in lower case, and the role each means."""

CALL = "function_call"
"""The role word of a turn that is nothing but a tool call."""

THINKING = ("reasoning_content", "thinking", "reasoning")
"""Fields of a turn that hold its thinking, in the order transformers 5 reads them."""

_TEXT_PARTS = frozenset({"text", "input_text", "output_text"})
_THINKING_PARTS = frozenset({"reasoning", "thinking"})
_CALL_PARTS = frozenset({"tool_call", "function_call"})


@dataclass(frozen=True)
class TurnReader:
    """How the turns of one source are written."""

    role: str | None = None
    """The field that holds the role; `role` or else `from` where not given."""
    content: str | None = None
    """The field that holds the content; `content` or else `value` where not given."""
    words: Mapping[str, str] | None = None
    """Role words of this source alone, before those of `ROLES`."""

    def read(self, value: Any, where: str = "messages") -> tuple[Message, ...]:
        """All turns of a list, or the only turn where an object stands for it.

        Raises ShapeError, naming the turn, where one cannot be read whole.
        """
        if isinstance(value, dict):
            return (self._message(cast("dict[str, Any]", value), where),)
        if not isinstance(value, list):
            raise ShapeError(f"`{where}` is {a(value)}, not a list of turns")
        turns: list[Message] = []
        for position, turn in enumerate(cast("list[Any]", value)):
            if not isinstance(turn, dict):
                raise ShapeError(f"`{where}[{position}]` is {a(turn)}, not an object with a role")
            turns.append(self._message(cast("dict[str, Any]", turn), where, position))
        return tuple(turns)

    def _message(self, turn: dict[str, Any], where: str, position: int | None = None) -> Message:
        get = turn.get
        word = get(self.role) if self.role else get("role", get("from"))
        role = self._role(word) if isinstance(word, str) else None
        if role is None:
            raise _unknown_role(word, turn, _at(where, position))
        content = get(self.content) if self.content else get("content", get("value"))
        if isinstance(content, str) and len(turn) == 2 and word != CALL:
            return assistant(content) if role == "assistant" else Message(role, content)
        return _full(turn, role, content, word == CALL, _at(where, position))

    def _role(self, word: str) -> str | None:
        if self.words is not None and word in self.words:
            return self.words[word]
        return ROLES.get(word) or ROLES.get(word.lower())


PLAIN = TurnReader()
"""Turns with role and content, or from and value."""


def _at(where: str, position: int | None) -> str:
    return where if position is None else f"{where}[{position}]"


def _full(turn: dict[str, Any], role: str, content: Any, is_call: bool, at: str) -> Message:
    """A turn with more than a role and a text."""
    get = turn.get
    thought: str | None = None
    calls: list[str] = []
    if isinstance(content, list):
        content, thought, calls = _typed(cast("list[Any]", content), at)
    elif content is not None and not isinstance(content, str):
        raise ShapeError(f"the content of `{at}` is {a(content)}, not text")
    call = get("tool_calls") or ([get(CALL)] if get(CALL) else None)
    tool_calls = as_text(call) if call else _call_list(calls)
    if is_call and isinstance(content, str):
        content, tool_calls = None, _call_list([content])
    call_id, name = as_text(get("tool_call_id")), as_text(get("name"))
    if role == "assistant":
        for field in THINKING:
            if isinstance(value := get(field), str):
                thought = value
                break
        if thought is None and content is not None:
            return assistant(content, tool_calls=tool_calls, tool_call_id=call_id, name=name)
    return Message(role, content, thought, None, tool_calls, call_id, name)


def _typed(parts: list[Any], at: str) -> tuple[str | None, str | None, list[str]]:
    """The text, the thinking and the tool calls of a list of typed parts."""
    texts: list[str] = []
    thoughts: list[str] = []
    calls: list[str] = []
    for part in parts:
        kind: Any = "text" if isinstance(part, str) else None
        value: Any = part
        if isinstance(part, dict):
            fields = cast("dict[str, Any]", part)
            kind = str(fields.get("type"))
            named = (fields.get(name) for name in ("text", "value", kind))
            value = next((each for each in named if each is not None), None)
        if kind in _CALL_PARTS and value is not None:
            calls.append(cast("str", as_text(value)))
        elif kind in _TEXT_PARTS and isinstance(value, str):
            texts.append(value)
        elif kind in _THINKING_PARTS and isinstance(value, str):
            thoughts.append(value)
        else:
            raise ShapeError(
                Problem(
                    f"`{at}` holds a part of type {kind!r} that is not text",
                    help="Rows are text: leave such records out with `on_bad_row: reject`.",
                )
            )
    text = "".join(texts) if texts or not (thoughts or calls) else None
    return text, "".join(thoughts) if thoughts else None, calls


def _call_list(calls: list[str]) -> str | None:
    """Calls that came as texts, as one JSON list; a text that is not JSON stands in it as a string."""
    if not calls:
        return None
    return f"[{', '.join(call if _is_json(call) else _quoted(call) for call in calls)}]"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _unknown_role(word: Any, turn: dict[str, Any], at: str) -> ShapeError:
    if word is None:
        found = ", ".join(f"`{name}`" for name in turn) or "nothing"
        return ShapeError(
            Problem(
                f"`{at}` has no role: it has {found}",
                help="Name the fields, as in `columns: {role: speaker, content: utterance}`.",
            )
        )
    return ShapeError(
        Problem(
            f"`{at}` has the role {word!r}, which is none of {', '.join(ROLES)}",
            help=f"Say which turn it is, as in `columns: {{assistant: {word}}}`.",
        )
    )
