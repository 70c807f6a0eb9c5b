"""The `as_is` shape: records kept unchanged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import polars as pl

from curate.errors import ShapeError
from curate.recipe.model import Record
from curate.rows import Row
from curate.shapes.shape import Part, Shape


@dataclass(frozen=True)
class AsIs(Shape):
    """The record unchanged, for faithful rebuilds and for data that is no conversation.

    It has no parts: the record travels as JSON text in the column `record`. A source's `record` drops, renames
    and adds columns of it. Where the records have the turns of another shape, the row has them beside it, so
    that lengths, prompts and the template's checks are of these; a record that does not have that shape stays.
    """

    record: Record = field(default_factory=Record)
    seen: Shape | None = None
    """The shape whose turns the records have."""

    name = "as_is"
    parts: ClassVar[tuple[Part, ...]] = ()
    needs = ((),)
    is_recognised = False
    is_whole = True
    extras: ClassVar[dict[str, pl.DataType]] = {"record": pl.String()}

    def rows(self, record: Any) -> Sequence[Row]:
        """The record as one column, beside its turns."""
        turns = self._turns(record)
        if isinstance(record, dict):
            record = _columns(cast("dict[str, Any]", record), self.record)
        kept = {"record": json.dumps(record, ensure_ascii=False, default=str)}
        return (Row(turns.messages, turns.chosen, turns.rejected, extra=kept),)

    def _turns(self, record: Any) -> Row:
        if self.seen is None:
            return Row(())
        try:
            (row,) = self.seen.rows(record)
        except (ShapeError, ValueError):  # the second: it would be none or several rows
            return Row(())
        return row


def _columns(record: dict[str, Any], said: Record) -> dict[str, Any]:
    """A record's columns without those dropped, some of them under new names."""
    left = {name: value for name, value in record.items() if name not in said.drop}
    for name, new in said.rename.items():
        if name in left and new not in left:
            left[new] = left.pop(name)
    return left | dict(said.add)
