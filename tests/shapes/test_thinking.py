"""Thinking taken off an answer, and put back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import thinking
from curate.rows import Message, assistant
from curate.thinking import ANSWERS, SPELLINGS, Thought

MARKERS = [marker for pair in (*SPELLINGS, *ANSWERS) for marker in pair]
TEXTS = st.lists(
    st.one_of(st.sampled_from(MARKERS), st.sampled_from(" \n\r\u0085\u2028x"), st.text(max_size=5)),
    max_size=9,
).map("".join)


@given(TEXTS, st.booleans())
def test_splitting_and_joining_gives_every_text_back(text: str, implied: bool) -> None:
    assert thinking.join(thinking.split(text, implied_opening=implied)) == text


def upstream(turn: Message) -> str:
    """The text a turn came as, from what a row keeps of it."""
    around = json.loads(turn.markers) if turn.markers else None
    opening, closing, ending = around or (thinking.OPEN, thinking.CLOSE, "")
    if turn.thinking is None:
        return turn.content or ""
    return thinking.join(Thought(turn.content or "", turn.thinking, opening, closing, ending))


@given(TEXTS, st.booleans())
def test_a_turn_keeps_all_of_its_text(text: str, implied: bool) -> None:
    assert upstream(assistant(text, implied_opening=implied)) == text


@given(TEXTS)
def test_a_plain_text_stays_content(text: str) -> None:
    thought = thinking.split(text)
    if not thinking.opens(text):
        assert thought == Thought(text)
    if thought.thinking is None:
        assert thought.content == text


@pytest.mark.parametrize(("opened", "closed"), SPELLINGS)
@pytest.mark.parametrize("lead", ["", "\n", "\r\n \t"])
def test_every_spelling_is_understood(opened: str, closed: str, lead: str) -> None:
    thought = thinking.split(f"{lead}{opened}\nwhy\n{closed}\n\nso {closed} it is")
    assert thought == Thought(f"\n\nso {closed} it is", "\nwhy\n", lead + opened, closed)
    assert thought.is_canonical == (lead + opened == "<think>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>why", Thought("<think>why")),
        ("so <think>why</think>", Thought("so <think>why</think>")),
        ("why</think>so", Thought("why</think>so")),
        ("<think></think>", Thought("", "", "<think>", "</think>")),
        (
            "<Thought>\nwhy\n</Thought>\n<Output>\nso\n</Output>",
            Thought("\nso\n", "\nwhy\n", "<Thought>", "</Thought>\n<Output>", ending="</Output>"),
        ),
        (
            "<Thought>why</Thought><Output>so",
            Thought("<Output>so", "why", "<Thought>", "</Thought>"),
        ),
        (
            "<|begin_of_thought|>why<|end_of_thought|> <|begin_of_solution|>so<|end_of_solution|>\n",
            Thought(
                "so",
                "why",
                "<|begin_of_thought|>",
                "<|end_of_thought|> <|begin_of_solution|>",
                ending="<|end_of_solution|>\n",
            ),
        ),
    ],
)
def test_what_is_thinking_and_what_is_answer(text: str, expected: Thought) -> None:
    assert thinking.split(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("why</think>\nso", Thought("\nso", "why", "", "</think>")),
        ("why</think>so</think>", Thought("so</think>", "why", "", "</think>")),
        ("</think>so", Thought("so", "", "", "</think>")),
        ("why, <think>why</think>so", Thought("why, <think>why</think>so")),
        ("so", Thought("so")),
    ],
)
def test_an_opening_may_be_implied(text: str, expected: Thought) -> None:
    assert thinking.split(text, implied_opening=True) == expected


@given(st.text(max_size=9), st.text(max_size=9))
def test_folding_is_undone_by_splitting(thought: str, content: str) -> None:
    if "</think>" not in thought:
        assert thinking.split(thinking.fold(thought, content)) == Thought(
            content, thought, "<think>", "</think>"
        )
