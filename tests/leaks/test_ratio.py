"""Whole texts that are nearly the same, against the definition."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.leaks.demand import Demand
from curate.leaks.ratio import even, nearest, wholes


def common(one: str, other: str) -> int:
    """The longest common subsequence, by the table every textbook has."""
    row = [0] * (len(other) + 1)
    for letter in one:
        before = 0
        for at, against in enumerate(other, 1):
            before, row[at] = (
                row[at],
                before + 1 if letter == against else max(row[at], row[at - 1]),
            )
    return row[-1]


def ratio(one: str, other: str) -> float:
    return 2 * common(one, other) / (len(one) + len(other)) if one or other else 0.0


TEXTS = st.lists(
    st.one_of(
        st.text(st.sampled_from("abc é你"), max_size=9),
        st.text(st.sampled_from("ab"), min_size=60, max_size=140),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=80)
@given(TEXTS, TEXTS, st.sampled_from([0.5, 0.8, 0.95, 1.0]))
def test_nearest_item_is_that_of_the_definition(
    tests: list[str], texts: list[str], least: float
) -> None:
    items = wholes(pl.DataFrame({"test": tests, "text": tests}), Demand("ratio", "plain", 8, least))
    told = even(pl.Series(texts))
    places, ratios = nearest(told, items)
    for text, place, found in zip(told, places.tolist(), ratios.tolist(), strict=True):
        best = max((ratio(text, item) for item in items.items["text"]), default=0.0)
        if not text or best < least - 1e-9:
            assert place == -1
        else:
            assert found == pytest.approx(best)
            assert ratio(text, items.items["text"][place]) == pytest.approx(best)


def test_case_and_spacing_are_of_no_account() -> None:
    items = wholes(
        pl.DataFrame({"test": ["p/t#0"], "text": ["What  is THIS?"]}),
        Demand("ratio", "plain", 8, 1.0),
    )
    assert nearest(even(pl.Series([" what is\nthis? ", None])), items)[0].tolist() == [0, -1]


def test_it_is_the_ratio_of_rapidfuzz() -> None:
    fuzz = pytest.importorskip("rapidfuzz.fuzz")
    for one, other in [("kitten sitting", "sitting kitten"), ("a" * 70, "a" * 64 + "b" * 9)]:
        assert fuzz.ratio(one, other) / 100 == pytest.approx(ratio(one, other))
