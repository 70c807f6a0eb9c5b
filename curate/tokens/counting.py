"""Tokens counted piece by piece, each distinct piece once."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import polars as pl
import xxhash

from curate.tokens.cuts import cuts
from curate.tokens.engine import described, encoded
from curate.tokens.memo import Memo

_WORTH = 1 << 18
"""Bytes of texts from which the machine code is worth loading."""
_SAMPLED = 512
"""One text of so many is counted both ways, to prove the cuts on the data at hand."""

NASTY = (
    "", " ", "  ", "\n", "a", " a", "a ", "  a  b   c ", "a\n\n b\r\n\tc", "don't I'll we'RE 'tis ''s x'd7",
    "1 22 333 4444 5,000.50 1e-9 ½ ٣٤٥ 二十 Ⅷ", "x=y(z)+[w]*{v}//k\\n<|a|>", "!?...\n\n?!\n \n ;", "été naïve coöp",
    "中文字符，没有空格。 日本語 ไทย 한국어", "👍🏽 👨‍👩‍👧 e\u0301 \u200b\u200d\ufeff", "a\u00a0b\u2003 c\u3000 d\u0085e \u2028 f", "\x00\x01\x1f a\x7f",
    "▁a ▁▁ b▁c", "ſ'ſ K'K İi", "a" * 300, " " * 300 + "a", "=" * 200 + " =" * 9, "\\frac{1}{2}$x^{2}$", "ﬁ ﷺ ㎏ ①", "\tif x:\n\t\treturn 'y'\n",
)  # fmt: skip
"""Texts on which cuts go wrong where they can."""


def count(texts: pl.Series, tokenizer: Path) -> pl.Series:
    """The tokens of every text (UInt32; null where the text is), special tokens not added.

    `tokenizer` is a `tokenizer.json`, or a folder that holds one. The counts are those of `tokenizers`:
    texts are cut where that is known to change nothing, and every distinct piece is encoded once. That is
    proven on nasty texts when a tokenizer is first used, and on one of 512 texts always; a tokenizer that fails is
    used without cutting, with a warning. Raises StepError where the file cannot be read.
    """
    present = texts.drop_nulls().rechunk()
    if int(present.str.len_bytes().sum()) < _WORTH or not (memo := _proven(tokenizer)):
        found = count_plainly(present, tokenizer)
    else:
        found = memo.count(present)
        some = np.flatnonzero([_is_sampled(text) for text in present])
        if not found.gather(some).equals(count_plainly(present.gather(some), tokenizer)):
            _disprove(tokenizer)
            found = count_plainly(present, tokenizer)
    if len(present) == len(texts):
        return found.alias(texts.name)
    spread = pl.Series(texts.name, [None] * len(texts), dtype=pl.UInt32)
    return spread.scatter(texts.is_not_null().arg_true(), found)


def count_plainly(texts: pl.Series, tokenizer: Path) -> pl.Series:
    """The same counts, by encoding every text whole; `texts` holds no null."""
    return pl.Series(encoded(texts.to_list(), tokenizer), dtype=pl.UInt32)


def _is_sampled(text: str) -> bool:
    return xxhash.xxh3_64_intdigest(text.encode()) % _SAMPLED == 0


_MEMOS: dict[Path, Memo | None] = {}


def _proven(tokenizer: Path) -> Memo | None:
    if tokenizer not in _MEMOS:
        known = cuts(described(tokenizer))
        memo = known and Memo(tokenizer, known)
        nasty = pl.Series([text * times for text in NASTY for times in (1, 3)])
        if memo and not memo.count(nasty).equals(count_plainly(nasty, tokenizer)):
            _disprove(tokenizer)
        else:
            _MEMOS[tokenizer] = memo
    return _MEMOS[tokenizer]


def _disprove(tokenizer: Path) -> None:
    _MEMOS[tokenizer] = None
    warnings.warn(
        f"{tokenizer} is not what its file says; its tokens are counted slowly", stacklevel=3
    )
