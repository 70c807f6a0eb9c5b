"""Places of bits, told by either way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.compiling import compiled
from curate.near import bits


@compiled
def _listed(value: np.uint64, first: np.uint32, places: Any, at: np.uint64) -> np.uint64:
    return bits.list_places(value, first, places, at)


@compiled
def _compressed(value: np.uint64, first: np.uint32, places: Any, at: np.uint64) -> np.uint64:
    return bits.compress_places(value, first, places, at)


@pytest.mark.parametrize("write", [_listed, *[_compressed] * bits.CAN_SAY])
@given(st.sets(st.integers(0, 63)), st.integers(0, 2**31), st.integers(0, 9))
def test_places_are_those_of_the_bits(
    write: Callable[..., int], chosen: set[int], first: int, at: int
) -> None:
    places = np.full(80, 7, np.uint32)
    value = np.uint64(sum(1 << place for place in chosen))
    count = write(value, np.uint32(first), places, np.uint64(at))
    assert count == len(chosen)
    assert places[at : at + count].tolist() == [first + place for place in sorted(chosen)]
    assert places[:at].tolist() == [7] * at
    assert (places[at + 64 :] == 7).all()
