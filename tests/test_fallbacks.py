"""Sources that run short: what they lack comes from elsewhere, exactly, or the build stops."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from builds import chats, ids, made, write
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import RecipeError, ShortageError
from curate.fallbacks import relieved
from curate.mix import Quota

TEXT = """
sources:
  scarce: {files: [scarce.jsonl], take: 20, fallback: middle}
  middle: {files: [middle.jsonl], take: 10, repeat: 2, fallback: plenty}
  plenty: {files: [plenty.jsonl], take: 10}
"""


def data(folder: Path, plenty: int = 60) -> None:
    write(folder / "scarce.jsonl", chats(12))
    write(folder / "middle.jsonl", chats(7, start=100))
    write(folder / "plenty.jsonl", chats(plenty, start=200))


def test_what_is_lacking_comes_from_below(tmp_path: Path) -> None:
    data(tmp_path)
    built = made(tmp_path, TEXT)
    sources = built.funnel.sources
    assert {name: count.drawn for name, count in sources.items()} == {
        "scarce": 12, "middle": 14, "plenty": 14,
    }  # fmt: skip
    assert [count.lacked for count in sources.values()] == [8, 4, 0]
    card = (built.folder / "README.md").read_text(encoding="utf-8")
    assert "scarce lacked 8 of the rows asked of it; middle gave them." in card
    assert "middle lacked 4 of the rows asked of it; plenty gave them." in card


def test_no_other_row_moves(tmp_path: Path) -> None:
    data(tmp_path)
    enough = TEXT.replace("take: 20", "take: 12")
    alone = made(tmp_path, enough.replace("take: 10, repeat", "take: 14, repeat"), out="alone")
    helped = made(tmp_path, TEXT, out="helped")
    assert set(ids(alone, "scarce")) == set(ids(helped, "scarce"))
    assert set(ids(alone, "middle")) == set(ids(helped, "middle"))
    assert set(ids(alone, "plenty")) < set(ids(helped, "plenty"))


def test_a_fallback_that_is_short_itself_is_told(tmp_path: Path) -> None:
    data(tmp_path, plenty=11)
    with pytest.raises(ShortageError) as caught:
        made(tmp_path, TEXT)
    (problem,) = caught.value.problems
    assert problem.what.startswith(
        "source 'plenty' is 3 rows short: 14 asked for (4 that others lack), 11 left"
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (TEXT.replace("fallback: plenty", "fallback: scarce"), "no source 'scarce' further down"),
        (TEXT.replace("fallback: plenty", "fallback: nothing"), "no source 'nothing' further down"),
        (TEXT.replace("take: 20", "take: all"), "both counted in rows"),
        (TEXT.replace("take: 10}", "take: 10, at_most: 10}"), "'plenty' has a cap"),
    ],
)
def test_what_cannot_be_a_fallback_is_told(tmp_path: Path, text: str, what: str) -> None:
    data(tmp_path)
    with pytest.raises(RecipeError, match=what):
        made(tmp_path, text)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), min_size=1))
def test_law_what_is_asked_stays(said: Sequence[tuple[int, int, bool]]) -> None:
    """All that is asked together stays the same; only the last can be asked for more than it has."""
    names = [str(index) for index in range(len(said))]
    following = [*names[1:], None]
    quotas = [
        Quota(name, wanted, fallback=below)
        for name, below, (wanted, _, _) in zip(names, following, said, strict=True)
    ]
    left = {name: has for name, (_, has, told) in zip(names, said, strict=True) if told}
    found = relieved(quotas, left)
    assert sum(quota.rows or 0 for quota in found) == sum(wanted for wanted, _, _ in said)
    for quota in found[:-1]:
        assert quota.source not in left or (quota.rows or 0) <= left[quota.source]
    assert relieved(quotas, {}) == tuple(quotas)


def test_rows_of_all_sources_are_counted(tmp_path: Path) -> None:
    data(tmp_path)
    built = made(tmp_path, TEXT)
    assert built.rows.height == 40
    assert built.rows.group_by("source").len().sort("source")["len"].equals(pl.Series([14, 14, 12]))
