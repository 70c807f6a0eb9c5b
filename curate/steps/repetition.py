"""Loops: texts that say the same over and over."""

from __future__ import annotations

import re
import zlib
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from curate.rows import Part, text
from curate.step import Filter

if TYPE_CHECKING:
    from zstandard import ZstdCompressor

U64 = NDArray[np.uint64]

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
        present = texts.fill_null("")
        rows = zip(present.to_list(), _spelled(present, 1), _spelled(present, _GRAM), strict=True)
        found = [self._reason(text, words, windows) for text, words, windows in rows]
        return pl.Series(texts.name, found, dtype=pl.String)

    def _reason(self, text: str, words: U64, windows: U64) -> str | None:
        if (lines := equal_lines(text)) > self.max_lines:
            return f"line {lines}"
        if (loop := closing_loop(words)) > self.max_loop:
            return f"suffix_loop {loop}"
        if (repeated := repeated_share(windows)) > self.max_repeated:
            return f"rep_20 {repeated:.2f}"
        if (compressed := compressed_share(text, self.min_compressed)) < self.min_compressed:
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


def _spelled(texts: pl.Series, words: int) -> list[U64]:
    """The hashes of every so many words in a row, for each text, in order."""
    from curate.near.kernels import spell
    from curate.near.normal_form import normal_form, utf8

    data, bounds = utf8(normal_form(texts))
    hashes = np.empty(int(bounds[-1] - bounds[0]) + len(texts) + 3, np.uint64)
    ends = np.zeros(len(texts) + 1, np.int64)
    spell(data, bounds, words, np.zeros(len(texts), np.uint64), hashes, ends)
    return [hashes[first:last] for first, last in pairwise(ends.tolist())]


def repeated_share(hashes: U64) -> float:
    """The share that occurred before; 0 where there is nothing."""
    ascending = np.sort(hashes)
    return np.count_nonzero(ascending[1:] == ascending[:-1]) / max(len(hashes), 1)


def compressed_share(text: str, bound: float) -> float:
    """Size after zlib (level 9) as a share of the size before; 1 where that is far above the bound.

    Texts under 512 bytes give 1 too. zstd is asked first, being faster: of 53,000 real answers, 1,656 of
    which zlib brings under 0.12, it leaves none of those above 0.23.
    """
    data = text.encode("utf-8")
    if len(data) < _MIN_BYTES or len(_compressor().compress(data)) > 2.5 * bound * len(data):
        return 1.0
    return len(zlib.compress(data, 9)) / len(data)


@cache
def _compressor() -> ZstdCompressor:
    from zstandard import ZstdCompressor

    return ZstdCompressor(level=1)


def closing_loop(words: U64) -> int:
    """How many words at the end are whole rounds of one loop; 0 for fewer than three rounds.

    A last word cut short does not hide a loop. The longest such stretch over all periods.
    """
    return max(_loop(words[-_TAIL:]), _loop(words[-_TAIL:-1]))


def _loop(words: U64) -> int:
    size = len(words)
    if size < 3:
        return 0
    # A round ends in the same two words as the text.
    ends = (words[1:-1] == words[-1]) & (words[:-2] == words[-2])
    longest = 0
    for period in (size - 2 - np.flatnonzero(ends)).tolist():
        if 3 * period > size or period > _PERIOD:
            continue
        # Where a word equals the one a period before it, back from the end.
        differ = np.flatnonzero(words[period:] != words[:-period])
        rounds = (size - (int(differ[-1]) + 1 if len(differ) else 0)) // period
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
