"""The sides of a pair, against the plain way of comparing them."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.near.sides import common_words, equal_words

BLANKS = " \t\n\x0b\x0c\r\x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000"
ALMOST = "\x1c\x1f\u180e\u200b\u2060\ufeff\xc2\xe2"
WORDS = ["ab", "AB", "ΑΣ", "ας", "longer than eight", "Longer THAN eight", "Ünïcödé", "😀"]
PIECES = st.sampled_from([*BLANKS, *ALMOST, *"aAbÄäßΣσİ三é", *"  ", *WORDS])
TEXTS = st.none() | st.lists(PIECES, max_size=12).map("".join)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS) | TEXTS.map(lambda text: (text, text)), max_size=6)


@given(PAIRS, st.sampled_from([0.2, 0.5, 0.75, 0.95, 1.0]))
def test_sides_are_compared_as_lists_and_as_sets_of_words(
    pairs: list[tuple[str | None, str | None]], least: float
) -> None:
    one, other = (pl.Series([pair[side] for pair in pairs], dtype=pl.String) for side in (0, 1))
    frame = pl.DataFrame({"one": one, "other": other}).select(
        pl.all(),
        equal=_plain("one") == _plain("other"),
        alike=_similarity() >= least,
    )
    assert equal_words(one, other).to_list() == frame["equal"].fill_null(False).to_list()
    # Of nothing beside nothing polars makes a NaN, which it takes for the highest number.
    assert common_words(one, other, least).to_list() == frame["alike"].fill_null(False).to_list()


def _plain(side: str) -> pl.Expr:
    return pl.col(side).str.replace_all(r"\s+", " ").str.strip_chars()


def _similarity() -> pl.Expr:
    one, other = (pl.col(s).str.to_lowercase().str.extract_all(r"\S+") for s in ("one", "other"))
    return one.list.set_intersection(other).list.len() / one.list.set_union(other).list.len()


@pytest.mark.parametrize("swapped", [False, True])
def test_sides_may_hold_many_words(swapped: bool) -> None:
    words = [f"word{number}" for number in range(30_000)]
    one = pl.Series([" ".join(words), "short", " ".join(words)])
    other = pl.Series([" ".join(words[::-1] * 2), "short", " ".join(words[:-1_600])])
    sides = (other, one) if swapped else (one, other)
    assert common_words(*sides, 0.95).to_list() == [True, True, False]
    assert common_words(*sides, 0.94).to_list() == [True, True, True]
    assert equal_words(*sides).to_list() == [False, True, False]
