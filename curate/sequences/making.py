"""Rows made sequences: rendered, encoded, fitted to a length, labelled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.chat_template import ChatTemplate
from curate.chat_template.row_rendering import render_row
from curate.recipe.model import Tokens
from curate.sequences.labels import IGNORED, trained
from curate.sequences.masks import trained_spans
from curate.sequences.truncation import Read, Turn, kept, shorten_thinking
from curate.tokens.engine import I32
from curate.tokens.ids import encode

COLUMNS = ("id", "source", "messages", "tools", "chat_template_kwargs")
"""What of a row is rendered."""
_BATCH = 256
"""Rows rendered before they are encoded."""


class Sequence(NamedTuple):
    """One row as token ids; `trained` has a flag for each.

    `straddling` counts edges of what is trained that a token reaches over, `edited` tells that thinking was
    shortened, `cut` that tokens were cut off.
    """

    ids: I32
    trained: NDArray[np.bool_]
    straddling: int = 0
    edited: bool = False
    cut: bool = False

    @property
    def labels(self) -> I32:
        """The ids of trained tokens, `IGNORED` elsewhere."""
        return np.where(self.trained, self.ids, np.int32(IGNORED))


class LeftOut(NamedTuple):
    """Why there is no sequence of a row: what was measured, and the rule."""

    measure: str
    rule: str


@dataclass(frozen=True)
class Making:
    """How rows become sequences. `markers` stand around thinking."""

    options: Tokens
    template: ChatTemplate
    tokenizer: Path
    markers: tuple[str, str]

    def sequences(self, rows: pl.DataFrame) -> Iterator[Sequence | LeftOut]:
        """The sequence of every row, in order. Raises TemplateError, naming the row, where it cannot be rendered."""
        for few in rows.select(COLUMNS).iter_slices(_BATCH):
            batch = few.to_dicts()
            rendered = [render_row(row, row["messages"], self.template) for row in batch]
            encoded = encode([one.text for one in rendered], self.tokenizer)
            for row, rendering, ids in zip(batch, rendered, encoded, strict=True):
                yield self._sequence(row, Read(row["messages"], rendering, ids))

    def _sequence(self, row: Mapping[str, Any], read: Read) -> Sequence | LeftOut:
        limit, rule = self.options.max_length, self.options.truncation
        length = len(read.ids.ids)
        if limit is None or length <= limit:
            return self._labelled(read, slice(None))
        too_long = LeftOut(f"{length:,} tokens", f"at most {limit:,} tokens")
        match rule:
            case "drop":
                return too_long
            case "think_aware":
                fitted = shorten_thinking(read, limit, lambda turns: self._read(row, turns))
                return (
                    self._labelled(fitted, slice(None), edited=True)
                    if fitted is not None
                    else too_long._replace(rule=f"{too_long.rule}, thinking shortened")
                )
            case "keep_start" | "keep_end":
                return self._labelled(read, kept(length, limit, end=rule == "keep_end"), cut=True)

    def _read(self, row: Mapping[str, Any], turns: list[Turn]) -> Read:
        rendering = render_row(row, turns, self.template)
        return Read(turns, rendering, next(encode([rendering.text], self.tokenizer)))

    def _labelled(
        self, read: Read, part: slice, *, edited: bool = False, cut: bool = False
    ) -> Sequence | LeftOut:
        spans = trained_spans(self.options.mask, read.rendering, read.turns, self.markers)
        found = trained(read.ids, spans)
        labels = found.tokens[part].copy()
        labels[:1] = False
        if not labels.any():
            return LeftOut("no token to train", f"mask {self.options.mask}")
        return Sequence(read.ids.ids[part], labels, found.straddling, edited, cut)
