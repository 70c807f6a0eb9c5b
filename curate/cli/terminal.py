"""The terminal to draw on, with texts made fit for it."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

WIDTH = 100
"""Columns drawn on at most; also where nobody knows how wide the reader's page is."""

_SIGNS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"} | dict.fromkeys(
    range(127, 160), 65533
)
"""C0 controls become their Unicode pictures; DEL and C1 controls, which have none, U+FFFD."""


class Terminal(Console):
    """A terminal no wider than `WIDTH`, on which nothing is guessed about what the text means."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)
        told = self.is_terminal or os.environ.get("COLUMNS", "").isdecimal()
        self.width = min(self.width, WIDTH) if told else WIDTH

    def say(self, *parts: str | Text | tuple[str, str]) -> None:
        """Print a line that is left to the reader's terminal to wrap, such as one with a path."""
        self.print(Text.assemble(*parts), soft_wrap=True)

    def paragraph(self, text: str | Text, indent: str | Text = "", style: str = "") -> None:
        """Print a text wrapped within the terminal, `indent` before every line of it."""
        before = Text.assemble(indent)
        whole = Text(text, style) if isinstance(text, str) else text
        for line in whole.split("\n", allow_blank=True):
            for piece in line.wrap(self, self.width - before.cell_len) or [line]:
                piece.rstrip()
                self.print(before + piece, soft_wrap=True)

    def on_broken_pipe(self) -> None:
        """Go on in silence when the reader of a pipe has seen enough: the work is not done yet."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_json(facts: Any) -> None:
    """Print facts as JSON on stdout."""
    typer.echo(json.dumps(facts, indent=2, ensure_ascii=False, default=str))


def fitting(text: str, style: str = "") -> Text:
    """A cell that gives way, its end first, where a table is wider than the terminal."""
    return Text(text, style, no_wrap=True, overflow="ellipsis")


def harmless(text: str) -> str:
    """The text with a visible sign for every character that would command the terminal.

    A row may hold escape sequences; they are data. Its length in characters stays.
    """
    return text.translate(_SIGNS)


def shorten(text: str, width: int) -> str:
    """One line of at most `width` characters, cut in the middle where it is longer."""
    line = " ".join(harmless(text).split())
    if len(line) <= width:
        return line
    half = (width - 3) // 2
    return f"{line[:half]} … {line[-half:]}"


def duration(seconds: float) -> str:
    """A time as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def amount(size: int) -> str:
    """A number of bytes as people say it."""
    if size >= 1e9:
        return f"{size / 1e9:,.1f} GB"
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def plural(count: int, noun: str) -> str:
    """So many of something: `1 file`, `2 files`."""
    return f"{count:,} {noun}" + "s" * (count != 1)
