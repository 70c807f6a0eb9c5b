"""A few texts of every group, against choosing them by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.near import words
from curate.near.diversity import diverse
from curate.near.shingle_sets import ShingleSets

TEXTS = st.lists(
    st.tuples(
        st.integers(0, 2), st.lists(st.sampled_from("abcde"), min_size=1, max_size=8).map(" ".join)
    ),
    max_size=10,
)


def jaccard(one: str, other: str) -> float:
    a, b = set(words.shingles(one, 2)), set(words.shingles(other, 2))
    return len(a & b) / len(a | b)


@settings(max_examples=60)
@given(TEXTS, st.integers(1, 4))
def test_the_least_alike_stay(members: list[tuple[int, str]], count: int) -> None:
    texts = [text for _, text in members]
    with ShingleSets.of(len(texts), 2) as sets:
        salt = np.zeros(len(texts), np.uint64)
        sets.add(np.arange(len(texts)), pl.Series(texts, dtype=pl.String), salt)
        _, group = np.unique([name for name, _ in members], return_inverse=True)
        found = set(np.flatnonzero(diverse(sets, group.astype(np.int64), count)).tolist())
    expected: set[int] = set()
    for name in {name for name, _ in members}:
        rest = [at for at, (other, _) in enumerate(members) if other == name]
        chosen = [rest.pop(0)]
        while rest and len(chosen) < count:
            closest = {at: max(jaccard(texts[at], texts[one]) for one in chosen) for at in rest}
            least = min(rest, key=lambda at: (closest[at], at))
            chosen.append(least)
            rest.remove(least)
        expected |= set(chosen)
    assert found == expected
