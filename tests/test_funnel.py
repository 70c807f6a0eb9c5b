"""The funnel: counts add up, survive JSON, and an unbalanced one is found out."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.funnel import Count, Funnel, SourceCount, Stop, Timing, Timings

STOPS = (
    Stop(0, "score", "at_least=1", source="chat"),
    Stop(1, "length", "max=8000"),
    Stop(2, "pairs"),
    Stop(3, "length", "of=answer max=4000"),
)

CHAT = SourceCount(
    candidates=100,
    bad=2,
    surrogates=1,
    stops={
        0: Count(98, dropped=8),
        1: Count(90, dropped=10, edited=3),
        2: Count(80, dropped=80, made=40),
        3: Count(40, dropped=4),
    },
    drawn=30,
)
CODE = SourceCount(
    candidates=50,
    stops={1: Count(50), 2: Count(50, dropped=50, made=20), 3: Count(20, dropped=1)},
    drawn=19,
)
WHOLE = Funnel(STOPS, {"chat": CHAT, "code": CODE})


def test_counts_by_hand() -> None:
    assert CHAT.left == 36
    assert CODE.left == 19
    assert WHOLE.total.left == 55
    assert WHOLE.dropped("length") == 10 + 4 + 1
    assert WHOLE.dropped("language") == 0
    assert WHOLE.total.stops[1] == Count(140, dropped=10, edited=3)
    assert [stop.position for stop, _ in WHOLE.path("code")] == [1, 2, 3]
    assert STOPS[1].key == "1 length"
    assert WHOLE.imbalances() == []


def test_source_without_steps_keeps_all_but_bad_records() -> None:
    assert SourceCount(candidates=7, bad=2).left == 5


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({1: Count(99)}, "chat: 100 reach 1 length, 99 enter it"),
        ({1: Count(100, dropped=1), 3: Count(100)}, "chat: 99 reach 3 length, 100 enter it"),
        ({7: Count(100)}, "chat: there is no stop 7"),
    ],
)
def test_imbalance_is_found(broken: dict[int, Count], told: str) -> None:
    funnel = Funnel(STOPS, {"chat": SourceCount(candidates=100, stops=broken)})
    assert funnel.imbalances() == [told]


def test_json_comes_back() -> None:
    data = json.loads(json.dumps(WHOLE.as_json(), sort_keys=True))
    assert data["sources"]["chat"]["left"] == 36
    assert Funnel.from_json(data) == WHOLE


def test_json_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="stops"):
        Funnel.from_json({"sources": {}})


def test_funnels_of_other_steps_do_not_add() -> None:
    with pytest.raises(ValueError, match="same steps"):
        _ = WHOLE + Funnel(())


def test_timings_add_by_part() -> None:
    one = Timings({"read": Timing(1, 2, 100), "write": Timing(1)})
    other = Timings({"read": Timing(1, 1, 50)})
    assert (one + other).parts == {"read": Timing(2, 3, 150), "write": Timing(1)}


def _partition(sizes: list[int]) -> Funnel:
    """A partition of source `s` whose rows shrink as told, one size a stop."""
    falling = sorted(sizes, reverse=True)
    stops = {i: Count(a, dropped=a - b) for i, (a, b) in enumerate(pairwise(falling))}
    return Funnel(STOPS, {"s": SourceCount(candidates=falling[0], stops=stops)})


partitions = st.lists(
    st.lists(st.integers(0, 99), min_size=5, max_size=5).map(_partition), min_size=1
)


@given(partitions)
def test_sum_is_balanced_in_any_order(parts: list[Funnel]) -> None:
    whole = sum(parts, Funnel(STOPS))
    shuffled = sorted(parts, key=lambda part: part.sources["s"].candidates)
    assert sum(shuffled, Funnel(STOPS)) == whole
    assert whole.imbalances() == []
    assert whole.total.left == sum(part.total.left for part in parts)
