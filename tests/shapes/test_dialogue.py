"""Conversations written as one text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.rows import Message
from curate.shapes.dialogue import is_dialogue, parse

CONTENTS = st.text(alphabet="ab :#\n\u0085", max_size=9)
TURNS = st.lists(
    st.tuples(st.sampled_from(("user", "assistant")), CONTENTS).map(lambda told: Message(*told)),
    min_size=1,
    max_size=5,
)
WORDS = {"user": "Human", "assistant": "Assistant"}


@given(TURNS, st.sampled_from(("\n\n", "\r\n\r\n")))
def test_what_hh_writes_is_read_back(turns: list[Message], blank: str) -> None:
    text = "".join(f"{blank}{WORDS[turn.role]}: {turn.content}" for turn in turns)
    assert is_dialogue(text)
    assert parse(text) == tuple(turns)


@given(TURNS)
def test_what_guanaco_writes_is_read_back(turns: list[Message]) -> None:
    text = "\n".join(f"### {WORDS[turn.role]}: {turn.content}" for turn in turns)
    assert is_dialogue(text)
    assert parse(text) == tuple(turns)


@given(TURNS)
def test_markers_of_its_own_are_read_back(turns: list[Message]) -> None:
    markers = {"user": "<Q>", "assistant": "<A>"}
    text = "\n\n".join(f"{markers[turn.role]}{turn.content}" for turn in turns)
    assert parse(text, markers) == tuple(turns)


@pytest.mark.parametrize(
    "text",
    [
        "Human: Hi",
        "\r\n\r\nAssistant: Hi",
        "### Human: Hi",
        "\n### Assistant: Hi",
    ],
)
def test_a_dialogue_starts_with_a_marker(text: str) -> None:
    assert is_dialogue(text)
    assert len(parse(text)) == 1


@pytest.mark.parametrize("text", ["\nHuman: Hi", "Humans: Hi", "I, Human: Hi", "## Human: Hi", ""])
def test_other_texts_are_none(text: str) -> None:
    assert not is_dialogue(text)


def test_a_marker_after_one_line_break_is_text() -> None:
    (turn,) = parse("\n\nHuman: he said\nAssistant: no")
    assert turn.content == "he said\nAssistant: no"


def test_thinking_is_set_apart() -> None:
    (turn,) = parse("Assistant: <think>hm</think>Yo")
    assert (turn.thinking, turn.content) == ("hm", "Yo")
