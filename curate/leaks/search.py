"""Who is hit, by which test item, with the words that prove it.

The compiled search goes by hashes. Whatever it finds is looked at again word by word, so that no text is
called a leak because two hashes happened to be equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from curate.leaks.demand import Demand
from curate.leaks.index import Index, Spelled, bytes_of, desk, marks, open_index
from curate.leaks.items import Stock
from curate.leaks.kernels import search
from curate.leaks.ratio import Wholes, even, nearest, open_wholes
from curate.leaks.words import Word, fold, words
from curate.near.normal_form import stretches

QUOTED = 120
"""Characters of a matched span that are told."""


@dataclass(frozen=True)
class Hit:
    """A test item found in a text: how much of it, and the longest span the two have in common."""

    test: str
    share: float
    here: str
    there: str


def leaks(texts: pl.Series, stock: Stock, demand: Demand) -> list[Hit | None]:
    """For each text the test item of the stock that it holds, if it holds one."""
    if demand.rule == "ratio":
        return find_alike(texts, open_wholes(stock, demand))
    return find(texts, open_index(stock, demand))


def find_alike(texts: pl.Series, items: Wholes) -> list[Hit | None]:
    """For each text the test item it is most like, if that is enough to count."""
    told = even(texts)
    places, ratios = nearest(told, items)
    hits: list[Hit | None] = [None] * len(texts)
    for row in np.flatnonzero(places >= 0).tolist():
        test, text = items.items.row(int(places[row]))
        hits[row] = Hit(test, float(ratios[row]), _shortened(told[row]), _shortened(text))
    return hits


def find(texts: pl.Series, index: Index) -> list[Hit | None]:
    """For each text the test item most of which stands in it, if that is enough to count."""
    hits: list[Hit | None] = [None] * len(texts)
    seen, room, table = marks(index.table), desk(0), index.table
    for some in stretches(texts):
        data, bounds, longest = bytes_of(texts[some])
        if longest > room.spelled.size:
            room = desk(longest)
        found = np.full(bounds.size - 1, -1, np.int64)
        spans = np.column_stack([bounds[:-1], bounds[1:]])
        search(data, bounds, index.reading, table, room, seen, some.start, found, spans)
        for at in np.flatnonzero(found >= 0).tolist():
            # No word elsewhere counts, and a long text takes long to spell.
            begin, end = spans[at].tolist()
            text = fold(data[begin:end].tobytes().decode())
            hit = judge(text, words(text, index.demand.form), index, int(found[at]))
            if hit is None:
                text = fold(texts[some.start + at])
                hit = first(text, words(text, index.demand.form), index)
            hits[some.start + at] = hit
    return hits


def first(text: str, spelled: Sequence[Word], index: Index) -> Hit | None:
    """The first of the most covered items, found without hashes: slow, and never wrong."""
    hits = (judge(text, spelled, index, item) for item in range(index.items.height))
    return max(filter(None, hits), key=lambda hit: hit.share, default=None)


def judge(text: str, spelled: Sequence[Word], index: Index, item: int) -> Hit | None:
    """The hit of one item in a text, whose words are `spelled`; None where too little of it is there."""
    theirs = index.spelled(item)
    ours = [word.text for word in spelled]
    if not theirs.places:
        return _whole(text, spelled, ours, index, item)
    size = index.demand.ngram
    where = _where(ours, theirs, size)
    shared = {place for gram in where for place in theirs.places[gram]}
    covered = {word for place in shared for word in range(place, place + size)}
    if len(covered) < index.table.need[item]:
        return None
    length = here = there = 0
    for place in sorted(shared):
        for at in where[theirs.words[place : place + size]]:
            if at and place - 1 in shared and ours[at - 1] == theirs.words[place - 1]:
                continue  # in the middle of a run
            run = _run(ours, at, theirs.words, place)
            if run > length:
                length, here, there = run, at, place
    return _hit(text, spelled, index, item, len(covered), (here, there, length))


def _where(ours: Sequence[str], theirs: Spelled, size: int) -> dict[tuple[str, ...], list[int]]:
    """Where the n-grams stand that tell an item."""
    found: dict[tuple[str, ...], list[int]] = {}
    for at, word in enumerate(ours):
        if word in theirs.heads and (gram := tuple(ours[at : at + size])) in theirs.places:
            found.setdefault(gram, []).append(at)
    return found


def _whole(
    text: str, spelled: Sequence[Word], ours: list[str], index: Index, item: int
) -> Hit | None:
    theirs = index.spelled(item).words
    size = len(theirs)
    if not size or 2 * size < len(ours) or item not in index.table.whole_item:
        return None
    for at in range(len(ours) - size + 1):
        if tuple(ours[at : at + size]) == theirs:
            return _hit(text, spelled, index, item, int(index.table.telling[item]), (at, 0, size))
    return None


def _run(ours: Sequence[str], at: int, theirs: Sequence[str], place: int) -> int:
    """How many words are the same from here on."""
    length = 0
    while (
        at + length < len(ours)
        and place + length < len(theirs)
        and ours[at + length] == theirs[place + length]
    ):
        length += 1
    return length


def _hit(
    text: str,
    spelled: Sequence[Word],
    index: Index,
    item: int,
    covered: int,
    span: tuple[int, int, int],
) -> Hit:
    here, there, length = span
    theirs = index.spelled(item)
    share = covered / int(index.table.telling[item])
    return Hit(
        index.items["test"][item],
        share,
        _quote(text, spelled[here : here + length]),
        _quote(theirs.text, theirs.spans[there : there + length]),
    )


def _quote(text: str, span: Sequence[Word]) -> str:
    """The text from the first to the last of the words, its middle left out where it is long."""
    return _shortened(" ".join(text[span[0].start : span[-1].end].split()))


def _shortened(quoted: str) -> str:
    if len(quoted) <= QUOTED:
        return quoted
    half = QUOTED // 2
    return f"{quoted[:half]} … {quoted[-half:]}"
