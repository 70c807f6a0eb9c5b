"""The forms of working, against the plain patterns that say what they are."""

from __future__ import annotations

import re

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from curate.funnel import Stop
from curate.passage import Passed, Placed, pass_through
from curate.steps.rationale_to_thinking import RationaleToThinking
from tests.strategies import rows

TAG = re.compile(r"\A(.*)<answer>(.*?)</answer>(.*)\Z", re.DOTALL)
HASHES = re.compile(r"\A(.*)^####[ \t]*(\S.*)\Z", re.DOTALL | re.MULTILINE)
OBJECT = re.compile(r"```[ \t]*(?:json|JSON)?\s*(?=\{)|\A\s*(?=\{)")
PIECES = ["<answer>", "</answer>", "<answer></answer>", "####", "#", "\n", " ", "\t", "a", "b c"]
FENCES = ["```", "```json", "``` JSON", "\n", " ", "word"]


@given(st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
def test_tags_and_hashes_are_what_their_patterns_find(text: str) -> None:
    tagged, hashed = TAG.match(text), HASHES.match(text)
    plain = {
        "answer_tag": tagged and (tagged[1], f"{tagged[2].strip()}\n\n{tagged[3].strip()}"),
        "hashes": hashed and (hashed[1], hashed[2]),
    }
    for form, parts in plain.items():
        told = parts and (parts[0].strip(), parts[1].strip())
        found = RationaleToThinking.model_validate({"forms": [form]}).parted(text)
        assert found == (told if told and all(told) else None)


@given(st.lists(st.tuples(st.sampled_from(["", *FENCES]), st.booleans()), max_size=5))
def test_json_is_the_last_that_stands_alone_or_behind_a_fence(
    pieces: list[tuple[str, bool]],
) -> None:
    text = "".join(
        lead + f'{{"reasoning": "r{at}", "answer": "{at}"}}' * there
        for at, (lead, there) in enumerate(pieces)
    )
    starts = [found.end() for found in OBJECT.finditer(text)]
    told = (
        re.match(r'{"reasoning": "(\w+)", "answer": "(\w+)"}', text[starts[-1] :])
        if starts
        else None
    )
    found = RationaleToThinking(forms=("json",)).parted(text)
    assert found == (told and told.groups())


def test_a_row_once_marked_stays_so() -> None:
    told = rows([{"user": "q", "assistant": text} for text in ("2 + 2\n#### 4", "4", "")])
    steps = [RationaleToThinking(forms=("hashes",)), RationaleToThinking(forms=("json",))]
    stops = [Stop(position, step.name, step.label(), None) for position, step in enumerate(steps)]
    passed = pass_through(told, [Placed(*both) for both in zip(steps, stops, strict=True)])
    assert passed.rows["edited"].to_list() == [True, False, False]
    assert [passed.counts[position].edited for position in (0, 1)] == [1, 0]


def test_rows_without_a_turn_stay_as_they_are() -> None:
    told = rows([{"user": "q", "assistant": "2 + 2\n#### 4"}] * 3)
    turns = told["messages"].to_list()
    told = told.with_columns(
        pl.Series("messages", [turns[0], [], turns[2]], dtype=told.schema["messages"]),
        pl.Series("chosen", [None, turns[1], []], dtype=told.schema["chosen"]),
    )
    passed: Passed = pass_through(
        told, [Placed(RationaleToThinking(), Stop(0, "rationale_to_thinking", "", None))]
    )
    assert [len(turns) for turns in passed.rows["messages"].to_list()] == [2, 0, 2]
    assert passed.rows["chosen"].to_list()[::2] == [None, []]
    assert passed.rows["chosen"][1][-1]["thinking"] == "2 + 2"
    assert passed.rows["edited"].to_list() == [True, True, True]
