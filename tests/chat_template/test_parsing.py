"""What a template wrote reads back as what it was given."""

from __future__ import annotations

from typing import Any

import pytest
from conversations import CALL, CASES, INLINE, MULTI, PLAIN, RESULT, assistant, user
from hypothesis import given
from hypothesis import strategies as st

from curate import shipped
from curate.chat_template import ChatTemplate
from curate.chat_template.canonical import canonical
from curate.chat_template.parsing import FORMS, Form, parse, read, recognise
from curate.errors import TemplateError
from curate.shapes import dialogue

Turns = list[dict[str, Any]]


def opened(name: str) -> ChatTemplate:
    return ChatTemplate(shipped.templates()[name].read_text(encoding="utf-8"), "<s>", "</s>")


FORM_OF = {name: name for name in ("human_assistant", "chatml_think", "hh", "guanaco")} | {
    f"trlm-stage-{stage}{fixed}": "chatml_think" if fixed else "trlm"
    for stage in (1, 2, 3)
    for fixed in ("", "-fixed")
}
TEMPLATES = {name: opened(name) for name in FORM_OF}


def undone(name: str, messages: Turns, **arguments: Any) -> Turns:
    template = TEMPLATES[name]
    form = FORMS[FORM_OF[name]]
    turns = read(template.render(messages, **arguments).text, template, form)
    # A default system text is the template's, not the conversation's.
    return turns if messages[0]["role"] == "system" else [t for t in turns if t["role"] != "system"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_its_form_is_found(name: str) -> None:
    form = recognise(TEMPLATES[name])
    assert form is not None
    assert form.name == FORM_OF[name]


def test_the_form_of_strangers_is_not() -> None:
    text = "{% for m in messages %}[{{ m.role }}] {{ m.content }}{% endfor %}"
    assert recognise(ChatTemplate(text)) is None


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("messages", [PLAIN, MULTI, INLINE, INLINE[1:]], ids=range(4))
def test_conversations(name: str, messages: Turns) -> None:
    assert undone(name, messages) == canonical(messages)


@pytest.mark.parametrize("name", TEMPLATES)
def test_prompts(name: str) -> None:
    prompt = undone(name, MULTI[:4], add_generation_prompt=True)
    assert prompt == [*MULTI[:4], assistant("")]


def test_tool_calls() -> None:
    call = assistant("", tool_calls=[{"function": CALL["tool_calls"][0]["function"]}])
    turns = [user("Weather?"), CALL, RESULT, CALL | {"content": "Again."}, RESULT, assistant("7")]
    told = [turns[0], call, {"role": "tool", "content": RESULT["content"]}]
    told += [call | {"content": "Again."}, told[2], turns[5]]
    assert undone("chatml_think", turns) == canonical(turns) == told
    two = [user("Both?"), assistant("x", tool_calls=[*CALL["tool_calls"], *CALL["tool_calls"]])]
    assert undone("chatml_think", two) == canonical(two)
    as_text, arguments = CASES["tool arguments as text"]
    del arguments
    assert undone("chatml_think", as_text) == canonical(as_text)


# What a layout can represent: texts without a piece of its own marks, and a system turn in front.
PIECES = st.sampled_from([*"ab:#<> \t\n\r", "\n\n", "Yes.", "ünïcödé", "{{ x }}", "\u2028", "<b>"])
TEXTS = st.lists(PIECES, max_size=8).map("".join)


@st.composite
def conversations(draw: st.DrawFn, texts: st.SearchStrategy[str] = TEXTS) -> Turns:
    turns: Turns = []
    if draw(st.booleans()):
        turns.append({"role": "system", "content": draw(texts.filter(bool))})
    for _ in range(draw(st.integers(1, 3))):
        turns.append(user(draw(texts)))
        more = {"reasoning_content": draw(texts)} if draw(st.booleans()) else {}
        turns.append(assistant(draw(texts), **more))
    return turns


@pytest.mark.parametrize("name", TEMPLATES)
@given(conversations())
def test_what_is_rendered_is_read_back(name: str, messages: Turns) -> None:
    assert undone(name, messages) == canonical(messages)


@pytest.mark.parametrize("name", ["hh", "guanaco"])
@given(conversations())
def test_dialogues_read_the_same(name: str, messages: Turns) -> None:
    turns = [turn | {"content": turn["content"].strip() or "x"} for turn in messages]
    plain = [{"role": turn["role"], "content": turn["content"]} for turn in turns]
    text = TEMPLATES[name].render(plain).text
    found = [{"role": turn.role, "content": turn.content} for turn in dialogue.parse(text)]
    assert parse(text, FORMS[name]) == plain
    assert [one | {"content": (one["content"] or "").rstrip("\n")} for one in found] == plain


@pytest.mark.parametrize(
    ("form", "text", "words"),
    [
        ("chatml_think", "<|im_start|>user\nHi<|im_start|>assistant\n", "where the user turn"),
        ("chatml_think", "x<|im_start|>user\nHi<|im_end|>\n", "before the first turn"),
        ("chatml_think", "<|im_start|>gpt\nHi<|im_end|>\n", "a turn of 'gpt'"),
        ("chatml_think", "Hello", "before the first turn"),
        ("human_assistant", "Human: a\n\nAssistant: b\n\nHuman: c", "where the assistant turn"),
        ("guanaco", "Be brief.### Human: a", "before the first turn"),
        (
            "chatml_think",
            "<|im_start|>assistant\n<tool_call>\n{\n</tool_call><|im_end|>\n",
            "is not JSON",
        ),
    ],
)
def test_what_no_template_of_ours_wrote(form: str, text: str, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        parse(text, FORMS[form], eos="</s>")


def test_every_form_is_a_templates() -> None:
    assert {form.name for form in FORMS.values()} == set(FORM_OF.values())
    assert all(isinstance(form, Form) for form in FORMS.values())
