"""The draw: exact counts, and what must not change them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import Place, ShortageError
from curate.fingerprint import ranks
from curate.funnel import Count, Funnel, SourceCount, Stop
from curate.mix import Quota, asked, draw, largest_remainder
from curate.recipe.model import Embedded, Recipe, Source, Total
from curate.step import TemplateUse


def candidates(
    sizes: tuple[int, ...] = (6, 9), tokens: int | None = None, **columns: list[Any]
) -> pl.DataFrame:
    """Rows of sources of these sizes, every source's together, in the seeded order or not."""
    count = sum(sizes)
    source = [number for number, size in enumerate(sizes) for _ in range(size)]
    more = {"tokens": [tokens] * count} if tokens is not None else {}
    return pl.DataFrame(
        {
            "row": range(count),
            "source": source,
            "rank": ranks(7, map(str, range(count))),
            **more,
            **columns,
        },
        schema_overrides={"row": pl.UInt32, "source": pl.UInt16, "rank": pl.UInt64},
    )


def uses(drawn: pl.DataFrame, source: int = 0) -> set[tuple[int, int]]:
    return set(drawn.filter(source=source).select("row", "copy").iter_rows())


TABLES = st.lists(st.integers(0, 12), min_size=1, max_size=4).flatmap(
    lambda sizes: st.tuples(
        st.just(tuple(sizes)),
        st.lists(st.integers(1, 9), min_size=sum(sizes), max_size=sum(sizes)),
        st.lists(
            st.none() | st.sampled_from((0.0, 0.5, 1.0)), min_size=sum(sizes), max_size=sum(sizes)
        ),
        st.permutations(range(sum(sizes))),
        st.tuples(*(st.integers(0, size) for size in sizes)),
    )
)


@given(TABLES, st.integers(1, 3), st.sampled_from(("sampled", "first")))
def test_counts_are_exact_whatever_the_order(table: Any, repeat: int, order: Any) -> None:
    sizes, tokens, prefer, shuffled, takes = table
    rows = candidates(sizes, tokens=0).with_columns(
        pl.Series("tokens", tokens, dtype=pl.Int64), pl.Series("prefer", prefer, dtype=pl.Float64)
    )
    quotas = [
        Quota(str(i), rows=take * repeat, repeat=repeat, order=order)
        for i, take in enumerate(takes)
    ]
    drawn = draw(rows, quotas)
    for number, quota in enumerate(quotas):
        mine = drawn.filter(source=number)
        assert mine.height == quota.rows
        assert len(uses(drawn, number)) == quota.rows
        assert mine["copy"].max() in (None, repeat)
    assert draw(rows[list(shuffled)], quotas).equals(drawn)


@given(TABLES, st.integers(1, 3), st.data())
def test_asking_for_more_only_adds_and_leaves_others_alone(
    table: Any, repeat: int, data: st.DataObject
) -> None:
    sizes, _, prefer, _, takes = table
    rows = candidates(sizes).with_columns(pl.Series("prefer", prefer, dtype=pl.Float64))
    fewer = [Quota(str(i), rows=take * repeat, repeat=repeat) for i, take in enumerate(takes)]
    which = data.draw(st.integers(0, len(sizes) - 1))
    more = list(fewer)
    more[which] = Quota(
        str(which),
        rows=data.draw(st.integers(takes[which] * repeat, sizes[which] * repeat)),
        repeat=repeat,
    )
    before, after = draw(rows, fewer), draw(rows, more)
    for number in range(len(sizes)):
        if number == which:
            assert uses(before, number) <= uses(after, number)
        else:
            assert uses(before, number) == uses(after, number)


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=40), st.integers(0, 300), st.integers(1, 2)
)
def test_a_token_budget_is_filled_and_never_passed(
    lengths: list[int], budget: int, repeat: int
) -> None:
    rows = candidates((len(lengths),)).with_columns(pl.Series("tokens", lengths, dtype=pl.Int64))
    quota = Quota("a", tokens=budget, repeat=repeat)
    ordered = rows.sort("rank")
    expected: list[int] = []
    left = budget
    for row, length in ordered.select("row", "tokens").iter_rows():
        if length * repeat <= left:
            left -= length * repeat
            expected += [row] * repeat
    if len(expected) == len(lengths) * repeat and left:
        with pytest.raises(ShortageError, match=r"tokens? short"):
            draw(rows, [quota])
    else:
        assert draw(rows, [quota])["row"].to_list() == expected


@given(st.integers(0, 10**7), st.lists(st.integers(1, 97), min_size=1, max_size=12))
def test_largest_remainder_sums_up_and_stays_near(total: int, weights: list[int]) -> None:
    shares = [Fraction(weight, sum(weights)) for weight in weights]
    counted = largest_remainder(total, shares)
    assert sum(counted) == total
    assert all(abs(n - share * total) < 1 for n, share in zip(counted, shares, strict=True))


@pytest.mark.parametrize(
    ("quota", "count", "copies"),
    [
        (Quota("a"), 6, 1),
        (Quota("a", at_most=4), 4, 1),
        (Quota("a", at_most=40), 6, 1),
        (Quota("a", rows=5, at_most=3), 3, 1),
        (Quota("a", repeat=2), 12, 2),
        (Quota("a", rows=5, repeat=2), 5, 2),
        (Quota("a", rows=3, repeat=4), 3, 3),
        (Quota("a", tokens=31), 3, 1),
        (Quota("a", tokens=31, at_most=2), 2, 1),
        (Quota("a", tokens=45, repeat=2), 4, 2),
    ],
)
def test_quotas(quota: Quota, count: int, copies: int) -> None:
    drawn = draw(candidates((6,), tokens=10), [quota])
    assert (drawn.height, drawn["copy"].max()) == (count, copies)


def test_preferred_rows_come_first_and_stored_order_is_kept() -> None:
    rows = candidates((6,), prefer=[None, 1.0, 0.0, 1.0, 0.0, 1.0])
    assert set(draw(rows, [Quota("a", rows=3)])["row"]) == {1, 3, 5}
    assert draw(rows, [Quota("a", rows=4, order="first")])["row"].to_list() == [1, 3, 5, 2]
    plain = rows.drop("prefer")
    assert draw(plain, [Quota("a", rows=2, order="first")])["row"].to_list() == [0, 1]


def recipe(total: Total | None = None, **sources: Any) -> Recipe:
    made = {
        name: Source(embedded=Embedded(like="chat", rows=10), **fields)
        for name, fields in sources.items()
    }
    return Recipe(
        name="r",
        sources=made,
        total=total,
        template=TemplateUse(Path("t")),
        tokenizer=Path("tokenizer.json"),
    )


def test_shares_are_counted_out() -> None:
    third = {"share": 0.333333}
    mixed = recipe(Total(rows=58_000), a=third, b=third, c=third)
    assert [quota.rows for quota in asked(mixed)] == [19_334, 19_333, 19_333]
    capped = recipe(
        Total(rows=100), a={"share": 0.5, "at_most": 20}, b={"share": 0.5}, c={"take": 3}
    )
    assert [quota.rows for quota in asked(capped)] == [20, 50, 3]
    tokens = recipe(Total(tokens=1001), a={"share": 0.1}, b={"share": 0.9}, c={"tokens": 5})
    assert [quota.tokens for quota in asked(tokens)] == [100, 901, 5]


def test_all_shortages_are_told_at_once() -> None:
    stops = (Stop(0, "length", source="a"), Stop(1, "near_duplicates"))
    counts = {
        "a": SourceCount(20, stops={0: Count(20, 4), 1: Count(16, 10)}),
        "b": SourceCount(9, stops={1: Count(9)}),
    }
    quotas = [Quota("a", rows=10, candidates="2x"), Quota("b", rows=10), Quota("c", rows=0)]
    place = Place("r.yaml", 3, 5)
    with pytest.raises(ShortageError) as caught:
        draw(candidates(), quotas, Funnel(stops, counts), {"a": place})
    a, b = caught.value.problems
    assert a.what == "source 'a' is 4 rows short: 10 asked for, 6 left of 20 records"
    assert a.help == (
        "'near_duplicates' took 10, 'length' took 4; raise `candidates: 2x` (about 35 will do, if it has so "
        "many), "
        "or loosen 'near_duplicates', or ask for less (`take: 6`)"
    )
    assert a.place == place
    assert b.what == "source 'b' is 1 row short: 10 asked for, 9 left of 9 records"
    assert b.help == "ask for less (`take: 9`)"


def test_a_source_of_which_nothing_is_left() -> None:
    with pytest.raises(ShortageError) as caught:
        draw(candidates((0,)), [Quota("a", rows=1)])
    assert caught.value.problems[0].help == "leave the source out"
