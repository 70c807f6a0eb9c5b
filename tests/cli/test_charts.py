"""Laws of what is drawn, whatever the counts and names."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.cli.funnel_chart import bar, draw_funnel
from curate.cli.terminal import Terminal, amount, duration, harmless, shorten
from curate.funnel import Count, Funnel, SourceCount, Stop

NAMES = st.from_regex(r"[a-z][a-z0-9._-]{0,95}", fullmatch=True)


@st.composite
def funnels(draw: st.DrawFn) -> Funnel:
    """Funnels of up to three sources, whose stops drop what they please."""
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    owners = draw(st.lists(st.sampled_from([None, *names]), max_size=5))
    stops = tuple(
        Stop(position, draw(NAMES), draw(st.text(max_size=80)), owner)
        for position, owner in enumerate(owners)
    )
    sources: dict[str, SourceCount] = {}
    for name in names:
        left = candidates = draw(st.integers(0, 10**10))
        counts: dict[int, Count] = {}
        for stop in stops:
            if stop.source in {None, name}:
                dropped = draw(st.integers(0, left))
                counts[stop.position] = Count(left, dropped, draw(st.integers(0, left)))
                left -= dropped
        sources[name] = SourceCount(candidates, stops=counts, drawn=draw(st.integers(0, left)))
    return Funnel(stops, sources)


@given(funnels(), st.integers(40, 140))
def test_a_funnel_fits_and_keeps_its_numbers(funnel: Funnel, columns: int) -> None:
    page = io.StringIO()
    out = Terminal()
    out.file, out.width = page, columns
    draw_funnel(out, funnel)
    lines = page.getvalue().splitlines()
    assert all(Terminal().measure(line).maximum <= columns for line in lines)
    left = f"{sum(source.left for source in funnel.sources.values()):,}"
    assert any(left in re.split(r"\s+", line) for line in lines)


@pytest.mark.parametrize(
    ("part", "whole", "drawn"),
    [
        (0, 0, ""),
        (0, 8, ""),
        (8, 8, "████"),
        (4, 8, "██"),
        (1, 8, "▌"),
        (1, 32, "▏"),
        (31, 32, "███▉"),
    ],
)
def test_a_bar_is_exact_to_an_eighth(part: int, whole: int, drawn: str) -> None:
    assert bar(part, whole, 4) == drawn


@given(st.text(), st.integers(10, 200))
def test_a_shortened_text_is_one_short_line(text: str, width: int) -> None:
    short = shorten(text, width)
    assert len(short) <= width
    assert len(short.splitlines()) <= 1


@given(st.text())
def test_a_harmless_text_keeps_its_length(text: str) -> None:
    shown = harmless(text)
    assert len(shown) == len(text)
    assert not re.search(r"[^\S\n\t ]?[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (59.2, "59.2 s"), (60.4, "1 min 0 s"), (3725, "62 min 5 s")],
)
def test_a_duration_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(("size", "said"), [(12, "0 kB"), (31_400, "31 kB"), (2_340_000, "2.3 MB")])
def test_an_amount_is_said_as_people_say_it(size: int, said: str) -> None:
    assert amount(size) == said
