"""The `as_is` shape: records kept unchanged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

import polars as pl

from curate.rows import Row
from curate.shapes.shape import Part, Shape


class AsIs(Shape):
    """The record unchanged, for faithful rebuilds and for data that is no conversation.

    It has no parts: the row has no turns, and the record travels as JSON text in the column `record`.
    """

    name = "as_is"
    parts: ClassVar[tuple[Part, ...]] = ()
    needs = ((),)
    is_recognised = False
    extras: ClassVar[dict[str, pl.DataType]] = {"record": pl.String()}

    def rows(self, record: Any) -> Sequence[Row]:
        """The record as one column."""
        return (Row((), extra={"record": json.dumps(record, ensure_ascii=False, default=str)}),)
