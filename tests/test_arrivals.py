"""The order of rows that arrive in pieces: what is drawn does not depend on what is still to come."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curate.arrivals import bound, places, rows_for
from curate.fingerprint import ranks

PIECES = st.lists(st.integers(1, 50), min_size=1, max_size=12)


def hashes(seed: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array(ranks(seed, map(str, range(count))), np.uint64)


@given(st.integers(1, 2**40), st.integers(0, 2**64 - 1))
def test_no_row_comes_before_its_piece(arrived: int, hashed: int) -> None:
    (place,) = places(np.array([hashed], np.uint64), arrived).tolist()
    assert place >= bound(arrived) > bound(arrived - 1)


@given(PIECES, st.integers(0, 99))
def test_rows_before_a_bound_are_the_first_of_all(sizes: list[int], seed: int) -> None:
    """Whatever arrives later stands behind them."""
    arrived = np.cumsum(sizes).tolist()
    rows = np.split(hashes(seed, sum(sizes)), arrived[:-1])
    placed = [places(some, at) for some, at in zip(rows, arrived, strict=True)]
    everything = np.sort(np.concatenate(placed))
    for number in range(1, len(sizes)):
        here = np.sort(np.concatenate(placed[:number]))
        known = here[here < bound(arrived[number])]
        assert known.tolist() == everything[: len(known)].tolist()


def test_two_thirds_of_what_arrived_stand_before_the_bound() -> None:
    for size, wanted in ((1, 2_000), (20, 100), (20, 10_000), (1_000, 20_000)):
        enough = 0
        for seed in range(12):
            pieces = -(-rows_for(wanted) // size)
            arrived = np.repeat(np.arange(1, pieces + 1) * size, size)
            rows = hashes(seed, pieces * size)
            placed = np.concatenate(
                [places(rows[arrived == at], int(at)) for at in np.unique(arrived)]
            )
            before = int((placed < bound((pieces + 1) * size)).sum())
            enough += before >= wanted
            assert before < 1.4 * wanted
        assert enough >= 11, (size, wanted)
    assert rows_for(20_000) < 1.52 * 20_000
