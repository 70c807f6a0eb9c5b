"""Loops: texts that say the same over and over."""

from __future__ import annotations

import re
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from curate.rows import Part, text
from curate.step import Filter

if TYPE_CHECKING:
    from zstandard import ZstdCompressor

_GRAM = 20
"""Words of a window. Repeating so many in a row is copying, not style."""
_MIN_BYTES = 512
"""Shorter texts compress badly whatever they say."""
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
        # numba takes half a second
        from curate.loops import closing_loops, line_runs, repeated_shares
        from curate.pieces import utf8

        reasons: list[str | None] = [None] * len(texts)
        if texts.null_count() < len(texts):
            present = texts.fill_null("")
            data, bounds = utf8(present)
            words = _spelled(present)
            runs, loops = line_runs(data, bounds), closing_loops(*words)
            shares = repeated_shares(*words, _GRAM)
            suspect = (runs > self.max_lines) | (loops > self.max_loop)
            suspect |= (shares > self.max_repeated) | (np.diff(bounds) >= _MIN_BYTES)
            held = memoryview(cast("Any", data))
            for row in np.flatnonzero(suspect).tolist():
                text = held[bounds[row] : bounds[row + 1]]
                reasons[row] = self._reason(text, int(runs[row]), int(loops[row]), shares[row])
        return pl.Series(texts.name, reasons, dtype=pl.String)

    def _reason(self, text: memoryview, run: int, loop: int, repeated: float) -> str | None:
        # A run counts half in some lines, never more than it is long.
        if run > self.max_lines and (lines := equal_lines(str(text, "utf-8"))) > self.max_lines:
            return f"line {lines}"
        if loop > self.max_loop:
            return f"suffix_loop {loop}"
        if repeated > self.max_repeated:
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


def _spelled(texts: pl.Series) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The hashes of all words, text by text, and where each text's end."""
    from curate.near.kernels import spell
    from curate.near.normal_form import normal_bytes

    data, bounds = normal_bytes(texts)
    hashes = np.empty(int(bounds[-1] - bounds[0]) + len(texts) + 3, np.uint64)
    ends = np.zeros(len(texts) + 1, np.int64)
    spell(data, bounds, 1, np.zeros(len(texts), np.uint64), hashes, ends)
    return hashes, ends


def compressed_share(text: bytes | memoryview, bound: float) -> float:
    """Size after zlib (level 9) as a share of the size before; 1 where that is far above the bound.

    Texts under 512 bytes give 1 too. zstd is asked first, being faster: of 53,000 real answers, 1,656 of
    which zlib brings under 0.12, it leaves none of those above 0.23.
    """
    if len(text) < _MIN_BYTES or len(_compressor().compress(text)) > 2.5 * bound * len(text):
        return 1.0
    return len(zlib.compress(text, 9)) / len(text)


@cache
def _compressor() -> ZstdCompressor:
    from zstandard import ZstdCompressor

    return ZstdCompressor(level=1)


def equal_lines(words: str) -> int:
    """The longest run of equal lines, blank ones aside; lines with digits or code count half."""
    lines = [line for line in map(str.strip, words.split("\n")) if line]
    if len(set(lines)) == len(lines):
        return min(len(lines), 1)
    longest = run = 0
    last = None
    for line in lines:
        run = run + 1 if line == last else 1
        last = line
        if run > longest:
            longest = max(longest, run // 2 if _TECHNICAL.search(line) else run)
    return longest
