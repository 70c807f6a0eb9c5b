"""Packs hold every sequence once, none is too long, and there are as few as promised."""

from __future__ import annotations

import tempfile
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.sequences.columns import Flat, packed, schema, singly
from curate.sequences.heap import Heap
from curate.sequences.packing import first_fit_decreasing

ROOM = 20
LENGTHS = st.lists(st.integers(1, ROOM), max_size=40).map(lambda told: np.array(told, np.int64))


def slowly(lengths: list[int], room: int) -> list[list[int]]:
    """First fit, longest first, as it is told in books."""
    packs: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        for pack in packs:
            if sum(lengths[other] for other in pack) + lengths[place] <= room:
                pack.append(place)
                break
        else:
            packs.append([place])
    return sorted(sorted(pack) for pack in packs)


def fewest(lengths: tuple[int, ...]) -> int:
    """The fewest packs there can be, by trying what goes with the longest."""
    if not lengths:
        return 0
    longest, rest = lengths[-1], lengths[:-1]
    best = 1 + fewest(rest)
    for many in range(1, len(rest) + 1):
        for chosen in combinations(range(len(rest)), many):
            if longest + sum(rest[n] for n in chosen) <= ROOM:
                left = tuple(one for n, one in enumerate(rest) if n not in chosen)
                best = min(best, 1 + fewest(left))
    return best


@given(LENGTHS)
def test_it_is_first_fit_decreasing(lengths: np.typing.NDArray[np.int64]) -> None:
    packs = first_fit_decreasing(lengths, ROOM)
    assert sorted(pack.tolist() for pack in packs) == slowly(lengths.tolist(), ROOM)
    assert [int(pack[0]) for pack in packs] == sorted(int(pack[0]) for pack in packs)
    assert sorted(place for pack in packs for place in pack.tolist()) == list(range(len(lengths)))
    assert all(lengths[pack].sum() <= ROOM for pack in packs)


@given(st.lists(st.integers(1, ROOM), max_size=7))
def test_it_takes_few_packs(lengths: list[int]) -> None:
    packs = first_fit_decreasing(np.array(lengths, np.int64), ROOM)
    assert len(packs) <= 11 / 9 * fewest(tuple(sorted(lengths))) + 6 / 9


@pytest.mark.parametrize(
    ("lengths", "told"),
    [
        ([], []),
        ([20, 20], [[0], [1]]),
        ([3, 17, 10, 10], [[0, 1], [2, 3]]),
        ([8, 7, 6, 5, 14], [[0, 1, 3], [2, 4]]),  # 14+6, 8+7+5
    ],
)
def test_by_hand(lengths: list[int], told: list[list[int]]) -> None:
    packs = first_fit_decreasing(np.array(lengths, np.int64), ROOM)
    assert [pack.tolist() for pack in packs] == told


def flat(lengths: list[int]) -> Flat:
    """Sequences whose tokens tell which one they are of."""
    ids = np.concatenate(
        [np.zeros(0, np.int32), *(np.full(n, 100 + at, np.int32) for at, n in enumerate(lengths))]
    )
    names = [f"{place:032x}" for place in range(len(lengths))]
    told = {"edited": [False] * len(lengths), "id": names, "source": ["s"] * len(lengths)}
    types = {"edited": pl.Boolean, "id": pl.String, "source": pl.String}
    of_rows = pl.DataFrame(told, types)
    return Flat(ids, np.where(ids % 2 == 0, ids, -100), np.array(lengths, np.int64), of_rows)


@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=4), max_size=6))
def test_positions_begin_again_with_every_sequence(packs: list[list[int]]) -> None:
    lengths = [length for pack in packs for length in pack]
    rows = packed(flat(lengths), [len(pack) for pack in packs])
    assert rows.schema == schema(packed=True)
    assert rows["seq_lengths"].to_list() == packs
    place = 0
    for row, pack in zip(rows.iter_rows(named=True), packs, strict=True):
        assert row["position_ids"] == [n for length in pack for n in range(length)]
        assert row["attention_mask"] == [1] * sum(pack)
        assert row["input_ids"] == [
            100 + place + n for n, length in enumerate(pack) for _ in range(length)
        ]
        assert row["labels"] == [i if i % 2 == 0 else -100 for i in row["input_ids"]]
        assert row["id"] == [f"{place + n:032x}" for n in range(len(pack))]
        place += len(pack)


@given(st.lists(st.integers(1, 9), max_size=6))
def test_a_sequence_alone_is_a_pack_of_one(lengths: list[int]) -> None:
    alone = singly(flat(lengths))
    assert alone.schema == schema(packed=False)
    of_one = packed(flat(lengths), [1] * len(lengths))
    assert of_one.explode("edited", "id", "source").equals(alone)


@given(
    lengths=st.lists(st.integers(1, ROOM), max_size=20),
    cuts=st.lists(st.integers(0, 20), max_size=3),
)
def test_packing_loses_nothing(lengths: list[int], cuts: list[int]) -> None:
    whole = flat(lengths)
    ends = np.cumsum(whole.lengths)
    places = sorted({0, len(lengths), *(cut for cut in cuts if cut < len(lengths))})
    with tempfile.TemporaryDirectory() as folder, Heap(Path(folder) / "heap") as heap:
        for start, stop in pairwise(places):
            first = int(ends[start - 1]) if start else 0
            part = slice(first, int(ends[stop - 1]))
            few = whole.of_rows[start:stop]
            heap.add(Flat(whole.ids[part], whole.labels[part], whole.lengths[start:stop], few))
        packs = first_fit_decreasing(heap.lengths(), ROOM)
        if not packs:
            return
        found = heap.read().take(np.concatenate(packs))
        rows = packed(found, [len(pack) for pack in packs])
    alone = {row["id"]: row for row in singly(whole).to_dicts()}
    for row in rows.to_dicts():
        assert sum(row["seq_lengths"]) <= ROOM
        at = 0
        for length, identity in zip(row["seq_lengths"], row["id"], strict=True):
            one = alone.pop(identity)
            for name in ("input_ids", "labels", "attention_mask", "position_ids"):
                assert row[name][at : at + length] == one[name]
            at += length
        assert at == len(row["input_ids"])
    assert not alone
