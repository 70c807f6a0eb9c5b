"""What a trainer leaves of many rows."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from curate.forecasts.cutting import Cut, CutRow

SHARES = (95, 99, 100)
"""Percent of rows for which the needed `max_length` is told."""


@dataclass
class Part:
    """A part that rows have: how many do, and how many lose it to the cut."""

    had: int = 0
    lost: int = 0

    def add(self, had: bool, lost: bool) -> None:
        """Add a row."""
        self.had += had
        self.lost += had and lost

    def __iadd__(self, other: Part) -> Part:
        self.had += other.had
        self.lost += other.lost
        return self


@dataclass
class Tokens:
    """Tokens of rows, and those that are kept."""

    all: int = 0
    kept: int = 0

    def __iadd__(self, other: Tokens) -> Tokens:
        self.all += other.all
        self.kept += other.kept
        return self

    @property
    def share(self) -> float:
        """The part that is kept; 1 of nothing."""
        return self.kept / self.all if self.all else 1.0


@dataclass
class Account:
    """What is left of the rows of a source.

    Of a pair both sides count as one row: it loses what either side loses. `closing`, `answer` and `stop` are those of
    the last answer: the marker that ends its thinking, any token of it, and what ends its turn. A row that is left
    out has lost all.
    """

    rows: int = 0
    whole: int = 0
    left_out: int = 0
    """Rows the trainer drops without a word: nothing of them would be trained."""
    closing: Part = field(default_factory=Part)
    answer: Part = field(default_factory=Part)
    stop: Part = field(default_factory=Part)
    prompt_cut: int = 0
    identical: int = 0
    """Pairs that are trained with the same text on both sides, which was not the same before the cut."""
    trained: Tokens = field(default_factory=Tokens)
    needed: array[int] = field(default_factory=lambda: array("I"))
    """For every row the shortest `max_length` that keeps all of it."""

    def add(self, row: CutRow, needed: int) -> None:
        """Add a row."""
        out = row.is_left_out
        self.rows += 1
        self.whole += row.is_whole
        self.left_out += out
        marks = [(cut, cut.passage.marks) for cut in row.cuts]
        self.closing.add(
            any(mark.closing for _, mark in marks),
            out or any(cut.loses(mark.closing) for cut, mark in marks),
        )
        self.answer.add(
            any(mark.answer for _, mark in marks),
            out or any(cut.loses(mark.answer, all_of_it=True) for cut, mark in marks),
        )
        self.stop.add(
            any(mark.stop for _, mark in marks),
            out or any(cut.loses(mark.stop) for cut, mark in marks),
        )
        self.prompt_cut += any(cut.is_prompt_cut for cut in row.cuts)
        self.identical += row.becomes_identical and not out
        self.trained += Tokens(
            _length(row.cuts, kept=False), 0 if out else _length(row.cuts, kept=True)
        )
        self.needed.append(needed)

    def __iadd__(self, other: Account) -> Account:
        self.rows += other.rows
        self.whole += other.whole
        self.left_out += other.left_out
        self.closing += other.closing
        self.answer += other.answer
        self.stop += other.stop
        self.prompt_cut += other.prompt_cut
        self.identical += other.identical
        self.trained += other.trained
        self.needed.extend(other.needed)
        return self

    def max_lengths(self) -> dict[int, int]:
        """The shortest `max_length` with which so many percent of rows stay whole."""
        ordered = sorted(self.needed)
        return {share: ordered[-(-len(ordered) * share // 100) - 1] for share in SHARES if ordered}

    def as_json(self) -> Mapping[str, Any]:
        """The facts as data."""
        return {
            "rows": self.rows,
            "whole": self.whole,
            "left_out": self.left_out,
            **{
                name: {"had": part.had, "lost": part.lost}
                for name, part in (
                    ("think_end", self.closing),
                    ("answer", self.answer),
                    ("end_of_turn", self.stop),
                )
            },
            "prompt_cut": self.prompt_cut,
            "pairs_made_identical": self.identical,
            "trained_tokens": {"all": self.trained.all, "kept": self.trained.kept},
            "max_length_for": {str(share): need for share, need in self.max_lengths().items()},
        }


def _length(cuts: tuple[Cut, ...], *, kept: bool) -> int:
    return sum(len(part) for cut in cuts for part in (cut.trained_kept if kept else cut.trained))
