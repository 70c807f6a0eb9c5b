"""Problems in plain text: what is wrong, where, and what to do next.

error: 'candidate' is not a field of source
  --> recipes/stage-1.yaml:11:5
      |
   11 |     candidate: 2x
      |     ^^^^^^^^^ did you mean 'candidates'?
"""

from __future__ import annotations

import unicodedata

from curate.errors import CurateError, Place, Problem, RecipeError

WIDEST = 120
"""Columns of a source line that are shown; of a longer one, the part around the caret."""


def describe_all(error: CurateError) -> str:
    """All problems of an error, a blank line between them; the last line counts them."""
    parts = [describe(problem) for problem in error.problems]
    if len(parts) > 1:
        untouched = "; nothing was downloaded or written" if isinstance(error, RecipeError) else ""
        parts.append(f"{len(parts)} problems{untouched}")
    return "\n\n".join(parts)


def describe(problem: Problem) -> str:
    """One problem, without a line break at the end."""
    lines = [f"error: {problem.what}".replace("\n", "\n  ")]
    drawn: list[str] = []
    if problem.place is not None:
        lines.append(f"  --> {problem.place}")
        drawn = _excerpt(problem.place, problem.hint)
    lines += drawn
    if problem.hint and not drawn:
        lines.append(f"  {problem.hint}")
    if problem.help:
        lines.append(f"  help: {problem.help}")
    return "\n".join(lines)


def _excerpt(place: Place, hint: str | None) -> list[str]:
    """The line a place is on, and a caret under the place."""
    if place.line is None or place.column is None or place.text is None:
        return []
    text = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in place.text)
    start = place.column - 1
    first = max(0, start - WIDEST // 2) if len(text) > WIDEST else 0
    shown = text[first : first + WIDEST].rstrip()
    before, after = "…" * (first > 0), "…" * (first + WIDEST < len(text))
    width = min(place.width, max(1, len(shown) + first - start))
    indent = " " * (len(before) + _columns(text[first:start]))
    caret = "^" * max(1, _columns(text[start : start + width]))
    gutter = f"{place.line:>5}"
    empty = " " * len(gutter)
    return [
        f"{empty} |",
        f"{gutter} | {before}{shown}{after}",
        f"{empty} | {indent}{caret}" + (f" {hint}" if hint else ""),
    ]


def _columns(text: str) -> int:
    """How many columns of a terminal a text fills."""
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )
