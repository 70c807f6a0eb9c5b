"""Every error a user can meet.

CurateError
  RecipeError      the recipe cannot be read; holds every Problem found
  SourceError      a source cannot be read: missing, truncated, malformed
  ShapeError       a record does not have the shape it should
  StepError        a step cannot judge the rows it was given
  TemplateError    a chat template cannot be compiled or rendered
  ShortageError    the mix asks for more rows than are left
  OutputError      a finished folder cannot be written or read
  RemoteError      the Hub refuses something, or cannot be reached

Errors carry data; `curate.cli` turns them into text. Anything that is not a `CurateError` is a bug.
"""

from __future__ import annotations

import os.path
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """Where something stands: a file, and what is known of the position in it.

    `line` and `column` count from 1; `width` is how many characters the caret underlines;
    `text` is the whole line as written. `row` counts records of a data file from 1.
    """

    file: Path | str
    line: int | None = None
    column: int | None = None
    width: int = 1
    text: str | None = None
    row: int | None = None
    message: int | None = None

    def __str__(self) -> str:
        """In one line: `file:line:column`, or `file row 17 message 2`."""
        text = _shown(self.file)
        for number in (self.line, self.column):
            text += "" if number is None else f":{number}"
        text += "" if self.row is None else f" row {self.row:,}"
        return text + ("" if self.message is None else f" message {self.message}")


def _shown(file: Path | str) -> str:
    """A path as short as it can be written: from the working folder, or from the root."""
    if isinstance(file, str):
        return file
    try:
        relative = os.path.relpath(file)
    except OSError:  # the working folder is gone
        return str(file)
    return min(str(file), relative, key=len)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what, where, and what to do about it."""

    what: str
    place: Place | None = None
    hint: str | None = None
    """Shown beside the caret, such as `did you mean 'take'?`."""
    help: str | None = None
    """A whole sentence or command, shown on its own line."""


class CurateError(Exception):
    """Something the user can repair; holds the problems, all found at once.

    Notes say where each is and what to do about it, so that a traceback shows that too.
    """

    def __init__(self, *problems: Problem | str) -> None:
        self.problems: tuple[Problem, ...] = tuple(
            Problem(problem) if isinstance(problem, str) else problem for problem in problems
        )
        super().__init__(*self.problems)
        for problem in self.problems:
            if note := _note(problem, alone=len(self.problems) == 1):
                self.add_note(note)

    def __str__(self) -> str:
        return "; ".join(problem.what for problem in self.problems)


def _note(problem: Problem, *, alone: bool) -> str:
    """What the message leaves out of a problem; which one it is, unless it is `alone`."""
    told = [
        f"  --> {problem.place}" if problem.place else "",
        f"  {problem.hint}" if problem.hint else "",
        f"  help: {problem.help}" if problem.help else "",
    ]
    lines = [line for line in told if line]
    return "\n".join(lines if alone or not lines else [problem.what, *lines])


class RecipeError(CurateError):
    """The recipe cannot be read."""


class SourceError(CurateError):
    """A source cannot be read."""


class ShapeError(CurateError):
    """A record does not have the shape it should."""


class StepError(CurateError):
    """A step cannot judge the rows it was given."""


class TemplateError(CurateError):
    """A chat template cannot be compiled or rendered."""


class ShortageError(CurateError):
    """The mix asks for more rows than are left."""


class OutputError(CurateError):
    """A finished folder cannot be written or read."""


class RemoteError(CurateError):
    """The Hub refuses something, or cannot be reached."""
