"""Rows of the row contract as cases."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from curate.chat_template.checks.case import Case, PairCase, turns_of
from curate.rows import Kind

_COLUMNS = ("id", "messages", "tools", "chat_template_kwargs")


def conversations(rows: pl.DataFrame, markers: tuple[str, str] | None = None) -> Iterator[Case]:
    """Conversations that have a turn; for `markers` see `turns_of`."""
    for identity, turns, tools, variables in rows.select(_COLUMNS).iter_rows():
        if turns:
            yield Case(identity, turns_of(turns, markers), tools, variables)


def pairs(rows: pl.DataFrame, markers: tuple[str, str] | None = None) -> Iterator[PairCase]:
    """Preference rows."""
    for told in rows.select(*_COLUMNS, "chosen", "rejected").iter_rows():
        identity, turns, tools, variables, *sides = told
        prompt = Case(identity, turns_of(turns, markers), tools, variables, is_prompt=True)
        chosen, rejected = (
            Case(identity, prompt.turns + turns_of(side or (), markers), tools, variables)
            for side in sides
        )
        if chosen.turns and rejected.turns:
            yield PairCase(prompt, chosen, rejected)


def cases(
    rows: pl.DataFrame, kind: Kind, markers: tuple[str, str] | None = None
) -> Iterator[Case | PairCase]:
    """Rows of a kind, each named by its id."""
    return conversations(rows, markers) if kind == "conversation" else pairs(rows, markers)
