"""Which optional columns a mix has, found by a first look at all of its rows.

The columns of a finished file must not depend on which rows happen to come first, so they are settled
before the first row is written.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from curate.errors import OutputError, Problem
from curate.rows import SCHEMA

UPSTREAM = "record"
"""The extra column in which `shape: as_is` keeps each record as JSON text."""

VARIABLES = "chat_template_kwargs"
"""Trainers hand it to the template as it is, in every row: so it becomes a struct, and null is one of nulls."""

_COLUMNS = ("tools", "origin")
FIELDS = ("tool_calls", "tool_call_id", "name")
"""Of a message: what only some mixes have."""


@dataclass(frozen=True)
class Carried:
    """What a mix carries beside its texts.

    `columns` are those of `tools` and `origin` that any row has; `variables` what `chat_template_kwargs` hold, if
    any do; `fields` those of a message's `tool_calls`, `tool_call_id` and `name` that any turn has; `extras` the kept
    columns. `upstream` are the columns of the records of `shape: as_is`.
    """

    columns: frozenset[str] = frozenset()
    variables: Mapping[str, pl.DataType] = field(default_factory=dict[str, pl.DataType])
    fields: frozenset[str] = frozenset()
    extras: Mapping[str, pl.DataType] = field(default_factory=dict[str, pl.DataType])
    upstream: Mapping[str, pl.DataType] = field(default_factory=dict[str, pl.DataType])

    def __or__(self, other: Carried) -> Carried:
        return Carried(
            self.columns | other.columns,
            _widened(self.variables, other.variables),
            self.fields | other.fields,
            _widened(self.extras, other.extras),
            _widened(self.upstream, other.upstream),
        )


def survey(frames: Iterable[pl.DataFrame]) -> Carried:
    """Look at all rows of a mix, in order."""
    carried = Carried()
    for rows in frames:
        carried |= _look(rows)
    return carried


def records(rows: pl.DataFrame, upstream: Mapping[str, pl.DataType] | None = None) -> pl.DataFrame:
    """The records that `shape: as_is` kept, as columns; their types are found where not given."""
    if UPSTREAM not in rows.columns or rows[UPSTREAM].null_count():
        raise OutputError(
            Problem(
                "layout upstream needs the records as they were, and some rows have none",
                help="Give every source `shape: as_is`, or choose another layout.",
            )
        )
    if rows.is_empty():
        return pl.DataFrame(schema=upstream)
    lines = io.StringIO("\n".join(rows[UPSTREAM]))
    try:
        return pl.read_ndjson(lines, schema=upstream, infer_schema_length=None)
    except pl.exceptions.PolarsError as error:
        raise OutputError(f"the records cannot be put into columns: {error}") from error


def _look(rows: pl.DataFrame) -> Carried:
    columns = {name for name in _COLUMNS if rows[name].null_count() < rows.height}
    variables = _variables(rows[VARIABLES].drop_nulls())
    fields = {name for name in FIELDS if rows.select(_in_any_turn(name)).item()}
    extras = {n: t for n, t in rows.schema.items() if n not in SCHEMA and n != UPSTREAM}
    upstream = dict(records(rows).schema) if UPSTREAM in rows.columns else {}
    return Carried(frozenset(columns), variables, frozenset(fields), extras, upstream)


def _variables(texts: pl.Series) -> dict[str, pl.DataType]:
    """The fields of JSON objects, with types wide enough for all of them."""
    if texts.is_empty():
        return {}
    try:
        return dict(pl.read_ndjson(io.StringIO("\n".join(texts)), infer_schema_length=None).schema)
    except pl.exceptions.PolarsError as error:
        raise OutputError(
            f"the rows' {VARIABLES} cannot be put into columns of one type each: {error}"
        ) from error


def _in_any_turn(name: str) -> pl.Expr:
    given = pl.element().struct.field(name).is_not_null()
    return pl.any_horizontal(
        pl.col(column).list.eval(given).list.any().any()
        for column in ("messages", "chosen", "rejected")
    )


def _widened(
    one: Mapping[str, pl.DataType], other: Mapping[str, pl.DataType]
) -> dict[str, pl.DataType]:
    """The columns of both, in the order first seen, wide enough for the values of both."""
    if not one or not other or one == other:
        return {**one, **other}
    try:
        empty = pl.concat(
            [pl.DataFrame(schema=one), pl.DataFrame(schema=other)], how="diagonal_relaxed"
        )
    except pl.exceptions.PolarsError as error:
        raise OutputError(f"the records do not have one set of columns: {error}") from error
    return dict(empty.schema)
