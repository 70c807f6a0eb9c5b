"""Rows in the form templates read, and templates as recipes name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.chat_template.conversation import as_template_messages, open_template
from curate.errors import TemplateError
from curate.rows import Message, assistant
from curate.step import TemplateUse

TEMPLATES = Path(__file__).parents[2] / "templates"

CALLS = '[{"function": {"name": "f", "arguments": {"x": "é"}}}]'


def test_turns_become_messages() -> None:
    turns = [
        Message("system", "s"),
        Message("user", "u", name="Ann"),
        assistant("<think>\nt\n</think>\n\na"),
        assistant("<thinking>t</thinking>a"),
        Message("assistant", None, "t", None, CALLS),
        Message("tool", "", tool_call_id="1"),
    ]
    assert as_template_messages([turn.as_dict() for turn in turns]) == [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "u", "name": "Ann"},
        {"role": "assistant", "content": "\n\na", "reasoning_content": "\nt\n"},
        {"role": "assistant", "content": "a", "reasoning_content": "t"},
        {
            "role": "assistant",
            "reasoning_content": "t",
            "tool_calls": [{"function": {"name": "f", "arguments": {"x": "é"}}}],
        },
        {"role": "tool", "content": "", "tool_call_id": "1"},
    ]


@pytest.mark.parametrize("name", ["human_assistant", "chatml_think"])
@pytest.mark.parametrize(
    "text", ["<think>\nt\n</think>\n\na", "a", "<think>t</think>a", "<think>\n\n</think>\n\na"]
)
def test_thinking_apart_renders_as_inline(name: str, text: str) -> None:
    template = open_template(TemplateUse(TEMPLATES / f"{name}.jinja"))
    prompt = {"role": "user", "content": "u"}
    apart = as_template_messages([prompt, assistant(text).as_dict()])
    inline = [prompt, {"role": "assistant", "content": text}]
    assert template.render(apart) == template.render(inline)


def test_tool_calls_that_are_not_json() -> None:
    with pytest.raises(TemplateError, match="the tool calls are not JSON") as caught:
        as_template_messages([{"role": "user"}, Message("assistant", "", tool_calls="[").as_dict()])
    place = caught.value.problems[0].place
    assert place is not None
    assert place.message == 1


def test_a_template_with_a_recipe_s_values(tmp_path: Path) -> None:
    file = tmp_path / "t.jinja"
    file.write_bytes("{{ bos_token }}é{{ x }}\r\n{{ eos_token }}".encode())
    use = TemplateUse(file, "<s>", "</s>", {"x": [1]})
    assert open_template(use).render([{"role": "user"}]).text == "<s>é[1]\n</s>"


def test_a_broken_template_names_its_file(tmp_path: Path) -> None:
    file = tmp_path / "t.jinja"
    file.write_text("\n{% nothing %}")
    with pytest.raises(TemplateError) as caught:
        open_template(TemplateUse(file))
    place = caught.value.problems[0].place
    assert place is not None
    assert (place.file, place.line, place.column, place.width) == (file, 2, 4, 7)


def test_a_template_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.jinja").write_bytes(b"\xe9")
    for name, words in (
        ("missing.jinja", "cannot be read: No such file"),
        (".", "cannot be read: there is no chat template in it: neither chat_template.jinja"),
        ("latin.jinja", "not UTF-8: .* at byte 0"),
    ):
        with pytest.raises(TemplateError, match=words) as caught:
            open_template(TemplateUse(tmp_path / name))
        place = caught.value.problems[0].place
        assert place is not None
        assert place.file == tmp_path / name
