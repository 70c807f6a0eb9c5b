"""Renderings of the two templates that ship, and what goes wrong, with its place."""

from __future__ import annotations

import datetime as clock
from pathlib import Path
from typing import Any

import pytest
from conversations import CALL, CASES, INLINE, MULTI, PLAIN, RESULT, TOOLS, assistant, user

from curate.chat_template import ChatTemplate, Rendering
from curate.errors import Place, TemplateError

TEMPLATES = Path(__file__).parents[2] / "templates"


def shipped(name: str, **variables: Any) -> ChatTemplate:
    text = (TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8")
    return ChatTemplate(text, "<s>", "</s>", variables=variables)


def trained(rendering: Rendering) -> list[str]:
    return [rendering.text[start:end] for start, end in rendering.spans]


THOUGHT = "<think>\n9 = 3*3.\n</think>\n\nNo."


def test_human_assistant() -> None:
    template = shipped("human_assistant")
    inline = template.render(INLINE)
    assert inline.text == (
        "<s>System: Be brief.\n\nHuman: Is 7 prime?\n\nAssistant: <think>\n7 has no divisors.\n"
        f"</think>\n\nYes.</s>\n\nHuman: And 9?\n\nAssistant: {THOUGHT}</s>"
    )
    assert trained(inline)[-1] == f" {THOUGHT}</s>"
    apart = [
        assistant(turn["content"].split("\n\n", 1)[1], thinking=turn["content"][8:].split("\n<")[0])
        if turn["role"] == "assistant"
        else turn
        for turn in INLINE
    ]
    assert template.render(apart) == inline
    prompt = template.render(INLINE[:4], add_generation_prompt=True)
    assert prompt.text.endswith("And 9?\n\nAssistant:")
    assert inline.text.startswith(prompt.text)
    assert prompt.spans == inline.spans[:1]


def test_chatml_think_with_tools() -> None:
    rendering = shipped("chatml_think").render([user("Weather?"), CALL, RESULT], tools=TOOLS)
    assert trained(rendering) == [
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Zürich"}}\n</tool_call><|im_end|>'
    ]


def test_data_is_never_a_template() -> None:
    messages, _ = CASES["syntax in data"]
    text = shipped("human_assistant").render(messages, system_prompt="{{ 1 + 1 }}").text
    assert text == (
        "<s>System: {{ 1 + 1 }}\n\nHuman: {{ 7 * 7 }} {% set x = 1 %} {# no #} {% generation %}"
        "\n\nAssistant: {{ messages }}</s>"
    )


def test_a_rendering_leaves_no_trace() -> None:
    template = shipped("human_assistant")
    messages, arguments = CASES["tools used with reasoning"]
    before = repr(messages)
    first = template.render(MULTI)
    with pytest.raises(TemplateError):
        template.render(messages, **arguments)
    template.render(MULTI[:3], think_mode="strip", continue_final_message=True)
    assert template.render(MULTI) == first
    assert repr(messages) == before


def test_variables_give_way_to_those_of_the_call() -> None:
    template = ChatTemplate("{{ a }}{{ b }}{{ bos_token }}", "<s>", variables={"a": 1, "b": 2})
    assert template.render(PLAIN).text == "12<s>"
    assert template.render(PLAIN, b=3, bos_token="!").text == "13!"
    assert template.render(PLAIN).text == "12<s>"


@pytest.mark.parametrize("name", ["messages", "tools", "documents", "add_generation_prompt"])
def test_variables_of_the_row_cannot_be_set(name: str) -> None:
    with pytest.raises(TemplateError, match=f"'{name}' cannot be set"):
        ChatTemplate("", variables={name: 1})


def test_absent_tokens_are_undefined() -> None:
    text = "{{ bos_token is defined }}{{ eos_token is defined }}"
    assert ChatTemplate(text).render(PLAIN).text == "FalseFalse"
    assert ChatTemplate(text, eos_token="").render(PLAIN).text == "FalseTrue"


def test_the_clock() -> None:
    template = "{{ strftime_now('%Y-%m-%d %H:%M') }}"
    now = clock.datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001 (templates know no zone)
    assert ChatTemplate(template, now=now).render(PLAIN).text == "2026-01-02 03:04"
    assert ChatTemplate(template, now=now.isoformat()).render(PLAIN).text == "2026-01-02 03:04"
    assert ChatTemplate("{{ strftime_now('%Y') }}").render(PLAIN).text >= "2026"


def test_white_space_is_that_of_transformers() -> None:
    text = "  {% if true %}\n  a {{ 1 }}\n  {% endif %}\nb\n"
    assert ChatTemplate(text).render(PLAIN).text == "  a 1\nb"


def test_messages_lose_what_is_none_and_gain_reasoning_content() -> None:
    template = ChatTemplate("{% for m in messages %}{{ m }}{% endfor %}")
    turns = [
        {"role": "user", "content": None, "parts": [None]},
        {"role": "assistant", "reasoning": "r", "reasoning_content": None},
    ]
    assert template.render(turns).text == (
        "{'role': 'user', 'parts': [None]}"
        "{'thinking': 'r', 'role': 'assistant', 'reasoning': 'r', 'reasoning_content': 'r'}"
    )


CONTINUED: list[tuple[dict[str, Any], bool | str, str, list[str]]] = [
    (assistant("No"), True, "Assistant: No", [" No"]),
    (assistant("No."), "content", "Assistant: No.", [" No."]),
    (assistant("No ", reasoning_content="9"), True, "\n9\n</think>\n\nNo ", [" <think>\n9\n</think>\n\nNo "]),
    (assistant("", reasoning_content="9 "), "reasoning_content", "<think>\n9", [" <think>\n9"]),
    (assistant("", thinking="9"), "thinking", "<think>\n9", [" <think>\n9"]),
    (assistant([{"type": "text", "text": "No"}]), True, "Assistant: No", [" No"]),
]  # fmt: skip


@pytest.mark.parametrize(("turn", "field", "end", "spans"), CONTINUED)
def test_a_final_turn_left_open(
    turn: dict[str, Any], field: bool | str, end: str, spans: list[str]
) -> None:
    before = repr(turn)
    rendering = shipped("human_assistant").render([user("9?"), turn], continue_final_message=field)
    assert rendering.text.endswith(end)
    assert trained(rendering) == spans
    assert repr(turn) == before


FAILURES: list[tuple[str, list[Any], dict[str, Any], str, int | None]] = [
    ("a\n{{ raise_exception('no ' ~ messages[0].role) }}", PLAIN, {}, "no user", 2),
    ("\n\n{{ x.y }}", PLAIN, {}, "'x' is undefined", 3),
    ("{% macro f() %}\n{{ 1 + 'a' }}{% endmacro %}\n{{ f() }}", PLAIN, {}, "TypeError: unsupported operand", 2),
    ("", [], {}, "there is no message to render", None),
    ("", [[PLAIN]], {}, "a message should be a mapping", None),
    ("", PLAIN, {"tools": ["x"]}, "a tool should be a JSON schema", None),
    ("", PLAIN, {"documents": ["x"]}, "a document should be a dict", None),
    ("", PLAIN, {"continue_final_message": True}, "the template never reads 'content'", None),
    ("content", PLAIN, {"continue_final_message": True}, "does not print the final message whole", None),
    ("content", PLAIN, {"continue_final_message": "name"}, "the final message has no 'name'", None),
    ("content", [user([])], {"continue_final_message": True}, "has no text to continue", None),
    ("content", PLAIN, {"continue_final_message": True, "add_generation_prompt": True}, "cannot be followed by a generation prompt", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "messages", "arguments", "what", "line"), FAILURES)
def test_failures_say_what_and_where(
    text: str, messages: list[Any], arguments: dict[str, Any], what: str, line: int | None
) -> None:
    template = ChatTemplate(text, name="x.jinja")
    with pytest.raises(TemplateError) as caught:
        template.render(messages, **arguments)
    (problem,) = caught.value.problems
    assert what in problem.what
    assert line == (problem.place and problem.place.line)


def test_the_row_s_fault_is_told_by_the_template() -> None:
    with pytest.raises(TemplateError, match="assistant message 1 has no reasoning"):
        shipped("human_assistant", think_mode="require").render(PLAIN)


BROKEN: list[tuple[str, str, Place]] = [
    ("a\n  {% nothing %}", "unknown tag 'nothing'", Place("x.jinja", 2, 6, 7, "  {% nothing %}")),
    ("{% if x %}\n\n", "Unexpected end of template", Place("x.jinja", 1, 1, 10, "{% if x %}")),
    ("a\r\n{{ x | made_up }}", "No filter named 'made_up'", Place("x.jinja", 2, 8, 7, "{{ x | made_up }}")),
    ("{% for m in messages %}{% generation %}\n {% break %}{% endgeneration %}{% endfor %}", "cannot be left", Place("x.jinja", 2, 2, 42, " {% break %}{% endgeneration %}{% endfor %}")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "what", "place"), BROKEN)
def test_a_broken_template_has_a_place(text: str, what: str, place: Place) -> None:
    with pytest.raises(TemplateError) as caught:
        ChatTemplate(text, name="x.jinja")
    (problem,) = caught.value.problems
    assert what in problem.what
    assert problem.place == place


def test_no_template_is_too_broken() -> None:
    deep = "{{ " + "(" * 5000 + ")" * 5000 + " }}"
    for text in (
        deep,
        "{% if true %}" * 200 + "{% endif %}" * 200,
        "{{ '\\x' }}",
        "{% macro f(x, x) %}",
    ):
        with pytest.raises(TemplateError):
            ChatTemplate(text)
