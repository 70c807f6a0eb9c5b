"""What each mask trains, on the templates that ship and on a foreign one."""

from __future__ import annotations

import pytest

from curate import shipped
from curate.chat_template import ChatTemplate
from curate.chat_template.row_rendering import render_row
from curate.recipe.model import Mask
from curate.rows import Message, Row, assistant, frame
from curate.sequences.masks import trained_spans

THINK = ("<think>", "</think>")
TWO = Row(
    (
        Message("user", "One?"),
        assistant("<think>\nI count.\n\nOnce.\n</think>\n\n1"),
        Message("user", "Two?"),
        assistant("2"),
    )
)
TAGGED = Row(
    (Message("user", "Tags?"), assistant("<think>\nHm.\n</think>\n\nUse <think>x</think>."))
)
ABOUT = Row((Message("user", "Tags?"), assistant("Write <think>x</think> first.")))
HEADED = """{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}<|assistant|>
{% if m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{% endif %}{{ m.content }}<|end|>{% endgeneration %}{% else %}
{{- m.content }}{% endif %}{% endfor %}"""


def taught(row: Row, mask: Mask, text: str, markers: tuple[str, str] = THINK) -> list[str]:
    told = frame("s", [row]).to_dicts()[0]
    rendering = render_row(told, told["messages"], ChatTemplate(text, "", "</s>"))
    spans = trained_spans(mask, rendering, told["messages"], markers)
    return [rendering.text[start:end] for start, end in spans]


def source(name: str) -> str:
    return shipped.templates()[name].read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("row", "mask", "name", "told"),
    [
        (TWO, "assistant", "chatml_think", ["<think>\nI count.\n\nOnce.\n</think>\n\n1<|im_end|>", "2<|im_end|>"]),
        (TWO, "answer", "chatml_think", ["1<|im_end|>", "2<|im_end|>"]),
        (TWO, "last_turn", "chatml_think", ["2<|im_end|>"]),
        (TWO, "assistant", "human_assistant", [" <think>\nI count.\n\nOnce.\n</think>\n\n1</s>", " 2</s>"]),
        (TWO, "answer", "human_assistant", ["1</s>", " 2</s>"]),
        (TWO, "last_turn", "human_assistant", [" 2</s>"]),
        (TAGGED, "answer", "chatml_think", ["Use <think>x</think>.<|im_end|>"]),
        (ABOUT, "answer", "chatml_think", ["Write <think>x</think> first.<|im_end|>"]),
    ],
)  # fmt: skip
def test_masks(row: Row, mask: Mask, name: str, told: list[str]) -> None:
    assert taught(row, mask, source(name)) == told


def test_a_header_in_the_block_is_no_answer() -> None:
    assert taught(TWO, "answer", HEADED) == ["1<|end|>", "<|assistant|>\n2<|end|>"]
    assert taught(ABOUT, "answer", HEADED) == [
        "<|assistant|>\nWrite <think>x</think> first.<|end|>"
    ]


def test_all_is_all() -> None:
    (text,) = taught(TWO, "all", source("chatml_think"))
    assert text.startswith("<|im_start|>user\nOne?")
    assert text.endswith("2<|im_end|>\n")


def test_thinking_without_an_end_is_all_answer() -> None:
    unclosed = Row((Message("user", "?"), Message("assistant", "<think>\nNever done")))
    assert taught(unclosed, "answer", source("chatml_think")) == ["<think>\nNever done<|im_end|>"]
