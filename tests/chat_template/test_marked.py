"""Spans follow caught output through what templates do with text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.chat_template import ChatTemplate
from curate.chat_template.marked import CLOSING, OPENING, Edge, Marked, concat, gather

USER = [{"role": "user", "content": "data"}]
G = "{% generation %}", "{% endgeneration %}"


def generation(body: str) -> str:
    return f"{G[0]}{body}{G[1]}"


CAUGHT: list[tuple[str, str, list[str]]] = [
    ("a" + generation("b") + "c", "abc", ["b"]),
    ("{% set x %}a" + generation("b") + "c{% endset %}>{{ x }}", ">abc", ["b"]),
    ("{% set x %}" + generation("b") + "{% endset %}{{ x }}{{ x }}", "bb", ["b", "b"]),
    ("{% set x %}" + generation("b") + "{% endset %}never", "never", []),
    ("{% set x | trim %} " + generation(" b ") + "{% endset %}>{{ x }}", ">b", ["b"]),
    ("{% filter upper %}a" + generation("ß") + "c{% endfilter %}", "ASSC", ["SS"]),
    (">{% filter trim %} " + generation(" b") + " {% endfilter %}", ">b", ["b"]),
    ("{% filter replace('b', 'long') %}ab" + generation("b") + "b{% endfilter %}", "alonglonglong", ["long"]),
    ("{% macro f() %}<{{ caller() }}>{% endmacro %}-{% call f() %}a" + generation("b") + "{% endcall %}", "-<ab>", ["b"]),
    ("{% macro f(x) %}<" + generation("{{ x }}") + ">{% endmacro %}-{{ f('a') }}{{ f('b') }}", "-<a><b>", ["a", "b"]),
    ("{% macro f() %}" + generation("b") + "{% endmacro %}{{ '>' + f() + '<' }}", ">b<", ["b"]),
    ("{% macro f() %}" + generation("b") + "{% endmacro %}{{ '>' ~ f() ~ '<' }}", ">b<", ["b"]),
    ("{% set x %}..." + generation("abc") + "{% endset %}{{ x[4:] }}", "bc", ["bc"]),
    ("{% set x %}..." + generation("abc") + "{% endset %}{{ x[:4] }}{{ x[-1] }}", "...ac", ["a", "c"]),
    ("{% set x %}a" + generation("b") + "{% endset %}{{ x.removeprefix('a') }}{{ x.lstrip('a') }}", "bb", ["b", "b"]),
    ("{% set ns = namespace(x='') %}{% for i in range(3) %}{% set ns.x %}{{ ns.x }}-" + generation("{{ i }}") + "{% endset %}{% endfor %}{{ ns.x }}", "-0-1-2", ["0", "1", "2"]),
    ("{% for n in [1, [2]] recursive %}" + generation("{{ n if n is number else loop(n) }}") + "{% endfor %}", "12", ["1", "2", "2"]),
    ("{% block b %}a" + generation("b") + "{% endblock %}{{ self.b() }}", "abab", ["b", "b"]),
    (generation("a" + generation("b") + "c"), "abc", ["abc", "b"]),
    ("a" + generation("") + "b", "ab", [""]),
    ("{% set x %}a" + generation("") + "{% endset %}{{ x }}b", "ab", [""]),
    ("{% autoescape true %}<" + generation("{{ '<' }}") + "{% endautoescape %}", "<&lt;", ["&lt;"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "trained"), CAUGHT)
def test_caught_output(text: str, expected: str, trained: list[str]) -> None:
    rendering = ChatTemplate(text).render(USER)
    assert rendering.text == expected
    assert [expected[start:end] for start, end in rendering.spans] == trained


def test_what_is_not_followed_is_plain_text() -> None:
    for use in ("x | title", "x | tojson", "'%s!' % x", "[x] | join", "x | safe", "x.split()[0]"):
        text = "{% set x %}" + generation("B") + "{% endset %}{{ " + use + " }}"
        assert ChatTemplate(text).render(USER).spans == [], use


def test_data_cannot_forge_an_edge() -> None:
    forged = [Edge(), *(generation("x"), "\0", "\ue000")]
    for content in forged:
        template = ChatTemplate("{{ messages[0].content }}|{{ extra }}" + generation("y"))
        rendering = template.render([{"role": "user", "content": content}], extra=OPENING)
        assert rendering == (f"{content}|y", [(len(content) + 1, len(content) + 2)])


marks = st.text("aAbß \n-", max_size=6).flatmap(
    lambda text: st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(
        lambda ends: Marked(text, [(min(ends), max(ends))])
    )
)


def provenance(text: str) -> list[bool]:
    """Which characters are in a span."""
    spans = getattr(text, "_spans", [])
    return [any(start <= at < end for start, end in spans) for at in range(len(text))]


@given(marks, st.integers(-8, 8) | st.none(), st.integers(-8, 8) | st.none())
def test_slices_keep_each_character_s_origin(
    text: Marked, first: int | None, stop: int | None
) -> None:
    part = text[first:stop]
    assert part == str.__getitem__(text, slice(first, stop))
    assert provenance(part) == provenance(text)[first:stop]


@given(st.lists(marks | st.text("xy", max_size=3)))
def test_sums_keep_each_character_s_origin(parts: list[str]) -> None:
    total = concat(parts)
    added = ""
    for part in parts:
        added = added + part
    origins = [origin for part in parts for origin in provenance(part)]
    assert total == added == "".join(parts)
    assert provenance(total) == provenance(added) == origins


@given(marks, st.sampled_from(["strip", "lstrip", "rstrip"]), st.sampled_from([None, " ", "ab"]))
def test_trims_keep_each_character_s_origin(text: Marked, name: str, chars: str | None) -> None:
    trimmed: str = getattr(text, name)(chars)
    plain: Any = getattr(str, name)(text, chars)
    first = len(text) - len(text.lstrip(chars)) if name != "rstrip" else 0
    assert trimmed == plain
    assert provenance(trimmed) == provenance(text)[first : first + len(plain)]


@given(marks, st.sampled_from(["upper", "lower", "swapcase", "casefold"]))
def test_case_keeps_each_character_s_origin(text: Marked, name: str) -> None:
    changed: str = getattr(text, name)()
    origins = [
        origin
        for character, origin in zip(text, provenance(text), strict=True)
        for _ in getattr(str, name)(str(character))
    ]
    assert changed == getattr(str, name)(text)
    assert provenance(changed) == origins


def test_gather_counts_nested_output() -> None:
    inner = concat(["x", OPENING, "yy", CLOSING])
    assert gather(["ab", OPENING, inner, CLOSING, "c"]) == ("abxyyc", [(2, 5), (3, 5)])
