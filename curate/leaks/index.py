"""Which n-grams tell which test item.

Under the rule `coverage` an n-gram tells nothing if most of its words are one character long (formulas,
counting), or if it stands in more than `COMMON` items (a template of the benchmark). An item without any
that tells is short: it is found only as it is, and only where it makes up half of a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.leaks.demand import Demand
from curate.leaks.items import Stock
from curate.leaks.kernels import (
    BATCH,
    BITS,
    BLOCK,
    PART,
    Desk,
    Marks,
    Reading,
    Table,
    mark,
    read_texts,
)
from curate.leaks.words import LAYOUT, Form, Word, fold, kinds, words
from curate.near.bits import SPAN
from curate.near.kernels import I64, U8, U64, Flags
from curate.near.normal_form import normal_bytes
from curate.near.words import BASE, word_hash

COMMON = 10
"""Items that may share an n-gram before it is a template's. Questions about one passage stay below it;
each of the templated tasks of BBH repeats its phrases in dozens."""

_MASK = (1 << 64) - 1
_ROUNDING = 1e-9


class Spelled(NamedTuple):
    """A test item spelled out."""

    text: str
    """Folded."""
    spans: tuple[Word, ...]
    words: tuple[str, ...]
    places: dict[tuple[str, ...], list[int]]
    """The n-grams that tell it, with the words where each begins."""
    heads: frozenset[str]
    """What these begin with."""


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

    @lru_cache(maxsize=512)  # noqa: B019 - an index lives as long as its process
    def spelled(self, item: int) -> Spelled:
        """An item word by word."""
        text = fold(self.items["text"][item])
        found = tuple(words(text, self.demand.form))
        own, size = tuple(word.text for word in found), self.demand.ngram
        places: dict[tuple[str, ...], list[int]] = {}
        for place in self._places_of(item):
            places.setdefault(own[place : place + size], []).append(place)
        return Spelled(text, found, own, places, frozenset(gram[0] for gram in places))

    @cached_property
    def _places(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        order = np.argsort(self.table.item, kind="stable")
        return self.table.item[order], self.table.place[order]

    def _places_of(self, item: int) -> list[int]:
        items, places = self._places
        # Numbers of another type would have all of the array converted.
        first, last = np.searchsorted(items, np.array((item, item + 1), items.dtype))
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
    return Reading(table, hashes, form == "spaces")


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
    telling = _covered(at, demand.ngram, item, items.height, hashes.size)
    short = np.flatnonzero(telling == 0)
    if demand.rule == "any":
        wholes, untold = _wholes(items["text"], hashes, ends, short[:0])[0], short.size
    else:
        wholes, untold = _wholes(items["text"], hashes, ends, short)
    table = Table(
        demand.ngram,
        _filter(_parts(hashes, at, demand.ngram)),
        _filter(grams),
        grams,
        _buckets(grams),
        np.append(first, at.size),
        item[at].astype(np.uint32),
        place[at].astype(np.uint32),
        ends,
        np.maximum(telling, 1),
        _needed(telling, demand),
        # Where every n-gram tells, nothing in common goes on behind the last of them.
        sizes if demand.rule == "coverage" else np.zeros_like(sizes),
        *wholes,
    )
    return Index(demand, items, table, untold)


def marks(table: Table) -> Marks:
    """Room for what a search sees, nothing seen so far."""
    return Marks(
        np.zeros(int(table.begin[-1]), np.uint32),
        np.zeros(table.grams.size, np.uint32),
        np.zeros(table.need.size, np.uint32),
        *(np.zeros(table.need.size, np.int64) for _ in range(3)),
    )


def desk(longest: int) -> Desk:
    """Room to work on texts of at most so many bytes."""
    room = longest + 8
    words = BATCH + room
    return Desk(
        starts=np.empty(BLOCK + 2 * SPAN, np.uint32),
        stops=np.empty(BLOCK + 2 * SPAN, np.uint32),
        hards=np.empty(2 * BLOCK + 4 * SPAN, np.int64),
        values=np.empty(BLOCK, np.uint64),
        known=np.empty(BLOCK + 1, np.int64),
        spelled=np.empty(room, np.uint8),
        words=np.empty(words, np.uint64),
        begins=np.empty(words, np.uint32),
        sizes=np.empty(words, np.uint32),
        ends=np.zeros(BATCH + 1, np.int64),
        few=np.empty(words, np.uint64),
        places=np.empty(words, np.int64),
    )


def bytes_of(texts: pl.Series) -> tuple[U8, I64, int]:
    """All texts in normal form as bytes, at least eight of them; where each starts; the longest's size."""
    data, bounds = normal_bytes(texts)
    longest = int(np.diff(bounds).max(initial=0))
    if data.size < 8:
        data = np.append(data, np.zeros(8, np.uint8))
    # Loops are compiled for one kind of array: some of these could be written to, and some not.
    data = data.view()
    data.setflags(write=False)
    return data, bounds.copy(), longest


def _power_of_two(least: int) -> int:
    return 1 << max(1, (least - 1).bit_length())


def _parts(hashes: U64, at: I64, ngram: int) -> U64:
    """The hashes of all parts of the n-grams that begin at these words."""
    size = min(PART, ngram)
    held = np.zeros(hashes.size, np.bool_)
    for offset in range(ngram - size + 1):
        held[at + offset] = True
    return np.unique(_ngrams(hashes, size)[held])


def _filter(grams: U64) -> U64:
    bits = np.zeros(_power_of_two(BITS * grams.size // 64), np.uint64)
    mark(grams, bits)
    return bits


def _buckets(grams: U64) -> NDArray[np.uint32]:
    """Where the n-grams begin that begin with the same bits, and where the last of them end."""
    count = _power_of_two(grams.size)
    starts = np.arange(count, dtype=np.uint64) << np.uint64(64 - count.bit_length() + 1)
    return np.append(np.searchsorted(grams, starts), grams.size).astype(np.uint32)


def _read(texts: pl.Series, form: Form) -> tuple[U64, Flags, I64]:
    """The hashes of all words, which are one character long, and where each text's words end."""
    data, bounds, longest = bytes_of(texts)
    room = int(bounds[-1] - bounds[0]) + len(texts) + 1
    hashes, begins = np.empty(room, np.uint64), np.empty(room, np.uint32)
    ends = np.zeros(len(texts) + 1, np.int64)
    read_texts(data, bounds, reading(form), desk(longest), hashes, begins, ends)
    hashes = hashes[: ends[-1]].copy()
    letters = sorted(set(data[bounds[0] : bounds[-1]].tobytes().decode().lower()))
    single = np.array([word_hash(letter.encode()) for letter in letters], np.uint64)
    return hashes, np.isin(hashes, single), ends


def _ngrams(hashes: U64, ngram: int) -> U64:
    """The hash of the n words from each one on; meaningless where fewer are left."""
    padded = np.append(hashes, np.zeros(ngram, np.uint64))
    grams = np.zeros(hashes.size, np.uint64)
    for offset in range(ngram):
        grams = grams * np.uint64(BASE) + padded[offset : offset + hashes.size]
    return grams


def _thin(tiny: Flags, ngram: int) -> Flags:
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
) -> tuple[tuple[U64, U64, U64, NDArray[np.uint32], I64, I64], int]:
    """Short items by size and hash of all their words, as a table has them; how many cannot be told apart."""
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
    distinct, first = np.unique(np.array(sizes, np.int64), return_index=True)
    firsts = np.append(first, len(sizes))
    hashed = np.array(values, np.uint64)
    starts = _filter(_ngrams(hashes, 2)[ends[:-1][np.array(items, np.int64)]])
    whole = hashed, starts, _filter(hashed), np.array(items, np.uint32), distinct, firsts
    return whole, untold
