"""Test items found in texts: by hand, and against a search without hashes."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.leaks.demand import Demand, Rule
from curate.leaks.index import COMMON, Index, build
from curate.leaks.items import ITEMS
from curate.leaks.search import find, first
from curate.leaks.words import fold, words

ROBE = "A robe takes 2 bolts of blue fiber and half that much white fiber. How many bolts in total does it take?"
FLIP = "Josh decides to try flipping a house. He buys a house for $80,000 and then puts in $50,000 in repairs."
SUM = "What is 2 + 2?"


def items(*texts: str) -> pl.DataFrame:
    names = [f"pack/test#{n}" for n in range(len(texts))]
    return pl.DataFrame({"test": names, "text": texts}, schema=ITEMS)


def index(*texts: str, rule: Rule = "coverage", ngram: int = 8, least: float = 0.5) -> Index:
    return build(items(*texts), Demand(rule, "plain", ngram, least))


def found(text: str | None, over: Index) -> str | None:
    (hit,) = find(pl.Series([text], dtype=pl.String), over)
    return hit and f"{hit.test.rpartition('#')[2]} {hit.share:.2f}"


OVER = index(ROBE, FLIP, SUM)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", None),
        ("robe", None),
        (ROBE, "0 1.00"),
        (f"Here is one: {ROBE.upper()} Think first.", "0 1.00"),
        (FLIP.replace("$80,000", "80{,}000").replace("$50,000", "\\$50\\,000"), "1 1.00"),
        ("a robe takes 2 bolts of blue fiber and half that much", "0 0.55"),
        ("a robe takes 2 bolts of blue fiber and some more", None),
        (f"{FLIP} {ROBE}", "0 1.00"),  # of two, the first
        ("2+2? what is 2 2", "2 1.00"),
        (f"{SUM} It is four.", "2 1.00"),
        (f"{SUM} It is four, of course.", None),  # short ones make up half of the text
        ("what is 2", None),
    ],
)
def test_items_found(text: str | None, expected: str | None) -> None:
    assert found(text, OVER) == expected


def test_any_shared_n_gram_counts_whatever_it_says() -> None:
    over = index("1 2 3 4 5 6 7 8 9 and so it goes", rule="any")
    assert found("count: 2 3 4 5 6 7 8 9 10", over) == "0 0.62"
    assert found("count: 2 3 4 5 6 7 8 9 10", index("1 2 3 4 5 6 7 8 9 and so it goes")) is None
    assert found(SUM, index(SUM, rule="any")) is None
    assert index(SUM, rule="any").untold == 1


def test_a_template_tells_none_of_its_items() -> None:
    words_ = "the green book stands to the right of the {} book on the shelf"
    many = [words_.format(f"colour{chr(97 + n)}") for n in range(COMMON + 1)]
    assert found("the green book stands to the right of the sea", index(*many)) is None
    assert found(many[3], index(*many)) == "3 1.00"


def test_items_that_differ_in_signs_alone_are_not_looked_for() -> None:
    over = index("Close it: ( [ {", "Close it: [ [ [", "Name it.", "name  it.")
    assert over.untold == 2
    assert found("close it: < <", over) is None
    assert found("name it", over) == "2 1.00"


def test_a_hit_shows_the_span_of_both() -> None:
    (hit,) = find(pl.Series([f"Q: {FLIP.replace('buys', 'sells')}"]), OVER)
    assert hit is not None
    assert hit.here == "a house for $80,000 and then puts in $50,000 in repairs"
    assert hit.there == hit.here


def test_equal_hashes_are_no_hit() -> None:
    over = index(ROBE, FLIP)
    table = over.table._replace(grams=over.table.grams.copy())
    wrong = build(items(ROBE.replace("robe", "coat").replace("bolts", "rolls"), FLIP), over.demand)
    forged = Index(over.demand, wrong.items, table._replace(need=np.ones(2, np.int64)), 0)
    # The table says that the text holds item 0, of whose words it has not enough for one n-gram.
    assert find(pl.Series(["A robe takes 2 bolts of blue fiber"]), forged) == [None]


def test_allowed_items_are_not_looked_for() -> None:
    over = build(items(ROBE, FLIP), Demand("coverage", "plain", 8, 0.5, ("pack/test#0",)))
    assert [hit and hit.test for hit in find(pl.Series([ROBE, FLIP]), over)] == [
        None,
        "pack/test#1",
    ]


def test_no_items_are_no_trouble() -> None:
    assert find(pl.Series(["a b c"]), index()) == [None]


@pytest.mark.slow
def test_a_text_of_10_mb_is_no_trouble() -> None:
    long = "word " * 2_000_000
    assert [hit is not None for hit in find(pl.Series([long, long + ROBE]), OVER)] == [False, True]


WORDS = st.lists(st.sampled_from(["a", "b", "ab", "cd", "1", "é", "你"]), max_size=14).map(" ".join)


@settings(max_examples=150)
@given(
    st.lists(WORDS, min_size=1, max_size=5),
    st.lists(WORDS, min_size=1, max_size=3),
    st.sampled_from(["coverage", "any"]),
    st.integers(1, 4),
    st.sampled_from([0.3, 0.5, 1.0]),
)
def test_search_finds_what_a_search_without_hashes_finds(
    tests: list[str], texts: list[str], rule: Rule, ngram: int, least: float
) -> None:
    over = index(*tests, rule=rule, ngram=ngram, least=least)
    for text, hit in zip(texts, find(pl.Series(texts), over), strict=True):
        assert hit == first(fold(text), words(fold(text), "plain"), over)
