"""What is wrong inside a file, told before its name and row are known."""

from __future__ import annotations

from pathlib import Path

from curate.errors import Place, Problem

FETCH_AGAIN = "Fetch or copy the file again."
LONGEST = 4000
"""Characters of the longest line that an error carries whole; lines of data can be gigabytes long."""
SHOWN = 60
"""Characters that it carries of a longer one."""


class Fault(Exception):  # noqa: N818 - not an error a user meets: `problem` makes the one they do
    """A reason why a file cannot be read on.

    `line` and `column` count from 1 within the part of the file that was being read, so `problem` is
    told how many lines stood before it. `text` is the line, however long, or the part of it that is
    known; `at` is where in it the fault is.
    """

    def __init__(
        self,
        what: str,
        *,
        line: int | None = None,
        column: int | None = None,
        text: str | None = None,
        at: int | None = None,
        hint: str | None = None,
        help: str | None = None,  # noqa: A002 - the name Problem gives it
        has_row: bool = True,
        is_cut: bool = False,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.line = line
        self.column = column
        self.text = text
        self.at = (column or 1) - 1 if at is None else at
        self.hint = hint
        self.help = help
        self.has_row = has_row
        """Whether the fault is in the row being read; if not, it is the file's."""
        self.is_cut = is_cut
        """Whether the file simply ends too early, so that the rows before are whole."""

    def problem(self, file: Path, *, row: int | None, lines_before: int = 0) -> Problem:
        """The fault as users meet it: with its file, its row and the line counted from the start."""
        what, text = self.what, self.text
        if text is not None and (len(text) > LONGEST or self.at + 1 != self.column):
            what, text = f"{what}, at `{_around(text, self.at)}`", None
        place = Place(
            file,
            line=None if self.line is None else self.line + lines_before,
            column=self.column,
            text=text,
            row=row if self.has_row else None,
        )
        hint = self.hint
        if self.is_cut and row is not None:
            hint = (
                "the row before it is whole"
                if row == 2
                else f"the {row - 1:,} rows before it are whole"
            )
        return Problem(what, place, hint, self.help)


def _around(text: str, at: int) -> str:
    start = max(0, at - SHOWN // 2)
    end = start + SHOWN
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
