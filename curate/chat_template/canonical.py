"""Messages in the one form in which renderings are compared with what they are of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from curate import thinking
from curate.chat_template.inputs import REASONING


class Block(NamedTuple):
    """What stands around thinking: before it, behind it, and between it and the answer."""

    opening: str = thinking.OPEN
    closing: str = thinking.CLOSE
    tail: str = "\n\n"

    @classmethod
    def of(cls, variables: Mapping[str, Any]) -> Block:
        """The block as a template's variables have it."""
        given = (variables.get(name) for name in ("think_open", "think_close", "think_tail"))
        pairs = zip(given, cls(), strict=True)
        return cls(*(default if one is None else str(one) for one, default in pairs))


USUAL = Block()


def canonical(messages: Sequence[Mapping[str, Any]], block: Block = USUAL) -> list[dict[str, Any]]:
    """Messages as `parse` gives them back.

    Typed parts are joined, and thinking is set apart, without white space at its ends. Line breaks before an answer are
    not told: templates make them uniform.
    """
    return [_canonical(message, block) for message in messages]


def _canonical(message: Mapping[str, Any], block: Block) -> dict[str, Any]:
    role, content = message["role"], joined(message.get("content"))
    if role != "assistant":
        return {"role": role, "content": content}
    reasoning = next((told for name in REASONING if (told := message.get(name)) is not None), None)
    if (
        reasoning is None
        and content.lstrip().startswith(block.opening)
        and block.closing in content
    ):
        reasoning, content = content.lstrip()[len(block.opening) :].split(block.closing, 1)
    found: dict[str, Any] = {"role": role, "content": content.lstrip("\n")}
    if reasoning is not None and reasoning.strip():
        found["reasoning_content"] = reasoning.strip()
    if message.get("tool_calls"):
        found["tool_calls"] = [_call(call) for call in message["tool_calls"]]
    return found


def joined(content: Any) -> str:
    """The text of a message's content, its typed parts put together; empty where there is none."""
    if isinstance(content, str) or content is None:
        return content or ""
    return "".join(part.get("text", "") for part in content if part.get("type") == "text")


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    """A tool call's name and arguments, the latter as values; what it is called by and as is not printed."""
    function = call.get("function", call)
    arguments = function["arguments"]
    if isinstance(arguments, str):
        arguments = json.loads(arguments)
    return {"function": {"name": function["name"], "arguments": arguments}}
