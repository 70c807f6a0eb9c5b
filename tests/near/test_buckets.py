"""Where hashes stand first."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curate.near.buckets import first_places

HASHES = st.integers(0, 3) | st.sampled_from([2**63, 2**63 + 1, 2**64 - 1, 2**64 - 2])


@given(st.lists(HASHES, max_size=40))
def test_first_places_are_those_of_a_dictionary(values: list[int]) -> None:
    seen: dict[int, int] = {}
    expected = [seen.setdefault(value, at) for at, value in enumerate(values)]
    assert first_places(np.array(values, np.uint64)).tolist() == expected
