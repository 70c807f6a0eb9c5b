"""A recipe's template, and its rows in the form templates read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from curate.chat_template import origin
from curate.chat_template.renderer import ChatTemplate
from curate.errors import Place, Problem, TemplateError
from curate.step import TemplateUse


def as_template_messages(turns: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The turns of a row (`rows.MESSAGE`) as messages of a template.

    Thinking goes to `reasoning_content`, without its markers: a template writes its own. What is null
    is left out. Raises TemplateError where `tool_calls` is not JSON.
    """
    messages: list[dict[str, Any]] = []
    for position, turn in enumerate(turns):
        message: dict[str, Any] = {"role": turn["role"]}
        for key, name in _KEYS:
            value = turn.get(key)
            if value is not None:
                message[name] = value
        if "tool_calls" in message:
            message["tool_calls"] = _parsed(message["tool_calls"], position)
        messages.append(message)
    return messages


_KEYS = (
    ("content", "content"),
    ("thinking", "reasoning_content"),
    ("tool_calls", "tool_calls"),
    ("tool_call_id", "tool_call_id"),
    ("name", "name"),
)
"""What a turn calls it, and what a template does."""


def _parsed(calls: str, position: int) -> Any:
    try:
        return json.loads(calls)
    except json.JSONDecodeError as error:
        what = f"the tool calls are not JSON: {error}"
        raise TemplateError(
            Problem(what, Place("messages", message=position, text=calls))
        ) from error


def open_template(use: TemplateUse) -> ChatTemplate:
    """The template a recipe names, with the recipe's values; tokens it does not give are those beside the template.

    Raises TemplateError where the file cannot be read or does not compile, with line and place.
    """
    found = origin.find(use.path)
    return ChatTemplate(
        found.text,
        use.bos_token if use.bos_token is not None else found.bos_token,
        use.eos_token if use.eos_token is not None else found.eos_token,
        name=use.path,
        variables=use.variables,
    )
