"""Rows as the one text a tokenizer will see."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import polars as pl

from curate.chat_template import ChatTemplate, Rendering
from curate.chat_template.conversation import as_template_messages
from curate.errors import Problem, TemplateError
from curate.rows import Kind

Side = Literal["messages", "chosen", "rejected"]

SIDES: dict[Kind, tuple[Side, ...]] = {
    "conversation": ("messages",),
    "preference": ("chosen", "rejected"),
}
"""What a row of each kind is rendered to: one text, or two."""


def render_rows(rows: pl.DataFrame, side: Side, template: ChatTemplate) -> Iterator[Rendering]:
    """Render conversations; of a pair the prompt, followed by one of its continuations.

    Raises TemplateError, naming the row, where the template refuses it or its `tools` or
    `chat_template_kwargs` are not JSON.
    """
    wanted = ["id", "source", "messages", "tools", "chat_template_kwargs"]
    more = [] if side == "messages" else [side]
    for row in rows.select(*wanted, *more).iter_rows(named=True):
        yield render_row(row, row["messages"] + (row[side] if more else []), template)


def render_row(
    row: Mapping[str, Any],
    turns: Sequence[Mapping[str, Any]],
    template: ChatTemplate,
    *,
    prompt: bool = False,
) -> Rendering:
    """Render turns as those of a row, with its `tools` and `chat_template_kwargs`; raises as `render_rows` does.

    With `prompt` the header of an assistant turn follows them.
    """
    variables: dict[str, Any] = _json(row, "chat_template_kwargs") or {}
    given: dict[str, Any] = {
        **variables,
        "tools": _json(row, "tools"),
        "add_generation_prompt": prompt,
    }
    try:
        return template.render(as_template_messages(turns), **given)
    except TemplateError as error:
        named = f"row {row['id']} of {row['source']}: "
        raise TemplateError(
            *(replace(each, what=named + each.what) for each in error.problems)
        ) from error


def _json(row: Mapping[str, Any], column: str) -> Any:
    try:
        return None if row[column] is None else json.loads(row[column])
    except ValueError as error:
        what = f"row {row['id']} of {row['source']} has {column} that are not JSON: {error}"
        raise TemplateError(Problem(what)) from error
