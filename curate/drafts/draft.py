"""What a first recipe says, on its way to being written down."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from curate.recipe.writing import dump, escaped

WIDTH = 112
"""Columns of a comment."""


@dataclass(frozen=True)
class DraftSource:
    """One source: its fields as a recipe writes them, and what is to be said of it."""

    fields: Mapping[str, Any]
    remarks: tuple[str, ...] = ()
    """Of the source itself."""
    lost: tuple[str, ...] = ()
    """What could not be taken over."""


@dataclass(frozen=True)
class Draft:
    """A first recipe: `fields` are those of the recipe but for its sources and steps."""

    about: str
    """What it was made from, and what became of that."""
    fields: Mapping[str, Any]
    sources: Mapping[str, DraftSource]
    steps: tuple[Any, ...] = ()
    lost: tuple[str, ...] = field(default=())
    """What could not be taken over."""

    @property
    def all_lost(self) -> list[str]:
        """What could not be taken over, sources' losses with their names."""
        told = [f"{name}: {one}" for name, source in self.sources.items() for one in source.lost]
        return [*self.lost, *told]

    def as_text(self) -> str:
        """The recipe's file, with comments."""
        parts = [_comment(self.about)]
        if self.lost:
            parts.append(_comment("Not taken over:") + "".join(_point(one) for one in self.lost))
        parts += ["\n", dump(escaped(dict(self.fields))), "\nsources:\n"]
        for name, source in self.sources.items():
            comments = [_comment(one) for one in source.remarks]
            comments += [_comment(f"Not taken over: {one}") for one in source.lost]
            said = dump({name: escaped(dict(source.fields))})
            parts.append(textwrap.indent("".join(comments) + said, "  "))
        if self.steps:
            parts += ["\n", dump({"steps": list(self.steps)})]
        return "".join(parts)


def named(sources: Iterable[tuple[str, DraftSource]]) -> dict[str, DraftSource]:
    """Sources under names that a recipe may give, each another one."""
    found: dict[str, DraftSource] = {}
    for wished, source in sources:
        name = plain = slug(wished)
        while name in found:
            number = int(name.rpartition("-")[2]) + 1 if name != plain else 2
            name = f"{plain}-{number}"
        found[name] = source
    return found


def slug(text: str) -> str:
    """A text as a name: letters, digits and `.-_`, a letter or digit first."""
    kept = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")
    return kept[:90] or "data"


def _comment(text: str) -> str:
    return "".join(f"# {line}\n" for line in _lines(text, WIDTH))


def _point(text: str) -> str:
    lines = _lines(text, WIDTH - 2)
    return "".join(f"# {' ' if at else '-'} {line}\n" for at, line in enumerate(lines))


def _lines(text: str, width: int) -> list[str]:
    """The lines of a comment, without characters that might end it or have no place in YAML."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return textwrap.wrap(shown, width, break_long_words=False)
