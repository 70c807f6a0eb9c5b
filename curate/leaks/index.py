"""Which n-grams tell which test item.

Under the rule `coverage` an n-gram tells nothing if most of its words are one character long (formulas,
counting), or if it stands in more than `COMMON` items (a template of the benchmark). An item without any
that tells is short: it is found only as it is, and only where it makes up half of a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.leaks.demand import Demand
from curate.leaks.items import Stock
from curate.leaks.kernels import BITS, Reading, Table, mark, read_texts
from curate.leaks.words import LAYOUT, LETTER, Form, fold, kinds, word_hash, words
from curate.near.kernels import I64, U8, U64, Flags
from curate.near.normal_form import normal_bytes
from curate.near.words import BASE

COMMON = 10
"""Items that may share an n-gram before it is a template's. Questions about one passage stay below it;
each of the templated tasks of BBH repeats its phrases in dozens."""

_MASK = (1 << 64) - 1
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Index:
    """Test items made ready to be looked for."""

    demand: Demand
    items: pl.DataFrame
    """In the columns of `items.ITEMS`; their numbers are their places."""
    table: Table
    untold: int
    """Items that are not looked for: too short to share an n-gram, or of the same words as another."""

    @cached_property
    def reading(self) -> Reading:
        """How words are read."""
        return reading(self.demand.form)

    @lru_cache(maxsize=4096)  # noqa: B019 - an index lives as long as its process
    def words(self, item: int) -> tuple[str, ...]:
        """An item's words."""
        return tuple(w.text for w in words(fold(self.items["text"][item]), self.demand.form))

    @cached_property
    def _places(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        order = np.argsort(self.table.item, kind="stable")
        return self.table.item[order], self.table.place[order]

    def places(self, item: int) -> list[int]:
        """Where in an item the n-grams that tell it begin."""
        items, places = self._places
        first, last = np.searchsorted(items, (item, item + 1))
        return sorted(places[first:last].tolist())


@lru_cache(maxsize=8)
def open_index(stock: Stock, demand: Demand) -> Index:
    """The index over a stock of items, made once a process."""
    return build(stock.read(), demand)


def reading(form: Form) -> Reading:
    """How words are read in a normal form."""
    layout = LAYOUT if form == "plain" else ()
    hashes = np.array(sorted(word_hash(name.encode()) for name in layout), np.uint64)
    table = kinds(form)
    letters = np.zeros(256, np.uint64)
    for code in np.flatnonzero(table[:128] == LETTER).tolist():
        letters[code] = ord(chr(code).lower()) + 1
    return Reading(table, letters, hashes)


def build(items: pl.DataFrame, demand: Demand) -> Index:
    """Index items under a demand."""
    items = items.filter(~pl.col("test").is_in(list(demand.allowed)))
    hashes, tiny, ends = _read(items["text"], demand.form)
    sizes = np.diff(ends)
    item = np.repeat(np.arange(items.height), sizes)
    place = np.arange(hashes.size) - np.repeat(ends[:-1], sizes)
    here = place + demand.ngram <= sizes[item]
    gram = _ngrams(hashes, demand.ngram)
    if demand.rule == "coverage":
        here &= ~_thin(tiny, demand.ngram)
        here[here] = ~_common(gram[here], item[here])
    at = np.flatnonzero(here)
    at = at[np.lexsort((at, gram[at]))]
    grams, first = np.unique(gram[at], return_index=True)
    bits = np.zeros(1 << (BITS - 6), np.uint64)
    mark(grams, bits)
    telling = _covered(at, demand.ngram, item, items.height, hashes.size)
    short = np.flatnonzero(telling == 0)
    if demand.rule == "any":
        wholes, untold = _wholes(items["text"], hashes, ends, short[:0])[0], short.size
    else:
        wholes, untold = _wholes(items["text"], hashes, ends, short)
    table = Table(
        demand.ngram,
        bits,
        grams,
        np.append(first, at.size),
        item[at].astype(np.uint32),
        place[at].astype(np.uint32),
        ends,
        np.maximum(telling, 1),
        _needed(telling, demand),
        *wholes,
    )
    return Index(demand, items, table, untold)


def _read(texts: pl.Series, form: Form) -> tuple[U64, U8, I64]:
    """The hashes of all words, which are one character long, and where each text's words end."""
    data, bounds = normal_bytes(texts)
    room = int(bounds[-1] - bounds[0]) + len(texts) + 1
    hashes, tiny = np.empty(room, np.uint64), np.empty(room, np.uint8)
    ends = np.zeros(len(texts) + 1, np.int64)
    read_texts(data, bounds, reading(form), hashes, tiny, ends)
    return hashes[: ends[-1]].copy(), tiny[: ends[-1]].copy(), ends


def _ngrams(hashes: U64, ngram: int) -> U64:
    """The hash of the n words from each one on; meaningless where fewer are left."""
    padded = np.append(hashes, np.zeros(ngram, np.uint64))
    grams = np.zeros(hashes.size, np.uint64)
    for offset in range(ngram):
        grams = grams * np.uint64(BASE) + padded[offset : offset + hashes.size]
    return grams


def _thin(tiny: U8, ngram: int) -> Flags:
    """Which n-grams consist of words of one character for more than a half."""
    total = np.concatenate([[0], np.cumsum(tiny, dtype=np.int64), np.full(ngram, tiny.sum())])
    return 2 * (total[ngram:][: tiny.size] - total[: tiny.size]) > ngram


def _common(gram: U64, item: I64) -> Flags:
    """Which n-grams stand in more than `COMMON` items."""
    order = np.lexsort((item, gram))
    new = np.ones(gram.size, np.bool_)
    new[1:] = (np.diff(gram[order]) != 0) | (np.diff(item[order]) != 0)
    _, which = np.unique(gram, return_inverse=True)
    holders = np.bincount(which[order][new])
    return holders[which] > COMMON if gram.size else np.zeros(0, np.bool_)


def _covered(at: I64, ngram: int, item: I64, count: int, size: int) -> I64:
    """How many words of each item its n-grams cover."""
    edges = np.zeros(size + 1, np.int64)
    np.add.at(edges, at, 1)
    np.subtract.at(edges, at + ngram, 1)
    return np.bincount(item[np.cumsum(edges)[:-1] > 0], minlength=count)


def _needed(telling: I64, demand: Demand) -> I64:
    if demand.rule == "any":
        return np.ones_like(telling)
    part = np.ceil(demand.least * telling - _ROUNDING).astype(np.int64)
    return np.where(telling < 2 * demand.ngram, telling, np.maximum(part, 1))


def _wholes(
    texts: pl.Series, hashes: U64, ends: I64, short: I64
) -> tuple[tuple[U64, I64, NDArray[np.uint32]], int]:
    """Short items by size and hash of all their words, and how many of them cannot be told apart."""
    alike: dict[tuple[int, int], list[int]] = {}
    for number in short.tolist():
        value = 0
        for word in hashes[ends[number] : ends[number + 1]].tolist():
            value = (value * BASE + word) & _MASK
        alike.setdefault((int(ends[number + 1] - ends[number]), value), []).append(number)
    found: list[tuple[int, int, int]] = []
    for (size, value), numbers in sorted(alike.items()):
        if size and len({" ".join(fold(texts[number]).split()) for number in numbers}) == 1:
            found.append((size, value, numbers[0]))
    told = {(size, value) for size, value, _ in found}
    untold = sum(len(numbers) for key, numbers in alike.items() if key not in told)
    sizes, values, items = zip(*found, strict=True) if found else ((), (), ())
    whole = np.array(values, np.uint64), np.array(sizes, np.int64), np.array(items, np.uint32)
    return whole, untold
