"""Tokens counted and looked up piece by piece, each distinct piece encoded once.

That the pieces give what the whole gives is proven three times: on nasty texts and on a few of the
data when a tokenizer is first used, and always on one text of `SAMPLED`. Where it fails, and where it is not
known how a tokenizer's texts may be cut, texts are encoded whole.
"""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.tokens.added import added_tokens
from curate.tokens.cuts import UncutError, cuts
from curate.tokens.engine import described, specials

if TYPE_CHECKING:
    from curate.tokens.memo import Counts, Memo, Told

T = TypeVar("T", bound="Told")

WORTH = 1 << 18
"""Bytes of texts from which the machine code is worth loading."""
SAMPLED = 512
"""One text of so many is encoded whole too."""
FIRST = 1 << 16
"""Bytes of the first texts that are encoded whole too."""

NASTY = (
    "", " ", "  ", "\n", "a", " a", "a ", "  a  b   c ", "a\n\n b\r\n\tc", "don't I'll we'RE 'tis ''s x'd7",
    "1 22 333 4444 5,000.50 1e-9 ½ ٣٤٥ 二十 Ⅷ", "x=y(z)+[w]*{v}//k\\n<|a|>", "!?...\n\n?!\n \n ;", "été naïve coöp",
    "中文字符，没有空格。 日本語 ไทย 한국어", "👍🏽 👨‍👩‍👧 e\u0301 \u200b\u200d\ufeff", "a\u00a0b\u2003 c\u3000 d\u0085e \u2028 f", "\x00\x01\x1f a\x7f",
    "▁a ▁▁ b▁c", "ſ'ſ K'K İi", "a" * 300, " " * 300 + "a", "=" * 200 + " =" * 9, "\\frac{1}{2}$x^{2}$", "ﬁ ﷺ ㎏ ①", "\tif x:\n\t\treturn 'y'\n",
    "x\u0338=\u0338 <\u0338/ s\u0323\u0307 ; ` K", "camelCase HTTPServer iOS17", "a \u00a0", "´ ¨ b", "/n//\n/\r\n a/b",
)  # fmt: skip
"""Texts on which cuts go wrong where they can."""


class Way(NamedTuple):
    """How texts of a tokenizer are encoded."""

    by_pieces: bool
    why: str = ""
    """Why not, as the end of a sentence."""


def count(texts: pl.Series, tokenizer: Path, *, special_tokens: bool = False) -> pl.Series:
    """The tokens of every text (UInt32; null where the text is).

    `tokenizer` is a `tokenizer.json`, or a folder that holds one. With `special_tokens` those count that
    the tokenizer puts around every text. Raises StepError where the file cannot be read.
    """
    counted = found(_counts(), texts.drop_nulls().rechunk(), tokenizer)
    if special_tokens:
        counted = counted + sum(map(len, specials(tokenizer)))
    return _spread(texts, counted)


def way(tokenizer: Path) -> Way:
    """How texts of a tokenizer are counted, as its file and nasty texts tell."""
    return _known(_counts(), tokenizer)[1]


def why_whole(tokenizer: Path) -> str:
    """Why texts of a tokenizer are encoded whole, as its file tells: the end of a sentence; empty where they are not."""
    told = described(tokenizer)
    try:
        cuts(told)
        added_tokens(told)
    except UncutError as error:
        return str(error)
    return ""


def _counts() -> type[Counts]:
    from curate.tokens.memo import Counts  # numba takes half a second

    return Counts


_MEMOS: dict[tuple[type[Memo[Any]], Path], tuple[Memo[Any] | None, Way]] = {}
_SEEN: Counter[tuple[type[Memo[Any]], Path]] = Counter()
"""Bytes of texts that were asked about."""
_MET: set[tuple[type[Memo[Any]], Path]] = set()
"""Those that have been proven on texts of the data."""


def found(kind: type[Memo[T]], texts: pl.Series, tokenizer: Path) -> T:
    """What is asked of texts, by pieces where that is proven and pays, else whole; none is null."""
    key = kind, tokenizer
    _SEEN[key] += int(texts.str.len_bytes().sum())
    if _SEEN[key] < WORTH and key not in _MEMOS:
        return kind.whole(texts, tokenizer)
    memo, _ = _known(kind, tokenizer)
    if memo is None:
        return kind.whole(texts, tokenizer)
    told = memo.find(texts)
    some = _sampled(texts, is_first=key not in _MET)
    _MET.add(key)
    if not len(some) or told.gather(some).equals(kind.whole(texts.gather(some), tokenizer)):
        return told
    # Not for good: what a call gives depends on its texts alone, whatever was asked before.
    warnings.warn(
        f"{tokenizer} {_OTHERWISE}; {len(texts):,} texts are encoded whole, which takes longer",
        stacklevel=3,
    )
    return kind.whole(texts, tokenizer)


_OTHERWISE = "cuts texts otherwise than its file says"


def _known(kind: type[Memo[T]], tokenizer: Path) -> tuple[Memo[T] | None, Way]:
    """The memo of a tokenizer if there can be one, proven on nasty texts when it is made; and why not."""
    key = kind, tokenizer
    if key not in _MEMOS:
        nasty = pl.Series([text * times for text in NASTY for times in (1, 3)])
        try:
            memo = kind(tokenizer)
        except UncutError as error:
            _MEMOS[key] = None, Way(by_pieces=False, why=str(error))
        else:
            is_proven = memo.find(nasty).equals(kind.whole(nasty, tokenizer))
            _MEMOS[key] = (memo, Way(True)) if is_proven else (None, Way(False, f"it {_OTHERWISE}"))
    return _MEMOS[key]


def _sampled(texts: pl.Series, *, is_first: bool) -> NDArray[np.int64]:
    """Which texts are encoded whole too.

    One of `SAMPLED`, by its size and some of its bytes; and where these texts are the first, several.
    """
    from curate.pieces import utf8

    data, bounds = utf8(texts)
    sizes = np.diff(bounds)
    mixed = sizes.astype(np.uint64)
    for part in range(1, 8 if data.size else 1):
        places = np.minimum(bounds[:-1] + sizes * part // 8, data.size - 1)
        mixed = mixed * _PRIME ^ data[places]
    mixed = (mixed ^ (mixed >> np.uint64(31))) * _GOLDEN
    mixed ^= mixed >> np.uint64(32)
    chosen = mixed % np.uint64(SAMPLED) == 0
    if is_first:
        chosen |= np.cumsum(sizes) <= FIRST
    return np.flatnonzero(chosen)


_PRIME, _GOLDEN = np.uint64(0x100000001B3), np.uint64(0x9E3779B97F4A7C15)


def _spread(texts: pl.Series, found: pl.Series) -> pl.Series:
    """What was found for texts that are there, in the places of all."""
    if len(found) == len(texts):
        return found.alias(texts.name)
    at = pl.Series(texts.is_not_null()).cast(pl.UInt32).cum_sum() - 1
    places = pl.select(pl.when(texts.is_not_null()).then(at)).to_series()
    return found.gather(places).alias(texts.name)
