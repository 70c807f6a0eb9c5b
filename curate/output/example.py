"""One row of a mix as the chat template renders it, trained parts marked."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from curate.chat_template import ChatTemplate, Rendering
from curate.chat_template.row_rendering import SIDES, render_rows
from curate.rows import Kind

OPENING, CLOSING = "⟦", "⟧"
"""What stands around a trained part."""


@dataclass(frozen=True)
class Example:
    """A row, and its text: one for a conversation, chosen then rejected for a pair."""

    id: str
    source: str
    rendered: tuple[Rendering, ...]

    def marked(self, limit: int) -> list[str]:
        """The texts with trained parts marked, at most so many characters of each."""
        return [mark(text, spans, limit) for text, spans in self.rendered]


def example(rows: pl.DataFrame, kind: Kind, template: ChatTemplate) -> Example | None:
    """The first of the rows; None where there is none, or it has no turns to render."""
    first = rows.head(1)
    sides = SIDES[kind]
    if first.is_empty() or not first[sides[0]].list.len()[0]:
        return None
    rendered = tuple(text for side in sides for text in render_rows(first, side, template))
    return Example(first["id"][0], first["source"][0], rendered)


def mark(text: str, spans: list[tuple[int, int]], limit: int) -> str:
    """Put marks around the spans, then leave out the middle of what is longer than the limit."""
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        pieces += (text[done:start], OPENING, text[start:end], CLOSING)
        done = end
    marked = "".join(pieces) + text[done:]
    if len(marked) <= limit:
        return marked
    head, tail = marked[: limit // 2], marked[-(limit // 2) :]
    return f"{head}\n… {len(marked) - len(head) - len(tail):,} characters left out …\n{tail}"
