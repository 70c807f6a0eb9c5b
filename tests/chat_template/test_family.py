"""The templates that ship: what each writes, and what their variables change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conversations import CASES, INLINE, MULTI, PLAIN, assistant, user

from curate import shipped
from curate.chat_template import ChatTemplate, Rendering
from curate.chat_template.baked import serving
from curate.errors import TemplateError

FAMILY = shipped.templates()
THINKERS = sorted(name for name in FAMILY if not name.endswith(("-1", "-2", "-3")))
"""Templates that know the variables of thinking."""


def opened(name: str, **variables: Any) -> ChatTemplate:
    return ChatTemplate(
        FAMILY[name].read_text(encoding="utf-8"), "<s>", "</s>", variables=variables
    )


def trained(rendering: Rendering) -> list[str]:
    return [rendering.text[start:end] for start, end in rendering.spans]


BLOCK = "<think>\n9 = 3*3.\n</think>\n\nNo."
TEXTS = {
    "hh": (
        "Be brief.\n\nHuman: Is 7 prime?\n\nAssistant: <think>\n7 has no divisors.\n</think>\n\nYes."
        f"\n\nHuman: And 9?\n\nAssistant: {BLOCK}"
    ),
    "guanaco": (
        "Be brief.\n### Human: Is 7 prime?### Assistant: <think>\n7 has no divisors.\n</think>\n\nYes."
        f"### Human: And 9?### Assistant: {BLOCK}"
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_transcripts(name: str) -> None:
    rendered = opened(name).render(INLINE)
    assert rendered.text == TEXTS[name]
    assert trained(rendered)[-1] == f" {BLOCK}"
    prompt = opened(name).render(INLINE[:4], add_generation_prompt=True).text
    assert rendered.text == prompt + trained(rendered)[-1]


@pytest.mark.real
@pytest.mark.parametrize("name", TEXTS)
def test_transcripts_are_the_shared_ones(name: str, shared: Path) -> None:
    file = shared / f"templates_conformance/templates/{name}.jinja"
    theirs = ChatTemplate(file.read_text(encoding="utf-8"))
    for case in ("plain", "multi-turn", "multi-turn prompt", "inline reasoning", "empty contents"):
        messages, arguments = CASES[case]
        assert opened(name).render(messages, **arguments) == theirs.render(messages, **arguments)


PERSONA = (
    "You are a helpful AI assistant named Tiny Reasoning Language Model, trained by Shekswess."
)


def test_published_white_space() -> None:
    turns = [user("Is 7 prime?"), assistant("<think>\n7 has no divisors.\n</think>\n\nYes.")]
    published = opened("trlm-stage-1")
    assert published.render(turns).text == (
        f"      <|im_start|>system\n{PERSONA}<|im_end|>\n\n"
        "  <|im_start|>user\nIs 7 prime?<|im_end|>\n\n"
        "  <|im_start|>assistant\n<think>\n7 has no divisors.\n</think>\n\nYes.<|im_end|>\n\n"
    )
    prompt = published.render(turns[:1], add_generation_prompt=True).text
    assert prompt.endswith("Is 7 prime?<|im_end|>\n\n    <|im_start|>assistant\n\n")
    apart = [turns[0], assistant("Yes.", reasoning_content="7 has no divisors.")]
    assert published.render(apart) == published.render(turns)


@pytest.mark.real
@pytest.mark.parametrize("stage", [1, 2, 3])
def test_published_text_byte_for_byte(stage: int, shared: Path) -> None:
    """The shape of the published template is among the shared ones; only its default text differs."""
    ours = opened(f"trlm-stage-{stage}")
    persona = ours.render(PLAIN).text.split("\n", 1)[1].split("<|im_end|>")[0]
    assert persona.startswith(PERSONA)
    shape = shared / "templates_conformance/templates/chatml_indented_bug.jinja"
    text = shape.read_text(encoding="utf-8").replace("You are a careful assistant.", persona)
    published = ChatTemplate(text)
    for messages in (PLAIN, MULTI, INLINE, INLINE[1:], [*MULTI, user("  \n x")]):
        for prompt in (False, True):
            rendered = [
                one.render(messages, add_generation_prompt=prompt) for one in (ours, published)
            ]
            assert rendered[0] == rendered[1]


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_the_fixed_ones_are_chatml_below_a_persona(stage: int) -> None:
    fixed = FAMILY[f"trlm-stage-{stage}-fixed"].read_text(encoding="utf-8")
    chatml = FAMILY["chatml_think"].read_text(encoding="utf-8")
    assert fixed.endswith(chatml)
    assert fixed.count("\n") == chatml.count("\n") + 2
    published = opened(f"trlm-stage-{stage}").render(PLAIN).text
    clean = "".join(line.lstrip(" ") + "\n" for line in published.split("\n") if line)
    assert opened(f"trlm-stage-{stage}-fixed").render(PLAIN).text == clean
    with_system = opened(f"trlm-stage-{stage}-fixed").render(INLINE)
    assert with_system == opened("chatml_think").render(INLINE)


@pytest.mark.parametrize("name", THINKERS)
def test_thinking_modes(name: str) -> None:
    def last(turns: list[dict[str, Any]], **variables: Any) -> str:
        rendered = opened(name, **variables).render(turns)
        return trained(rendered)[-1].removesuffix("</s>").removesuffix("<|im_end|>").lstrip(" ")

    assert last(INLINE) == BLOCK
    assert last(MULTI) == last(INLINE, think_mode="strip") == "No."
    assert last(INLINE, think_mode="require") == BLOCK
    assert last(MULTI, think_mode="empty") == "No."
    assert "<think>\n\n</think>\n\nNo." in opened(name, think_mode="empty").render(MULTI).text
    with pytest.raises(TemplateError, match="assistant message 2 has no reasoning"):
        last(MULTI, think_mode="require")
    history = opened(name, think_history="strip").render(INLINE).text
    assert "7 has no divisors" not in history
    assert BLOCK in history
    marked = last(INLINE, think_open="[THINK]", think_close="[/THINK]")
    assert marked == BLOCK  # other markers leave a block in content alone
    apart = [*MULTI[:4], assistant("No.", reasoning="9 = 3*3.")]
    assert last(apart, think_open="[T]", think_close="[/T]", think_tail="\n").startswith("[T]\n9 =")
    prompt = opened(name).render(MULTI[:2], add_generation_prompt=True, enable_thinking=False)
    assert prompt.text.endswith("<think>\n\n</think>\n\n")
    assert "Be kind." in opened(name, system_prompt="Be kind.").render(PLAIN).text
    assert "Be kind." not in opened(name, system_prompt="Be kind.").render(MULTI).text


@pytest.mark.parametrize("name", FAMILY)
def test_the_serving_twin_renders_the_same(name: str) -> None:
    text = FAMILY[name].read_text(encoding="utf-8")
    twin = ChatTemplate(serving(text, {"think_mode": "require"}), "<s>", "</s>")
    assert "generation" not in twin.text.replace("add_generation_prompt", "")
    original = opened(name)
    for messages, arguments in CASES.values():
        try:
            expected = original.render(messages, **arguments)
        except TemplateError:
            continue
        assert twin.render(messages, **arguments) == (expected.text, [])


@pytest.mark.real
@pytest.mark.slow
def test_twins_of_public_templates(shared: Path) -> None:
    files = [
        file
        for file in sorted((shared / "data/templates").rglob("*.jinja"))
        if "endgeneration" in file.read_text(encoding="utf-8")
    ]
    assert len(files) > 10
    for file in files:
        text = file.read_text(encoding="utf-8")
        original = ChatTemplate(text, "<s>", "</s>", "2026-01-02")
        twin = ChatTemplate(serving(text, {}), "<s>", "</s>", "2026-01-02")
        for messages, arguments in CASES.values():
            try:
                expected = original.render(messages, **arguments).text
            except TemplateError:
                continue
            assert twin.render(messages, **arguments).text == expected, file
