"""Rows as the one text a tokenizer will see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

import polars as pl

from curate.chat_template import ChatTemplate, Rendering
from curate.chat_template.conversation import as_template_messages
from curate.errors import OutputError, Problem
from curate.rows import Kind

Side = Literal["messages", "chosen", "rejected"]

SIDES: dict[Kind, tuple[Side, ...]] = {
    "conversation": ("messages",),
    "preference": ("chosen", "rejected"),
}
"""What a row of each kind is rendered to: one text, or two."""


def render_rows(rows: pl.DataFrame, side: Side, template: ChatTemplate) -> Iterator[Rendering]:
    """Render conversations; of a pair the prompt, followed by one of its continuations.

    Raises TemplateError where the template refuses a row, and OutputError where a row's `tools` or
    `chat_template_kwargs` are not JSON.
    """
    wanted = ["id", "source", "messages", "tools", "chat_template_kwargs"]
    more = [] if side == "messages" else [side]
    for row in rows.select(*wanted, *more).iter_rows(named=True):
        turns = row["messages"] + (row[side] if more else [])
        variables: dict[str, Any] = _json(row, "chat_template_kwargs") or {}
        given = variables | {"tools": _json(row, "tools")}
        yield template.render(as_template_messages(turns), **given)


def _json(row: dict[str, Any], column: str) -> Any:
    try:
        return None if row[column] is None else json.loads(row[column])
    except ValueError as error:
        what = f"row {row['id']} of {row['source']} has {column} that are not JSON: {error}"
        raise OutputError(Problem(what)) from error
