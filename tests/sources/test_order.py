"""The order in which row groups are asked for: uniform, and spread over the files."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.sources.hub.order import seeded_order

SEEDS = 200


def parts(sizes: list[int]) -> list[tuple[str, int]]:
    return [
        (f"data/{file}.parquet", group) for file, size in enumerate(sizes) for group in range(size)
    ]


@pytest.mark.parametrize(
    ("sizes", "drawn"),
    [([10] * 120, 30), ([1] * 120, 24), ([1200], 60), ([5, 10, 20, 40], 15)],
    ids=["120 files of 10", "120 files of 1", "one file", "uneven files"],
)
def test_all_parts_are_equally_likely(sizes: list[int], drawn: int) -> None:
    split = parts(sizes)
    seen = Counter(at for seed in range(SEEDS) for at in seeded_order(split, seed)[:drawn])
    expected = SEEDS * drawn / len(split)
    statistic = sum((seen[at] - expected) ** 2 / expected for at in range(len(split)))
    freedom = len(split) - 1
    # Wilson and Hilferty's cube root is normal; drawing evenly over files only makes it smaller.
    cube = (statistic / freedom) ** (1 / 3)
    assert (cube - (1 - 2 / (9 * freedom))) / (2 / (9 * freedom)) ** 0.5 < 3


def test_few_of_many_come_from_many_files() -> None:
    split = parts([10] * 120)
    for seed in range(20):
        first = Counter(split[at][0] for at in seeded_order(split, seed)[:240])
        assert len(first) == 120
        assert max(first.values()) <= 4


@given(st.lists(st.integers(1, 12), min_size=1, max_size=9), st.integers(0, 2**64 - 1))
def test_every_part_comes_once(sizes: list[int], seed: int) -> None:
    order = seeded_order(parts(sizes), seed)
    assert sorted(order) == list(range(sum(sizes)))
    assert order == seeded_order(parts(sizes), seed)
