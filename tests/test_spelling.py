"""The word someone probably meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.spelling import did_you_mean, distance


@pytest.mark.parametrize(
    ("word", "known", "question"),
    [
        ("tke", ["take", "share"], "did you mean 'take'?"),
        ("o", ["of", "max"], "did you mean 'of'?"),
        ("Near-Duplicates", ["near_duplicates"], "did you mean 'near_duplicates'?"),
        ("langauge", ["language", "length"], "did you mean 'language'?"),
        ("roos", ["root", "rows", "order"], "did you mean 'root' or 'rows'?"),
        ("x", ["n", "k"], None),
        ("dedupe", ["length"], None),
        ("anything", [], None),
    ],
)
def test_the_nearest_word(word: str, known: list[str], question: str | None) -> None:
    assert did_you_mean(word, known) == question


SHORT = st.text("abc", max_size=5)


def slow_distance(one: str, other: str) -> int:
    """The definition, as a recursion."""
    if not one or not other:
        return len(one) + len(other)
    best = min(
        slow_distance(one[:-1], other) + 1,
        slow_distance(one, other[:-1]) + 1,
        slow_distance(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    )
    if one[-2:] == other[-2:][::-1] and len(one) > 1 and len(other) > 1:
        best = min(best, slow_distance(one[:-2], other[:-2]) + 1)
    return best


@given(one=SHORT, other=SHORT)
def test_distance_is_what_its_definition_says(one: str, other: str) -> None:
    assert distance(one, other) == slow_distance(one, other)
