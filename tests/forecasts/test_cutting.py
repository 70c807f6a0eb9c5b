"""Small rows cut at every place, token by token: tokens are bytes here, so places can be counted by eye."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from byte_tokens import BYTES, reader
from hypothesis import given
from hypothesis import strategies as st

from curate.forecasts.account import Account
from curate.forecasts.cutting import CutRow, cut
from curate.forecasts.ruler import Ruler
from curate.forecasts.trainers import TinyLlama, Trainer, TrlDpo, TrlSft

PROMPT = [{"role": "user", "content": "Why?"}]
ANSWER = {"role": "assistant", "content": "<think>Hm.</think>So."}


def cut_one(record: dict[str, Any], trainer: Trainer) -> CutRow:
    (row,) = cut([trainer.passages(record, reader())], trainer, Ruler(BYTES))
    return row


def outcome(record: dict[str, Any], trainer: Trainer) -> str:
    """What becomes of a row, in a few words."""
    row = cut_one(record, trainer)
    account = Account()
    account.add(row, trainer.needed(row.cuts))
    told = {
        "whole": account.whole,
        "out": account.left_out,
        "no close": account.closing.lost,
        "no answer": account.answer.lost,
        "no stop": account.stop.lost,
        "prompt cut": account.prompt_cut,
        "alike": account.identical,
    }
    words = [word for word, count in told.items() if count]
    return ", ".join([*words, f"{account.trained.kept}/{account.trained.all}"])


#             1111111111222222222233333
#   01234567890123456789012345678901234
#   U:Why?;A:<think>Hm.</think>So.;
SFT = {"prompt": PROMPT, "completion": [ANSWER]}
SFT_CASES = [
    (31, "whole, 22/22"),
    (30, "no stop, 21/22"),
    (28, "no stop, 19/22"),
    (27, "no answer, no stop, 18/22"),
    (26, "no close, no answer, no stop, 17/22"),
    (10, "no close, no answer, no stop, 1/22"),
    (9, "out, no close, no answer, no stop, 0/22"),
    (8, "out, no close, no answer, no stop, prompt cut, 0/22"),
]
SFT_END_CASES = [
    (31, "whole, 22/22"),
    (30, "prompt cut, 22/22"),
    (22, "prompt cut, 22/22"),
    (14, "prompt cut, 14/22"),
    (12, "prompt cut, 12/22"),
    (11, "no close, prompt cut, 11/22"),
    (2, "no close, prompt cut, 2/22"),
    (1, "no close, no answer, prompt cut, 1/22"),
]


@pytest.mark.parametrize(("length", "expected"), SFT_CASES)
def test_sft_keeps_the_start(length: int, expected: str) -> None:
    assert outcome(SFT, TrlSft(length)) == expected


@pytest.mark.parametrize(("length", "expected"), SFT_END_CASES)
def test_sft_keeps_the_end_where_asked(length: int, expected: str) -> None:
    assert outcome(SFT, TrlSft(length, keep_end=True)) == expected


def test_sft_reads_rows_as_trl_does() -> None:
    messages = {"messages": [*PROMPT, ANSWER]}
    assert outcome(messages, TrlSft(99)) == "whole, 31/31"
    assert outcome(messages, TrlSft(99, assistant_only=True)) == "whole, 22/22"
    assert outcome(messages, TrlSft(8, assistant_only=True)).startswith("out, no close")
    assert outcome({"text": "Why? So."}, TrlSft(99)) == "whole, 9/9"
    assert outcome({"text": "Why? So.;"}, TrlSft(8)) == "no stop, 8/9"
    assert outcome({"prompt": "Why? ", "completion": "So."}, TrlSft(99)) == "whole, 4/4"
    assert outcome({"prompt": "Why? ", "completion": "So."}, TrlSft(7)) == "no stop, 2/4"
    turns = [{"from": "user", "value": "Why?"}, {"from": "assistant", "value": "So."}]
    assert outcome({"conversations": turns}, TrlSft(99)) == "whole, 13/13"


def test_turns_without_the_last_answer_s_thinking_lose_none() -> None:
    """An earlier turn thinks, the last does not."""
    messages = [*PROMPT, ANSWER, *PROMPT, {"role": "assistant", "content": "So."}]
    assert outcome({"messages": messages}, TrlSft(20)) == "no answer, no stop, 20/44"
    thought = {"role": "assistant", "content": "So.", "reasoning_content": "Hm."}
    assert outcome({"messages": [*PROMPT, thought]}, TrlSft(24)) == (
        "no close, no answer, no stop, 24/31"
    )


UNENDED = {"role": "assistant", "content": "<think>Hm. "}


def test_a_thought_that_never_ends_has_no_end_to_lose() -> None:
    assert outcome({"prompt": PROMPT, "completion": [UNENDED]}, TrlSft(12)) == "no stop, 3/12"


def pair(chosen: str, rejected: str) -> dict[str, Any]:
    sides = {"chosen": chosen, "rejected": rejected}
    return {"prompt": PROMPT} | {
        name: [{"role": "assistant", "content": text}] for name, text in sides.items()
    }


#   U:Why?;A:So it is.;
DPO = pair("So it is.", "So it was.")
DPO_CASES = [
    (20, "whole, 21/21"),
    (19, "no stop, 20/21"),
    (16, "no stop, 14/21"),
    (15, "no stop, alike, 12/21"),
    (10, "no stop, alike, 2/21"),
    (9, "out, no answer, no stop, 0/21"),
    (8, "out, no answer, no stop, prompt cut, 0/21"),
]


@pytest.mark.parametrize(("length", "expected"), DPO_CASES)
def test_dpo_cuts_each_side(length: int, expected: str) -> None:
    assert outcome(DPO, TrlDpo(length)) == expected


def test_dpo_reads_rows_as_trl_does() -> None:
    assert outcome(DPO, TrlDpo(10, keep_end=True)) == "prompt cut, 20/21"
    implicit = {name: PROMPT + DPO[name] for name in ("chosen", "rejected")}
    assert outcome(implicit, TrlDpo(15)) == outcome(DPO, TrlDpo(15))
    texts = {"prompt": "Why? ", "chosen": "So.", "rejected": "No."}
    assert outcome(texts, TrlDpo(99)) == "whole, 8/8"
    assert outcome({"chosen": "Why? So.", "rejected": "Why? No."}, TrlDpo(99)) == "whole, 10/10"
    assert outcome(pair("So.", "So."), TrlDpo(11)) == "no stop, 4/8", "were alike before"


TINY_CASES = [
    (99, 99, "whole, 22/22"),
    (9, 99, "prompt cut, 22/22"),
    (10, 99, "whole, 22/22"),
    (99, 21, "no stop, 21/22"),
    (99, 18, "no answer, no stop, 18/22"),
    (99, 17, "no close, no answer, no stop, 17/22"),
]


@pytest.mark.parametrize(("source", "target", "expected"), TINY_CASES)
def test_tinyllama_cuts_source_and_target_apart(source: int, target: int, expected: str) -> None:
    assert outcome(SFT, TinyLlama(target, source)) == expected


def test_tinyllama_reads_rows_as_it_does() -> None:
    def told(record: dict[str, Any]) -> list[str]:
        return [cut.passage.text for cut in cut_one(record, TinyLlama(99, 99)).cuts]

    assert told({"input": "Why?", "output": "So."}) == ["^Why?", "So.;"]
    assert told({"text": "Human: Why?"}) == ["^", "Human: Why?;"]
    assert told({"chosen": "a", "rejected": "b"}) == ["^", "a;"]
    assert told({"prompt": "Why?", "completion": "So."}) == ["^Why?", "So.;"]
    assert told(SFT) == ["^U:Why?;A:", "<think>Hm.</think>So.;"]
    assert told({"messages": SFT["prompt"]}) == ["^", "U:Why?;"]
    source, target = told({"instruction": "Add.", "input": "1, 2", "output": "3"})
    assert source.endswith("### Instruction:\nAdd.\n\n### Input:\n1, 2\n\n### Response: ")
    assert "paired with an input" in source
    assert target == "3;"


TRAINERS: list[Callable[[int], Trainer]] = [TrlSft, TrlDpo, TinyLlama]
texts = st.text("ab <think>/é🙂", max_size=12)


@given(st.sampled_from(TRAINERS), texts, texts)
def test_the_needed_length_is_the_shortest(
    kind: Callable[[int], Trainer], one: str, other: str
) -> None:
    record = pair(one, other)
    if kind is not TrlDpo:
        record = {"prompt": PROMPT, "completion": record["chosen"]}
    need = kind(1).needed(cut_one(record, kind(1)).cuts)
    assert cut_one(record, kind(need)).is_whole
    assert not cut_one(record, kind(need - 1)).is_whole


@given(texts, texts, st.integers(1, 60))
def test_more_room_never_loses_more(one: str, other: str, length: int) -> None:
    for record, kind in ((pair(one, other), TrlDpo), (SFT, TrlSft)):
        few, many = Account(), Account()
        for account, room in ((few, length), (many, length + 1)):
            account.add(cut_one(record, kind(room)), 0)
        assert few.trained.kept <= many.trained.kept
        assert few.whole <= many.whole
        for name in ("closing", "answer", "stop"):
            assert getattr(few, name).lost >= getattr(many, name).lost


def test_accounts_add_up() -> None:
    lengths = range(1, 202)
    account, halves = Account(), (Account(), Account())
    for length in lengths:
        row = cut_one({"text": "a" * (length - 1)}, TrlSft(100))
        account.add(row, length)
        halves[length % 2].add(row, length)
    assert account.whole == 100
    assert account.max_lengths() == {95: 191, 99: 199, 100: 201}
    total = Account()
    for half in halves:
        total += half
    assert total.as_json() == account.as_json()
    assert Account().max_lengths() == {}
