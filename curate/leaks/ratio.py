"""Whole texts that are nearly the same, character by character.

The ratio of two texts is twice the length of their longest common subsequence over the length of both:
one minus the normalised indel distance, as rapidfuzz's `ratio`. Case and spacing are of no account. The
subsequence comes bit-parallel, 64 characters at a time (Hyyrö 2004, "Bit-parallel LCS-length computation
revisited"); most pairs never get so far, because their lengths or their letters differ too much.
"""

# numba decides what type a value has in here; numpy's stubs know better than to say.
# pyright: reportArgumentType=false, reportReturnType=false

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.compiling import compiled
from curate.leaks.demand import Demand
from curate.leaks.items import Stock
from curate.near.kernels import F64, I64, U32, U64
from curate.near.normal_form import normal_form

I32 = NDArray[np.int32]

_ONE = np.uint64(1)
_FULL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_ROUNDING = 1e-9
_NO_LETTER = np.uint32(0xFFFF_FFFF)
BUCKETS = 64
"""Letters are counted in so many classes before two texts are compared."""


@dataclass(frozen=True, eq=False)
class Wholes:
    """Test items to be compared whole, numbered in ascending order of length."""

    items: pl.DataFrame
    """In the columns of `items.ITEMS`."""
    least: float
    letters: U32
    """Every code point in the items, ascending."""
    codes: U32
    bounds: I64


@lru_cache(maxsize=8)
def open_wholes(stock: Stock, demand: Demand) -> Wholes:
    """The items of a stock, made ready once a process."""
    return wholes(stock.read(), demand)


def wholes(items: pl.DataFrame, demand: Demand) -> Wholes:
    """Make items ready to be compared whole."""
    items = items.filter(~pl.col("test").is_in(list(demand.allowed)))
    items = items.with_columns(even(items["text"]))
    items = items.sort(pl.col("text").str.len_chars(), maintain_order=True)
    codes, bounds = _codes(items["text"])
    letters = np.unique(codes)
    return Wholes(items, demand.least, letters, _numbered(codes, letters), bounds)


def even(texts: pl.Series) -> pl.Series:
    """NFKC, lower case, single spaces; a null is empty."""
    folded = normal_form(texts).fill_null("").str.to_lowercase()
    return folded.str.replace_all(r"\s+", " ").str.strip_chars()


def nearest(texts: pl.Series, items: Wholes) -> tuple[I64, F64]:
    """For each text (`even`) the place of the item most like it, -1 where none is like enough; the ratio."""
    codes, bounds = _codes(texts)
    found, ratio = np.full(len(texts), -1, np.int64), np.zeros(len(texts))
    compare_all(
        _numbered(codes, items.letters),
        bounds,
        items.codes,
        items.bounds,
        items.letters.size,
        items.least,
        found,
        ratio,
    )
    return found, ratio


def _codes(texts: pl.Series) -> tuple[U32, I64]:
    whole = "".join(texts).encode("utf-32-le")
    return np.frombuffer(whole, np.uint32), np.append(
        0, np.cumsum(texts.str.len_chars(), dtype=np.int64)
    )


def _numbered(codes: U32, letters: U32) -> U32:
    """Code points by their places among the letters; one past the last for those not among them."""
    at = np.searchsorted(letters, codes)
    at[np.append(letters, _NO_LETTER)[at] != codes] = letters.size
    return at.astype(np.uint32)


@compiled
def compare_all(
    codes: U32,
    bounds: I64,
    item_codes: U32,
    item_bounds: I64,
    letters: int,
    least: float,
    found: I64,
    ratio: F64,
) -> None:
    """Find for each text the item most like it; of items alike the first."""
    counts = np.zeros((item_bounds.size - 1, BUCKETS), np.int32)
    for item in range(item_bounds.size - 1):
        _count(item_codes[item_bounds[item] : item_bounds[item + 1]], counts[item])
    own = np.zeros(BUCKETS, np.int32)
    sizes = np.diff(item_bounds)
    for row in range(bounds.size - 1):
        text = codes[bounds[row] : bounds[row + 1]]
        size = text.size
        # 2 * min(a, b) / (a + b) is the best that two lengths allow.
        shortest = int(np.ceil(size * least / (2 - least) - _ROUNDING))
        first = np.searchsorted(sizes, shortest)
        if not size or first == sizes.size or sizes[first] > size * (2 - least) / least + _ROUNDING:
            continue
        own[:] = 0
        _count(text, own)
        masks = np.zeros((letters + 1, (size + 63) // 64), np.uint64)
        for at in range(size):
            if text[at] < letters:
                masks[text[at], at // 64] |= _ONE << np.uint64(at % 64)
        for item in range(first, sizes.size):
            if sizes[item] > size * (2 - least) / least + _ROUNDING:
                break
            both = size + sizes[item]
            wanted = max(least, ratio[row]) * both / 2 - _ROUNDING
            if np.minimum(own, counts[item]).sum() < wanted:
                continue
            common = _common(masks, item_codes[item_bounds[item] : item_bounds[item + 1]], size)
            if common >= wanted and 2 * common / both > ratio[row]:
                found[row], ratio[row] = item, 2 * common / both


@compiled
def _count(text: U32, counts: I32) -> None:
    for code in text:
        counts[code % np.uint32(BUCKETS)] += 1


@compiled
def _common(masks: U64, item: U32, size: int) -> int:
    """The length of the longest common subsequence; `masks` says where each letter stands in the text."""
    rows = np.full(masks.shape[1], _FULL, np.uint64)
    for code in item:
        carry = np.uint64(0)
        for block in range(rows.size):
            row = rows[block]
            hit = row & masks[code, block]
            total = row + hit
            over = total < row
            total += carry
            over |= total < carry
            rows[block] = total | (row - hit)
            carry = np.uint64(over)
    common = 0
    for at in range(size):
        common += not (rows[at // 64] >> np.uint64(at % 64)) & _ONE
    return common
