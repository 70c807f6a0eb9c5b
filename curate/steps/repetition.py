"""Loops: texts that say the same over and over."""

from __future__ import annotations

import re
import zlib
from typing import ClassVar

import numpy as np
import polars as pl
from pydantic import Field

from curate.rows import Part, text
from curate.step import Filter

_GRAM = 20
"""Words of a window. Repeating so many in a row is copying, not style."""
_MIN_BYTES = 512
"""Shorter texts compress badly whatever they say."""
_TAIL = 4096
"""Words at the end of a text in which a closing loop is looked for."""
_PERIOD = 512
"""The longest round of a closing loop, in words."""
_TECHNICAL = re.compile(r"[\d=(){}\[\];|\\]|^\W+$")
"""Lines of numbers, code, tables and grids: there a few equal ones in a row are normal."""


class Repetition(Filter):
    """Drop rows whose text loops.

    Four rules; the first that is broken is the reason, with what was found: `rep_20` (share of
    20-word windows that occurred before), `zlib` (compressed to original size, of texts from 512
    bytes), `suffix_loop` (words in the loop a text ends with, at least three rounds), `line` (equal
    lines in a row; twice as many may be if they hold digits or code). The default thresholds are
    those at which a looping sentence is always found and under 0.5 % of GSM8K's rationales are.
    """

    name: ClassVar[str] = "repetition"

    of: tuple[Part, ...] = Field(
        default=("thinking", "answer", "chosen_thinking", "chosen_answer"),
        min_length=1,
        description="The parts judged, each by itself; those a row lacks pass.",
    )
    max_repeated: float = Field(
        default=0.20, ge=0, le=1, description="Largest share of repeated 20-word windows."
    )
    min_compressed: float = Field(
        default=0.12,
        ge=0,
        le=1,
        description="Smallest compressed size, as a share of the original.",
    )
    max_loop: int = Field(default=59, ge=1, description="Longest loop at the end, in words.")
    max_lines: int = Field(default=3, ge=1, description="Most equal lines in a row.")

    def measure(self) -> pl.Expr:
        """The first rule broken and by how much, as `thinking: rep_20 0.83`; null where none is."""
        return pl.coalesce(
            pl.lit(f"{part}: ")
            + text(part).map_batches(self._found, return_dtype=pl.String, is_elementwise=True)
            for part in self.of
        )

    def _found(self, texts: pl.Series) -> pl.Series:
        found = [None if words is None else self._reason(words) for words in texts.to_list()]
        return pl.Series(texts.name, found, dtype=pl.String)

    def _reason(self, words: str) -> str | None:
        if (lines := equal_lines(words)) > self.max_lines:
            return f"line {lines}"
        said = words.lower().split()
        if (loop := closing_loop(said)) > self.max_loop:
            return f"suffix_loop {loop}"
        if (repeated := repeated_windows(said)) > self.max_repeated:
            return f"rep_20 {repeated:.2f}"
        if (compressed := compressed_share(words)) < self.min_compressed:
            return f"zlib {compressed:.3f}"
        return None

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows in which no rule is broken."""
        return measured.is_null()

    def threshold(self) -> str:
        """The rules in words."""
        return (
            f"rep_20 at most {self.max_repeated:g}, zlib at least {self.min_compressed:g}, "
            f"suffix_loop at most {self.max_loop}, line at most {self.max_lines}"
        )


def repeated_windows(words: list[str]) -> float:
    """One less the share of distinct 20-word windows among all of them; 0 for shorter texts."""
    windows = len(words) - _GRAM + 1
    if windows < 2:
        return 0.0
    numbers: dict[str, int] = {}
    codes = np.array([numbers.setdefault(word, len(numbers)) for word in words], dtype=np.uint64)
    # Polynomial hashes of 2, 4, 8 and 16 words, then of 16 and 4: exact but for 64-bit collisions.
    hashes, width = {1: codes * _MIX + _MIX}, 1
    while width < 16:
        one = hashes[width]
        hashes[2 * width] = one[:-width] * _powers(width) + one[width:]
        width *= 2
    grams = hashes[16][:windows] * _powers(4) + hashes[4][16 : 16 + windows]
    return 1.0 - len(np.unique(grams)) / windows


_MIX = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio: an odd multiplier that spreads small numbers."""


def _powers(width: int) -> np.uint64:
    return np.uint64(pow(0xD6E8FEB86659FD93, width, 2**64))


def compressed_share(words: str) -> float:
    """Size after zlib (level 9) as a share of the size before; 1 for texts under 512 bytes."""
    data = words.encode("utf-8")
    return len(zlib.compress(data, 9)) / len(data) if len(data) >= _MIN_BYTES else 1.0


def closing_loop(words: list[str]) -> int:
    """How many words at the end are whole rounds of one loop; 0 for fewer than three rounds.

    A last word cut short does not hide a loop. The longest such stretch over all periods.
    """
    tail = words[-_TAIL:]
    return max(_loop(tail), _loop(tail[:-1]))


def _loop(words: list[str]) -> int:
    longest, size = 0, len(words)
    for period in range(1, min(_PERIOD, size // 3) + 1):
        if words[-1] != words[-1 - period]:
            continue
        round_ = words[-period:]
        rounds = 1
        while words[size - (rounds + 1) * period : size - rounds * period] == round_:
            rounds += 1
        if rounds >= 3:
            longest = max(longest, rounds * period)
    return longest


def equal_lines(words: str) -> int:
    """The longest run of equal lines, blank ones aside; lines with digits or code count half."""
    longest = run = 0
    last = None
    for line in filter(None, map(str.strip, words.split("\n"))):
        run = run + 1 if line == last else 1
        last = line
        if run > longest:
            longest = max(longest, run // 2 if _TECHNICAL.search(line) else run)
    return longest
