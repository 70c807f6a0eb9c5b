"""A baked template without values renders as the original does with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conversations import CASES, PLAIN
from hypothesis import given
from hypothesis import strategies as st

from curate.chat_template import ChatTemplate, Rendering
from curate.chat_template.baked import bake
from curate.errors import TemplateError

TEMPLATES = Path(__file__).parents[2] / "templates"

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=8,
)  # fmt: skip


@given(values)
def test_every_value_comes_back(value: Any) -> None:
    text = "{{ [value] }}{{ value is none }}{% macro f() %}{{ value }}{% endmacro %}{{ f() }}"
    expected = ChatTemplate(text).render(PLAIN, value=value)
    assert ChatTemplate(bake(text, {"value": value})).render(PLAIN) == expected


@pytest.mark.parametrize(
    "text",
    ["\n a", "  {% if true %}a{% endif %}", "{{- 1 }}", " \n{%- if 1 %}x{% endif %}", "", "a\n"],
)
def test_white_space_at_the_beginning_stays(text: str) -> None:
    baked = ChatTemplate(bake(text, {"a": 1, "b": "\n%}{{"})).render(PLAIN)
    assert baked == ChatTemplate(text).render(PLAIN)


VARIABLES: list[dict[str, Any]] = [
    {},
    {"think_mode": "empty", "think_tail": "\n"},
    {"think_mode": "strip", "emit_bos": False},
    {"system_prompt": "Say 'Grüß \"Gott\"' \\ \n {{ now }} 🙂", "think_history": "strip"},
    {"think_open": "◁think▷", "think_close": "◁/think▷", "emit_bos": True},
    {"think_mode": "require", "enable_thinking": False},
]


def outcome(template: ChatTemplate, case: str, **variables: Any) -> Rendering | str:
    messages, arguments = CASES[case]
    try:
        return template.render(messages, **{**arguments, **variables})
    except TemplateError as error:
        return str(error)


@pytest.mark.parametrize("variables", VARIABLES)
@pytest.mark.parametrize("name", ["human_assistant", "chatml_think"])
def test_the_shipped_templates(name: str, variables: dict[str, Any]) -> None:
    text = (TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8")
    original = ChatTemplate(text, "<s>", "</s>")
    opened = ChatTemplate(text, "<s>", "</s>", variables=variables)
    baked = ChatTemplate(bake(text, variables), "<s>", "</s>")
    for case, (_, arguments) in CASES.items():
        # Baked values are fixed: what a call says of them comes too late.
        if not variables.keys() & arguments.keys():
            expected = outcome(original, case, **variables)
            assert outcome(baked, case) == expected
            assert outcome(opened, case) == expected


@pytest.mark.real
@pytest.mark.slow
def test_public_templates(shared: Path) -> None:
    variables = {
        "system_prompt": "Be kind.",
        "xml_tools": [1],
        "reasoning_effort": "high",
        "x": None,
    }
    for file in sorted((shared / "data/templates").rglob("*.jinja")):
        text = file.read_bytes().decode("utf-8")
        now = "2026-01-02"
        original = ChatTemplate(text, now=now)
        baked = ChatTemplate(bake(text, variables), now=now)
        for case in CASES:
            assert outcome(baked, case) == outcome(original, case, **variables), (file, case)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("a-b", 1, "cannot be the name"),
        ("ä", 1, "cannot be the name"),
        ("", 1, "cannot be the name"),
        ("x", float("nan"), "cannot hold the number nan"),
        ("x", [{"y": float("inf")}], "cannot hold the number inf"),
    ],
)
def test_what_cannot_be_baked(name: str, value: Any, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        bake("", {name: value})
