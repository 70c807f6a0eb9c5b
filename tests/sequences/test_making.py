"""Rows as sequences: what is cut, what stays, what is left out."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import BYTES, PAIRS
from tokenizers import Tokenizer

from curate import shipped
from curate.chat_template import ChatTemplate
from curate.chat_template.conversation import open_template
from curate.recipe.model import Tokens, Truncation
from curate.rows import Message, Row, assistant, frame
from curate.sequences.making import LeftOut, Making, Sequence
from curate.sequences.truncation import kept
from curate.step import TemplateUse

THOUGHT = "First, count them. There are two.\n\nThen add one.\nIt makes three.\n\nSo three it is."


@cache
def template(name: str) -> ChatTemplate:
    return open_template(TemplateUse(shipped.templates()[name], "", "</s>"))


def making(tokenizer: Path = BYTES, name: str = "chatml_think", **options: Any) -> Making:
    told = Tokens.model_validate(options)
    return Making(told, template(name), tokenizer, ("<think>", "</think>"))


def rows(*made: Row) -> pl.DataFrame:
    return frame("s", made)


def thinks(thought: str, answer: str = "Three.", asked: str = "How many?") -> Row:
    return Row((Message("user", asked), assistant(f"<think>\n{thought}\n</think>\n\n{answer}")))


def one(row: Row, tokenizer: Path = BYTES, **options: Any) -> Sequence | LeftOut:
    (made,) = making(tokenizer, **options).sequences(rows(row))
    return made


def text(ids: np.typing.NDArray[np.int32], tokenizer: Path = BYTES) -> str:
    engine = Tokenizer.from_file(str(tokenizer))
    return engine.decode(ids.tolist(), skip_special_tokens=False)


def of_trained(made: Sequence) -> str:
    return text(made.ids[made.trained])


HEAD = "<|im_start|>user\nHow many?<|im_end|>\n<|im_start|>assistant\n"
TAIL = "\n</think>\n\nThree.<|im_end|>\n"


@pytest.mark.parametrize(
    ("room", "thought"),
    [
        (len(THOUGHT), THOUGHT),
        (len(THOUGHT) - 1, "First, count them. There are two.\n\nThen add one.\nIt makes three."),
        (
            63,
            "First, count them. There are two.",
        ),  # nowhere but at blank lines, as long as one fits
        (33, "First, count them. There are two."),
        (32, "First, count them."),  # a step too long for that ends at a sentence
        (18, "First, count them."),
        (17, None),
    ],
)
def test_thinking_ends_with_a_step(room: int, thought: str | None) -> None:
    limit = len(HEAD) + len("<think>\n") + room + len(TAIL)
    made = one(thinks(THOUGHT), max_length=limit, truncation="think_aware")
    if thought is None:
        whole = limit - room + len(THOUGHT)
        rule = f"at most {limit:,} tokens, thinking shortened"
        assert made == LeftOut(f"{whole:,} tokens", rule)
        return
    assert isinstance(made, Sequence)
    assert text(made.ids) == f"{HEAD}<think>\n{thought}{TAIL}"
    assert of_trained(made) == f"<think>\n{thought}{TAIL}".rstrip("\n")
    assert (made.edited, made.cut) == (thought != THOUGHT, False)


def test_a_first_line_may_be_all_that_fits() -> None:
    row = thinks("a b c\nd e f\n\ng h i")
    limit = len(HEAD) + len("<think>\na b c") + len(TAIL)
    made = one(row, max_length=limit, truncation="think_aware")
    assert isinstance(made, Sequence)
    assert text(made.ids) == f"{HEAD}<think>\na b c{TAIL}"


def test_the_longest_thought_gives_first() -> None:
    row = Row((
        Message("user", "a"), assistant("<think>\nShort.\n\nDone.\n</think>\n\n1"),
        Message("user", "b"), assistant("<think>\nLong, long.\n\nLonger.\n\nDone.\n</think>\n\n2"),
    ))  # fmt: skip
    whole = one(row)
    assert isinstance(whole, Sequence)
    full = len(whole.ids)
    made = one(row, max_length=full - 1, truncation="think_aware")
    assert isinstance(made, Sequence)
    assert "Short.\n\nDone.\n</think>" in text(made.ids)
    assert "Long, long.\n\nLonger.\n</think>" in text(made.ids)
    made = one(row, max_length=full - len("\n\nLonger.\n\nDone.") - 1, truncation="think_aware")
    assert isinstance(made, Sequence)
    assert "Short.\n</think>" in text(made.ids)
    assert "Long, long.\n</think>" in text(made.ids)


def test_a_thought_that_others_quote_is_found_where_it_is_thought() -> None:
    quoted = Row((
        Message("user", f"Is this right? {THOUGHT}"), assistant(f"No: {THOUGHT}"),
        Message("user", "Sure?"), assistant(f"<think>\n{THOUGHT}\n</think>\n\nThree."),
    ))  # fmt: skip
    whole = one(quoted)
    assert isinstance(whole, Sequence)
    made = one(quoted, max_length=len(whole.ids) - 1, truncation="think_aware")
    assert isinstance(made, Sequence)
    shorter = THOUGHT.rpartition("\n\n")[0]
    assert text(made.ids) == text(whole.ids).replace(f"<think>\n{THOUGHT}", f"<think>\n{shorter}")


def longest(thought: str, room: int) -> str | None:
    """The longest beginning that fits, by trying all: at blank lines, else at lines, else at sentences."""
    first = thought
    for pattern in (r"\n[ \t]*\n\s*", r"\n\s*", r"(?<=[.!?])\s+"):
        ends = [len(first[: found.start()].rstrip()) for found in re.finditer(pattern, first)]
        fitting = [end for end in ends if 0 < end <= room]
        if fitting:
            return first[: fitting[-1]]
        first = first[: ends[0]] if ends else first
    return None


@given(
    thought=st.lists(
        st.sampled_from(("One.", "Two!", " ", "  ", "\n", "\n\n", "\n \n", "and so on", "5")),
        min_size=1, max_size=14,
    ).map("".join).map(str.strip).filter(bool),
    spare=st.integers(1, 60),
)  # fmt: skip
def test_as_much_thinking_stays_as_fits(thought: str, spare: int) -> None:
    row = Row((Message("user", "How many?"), Message("assistant", "Three.", thought)))
    limit = len(HEAD) + len("<think>\n") + len(thought) - spare + len(TAIL)
    made = one(row, max_length=max(2, limit), truncation="think_aware")
    expected = longest(thought, len(thought) - spare)
    if expected is None:
        assert isinstance(made, LeftOut)
    else:
        assert isinstance(made, Sequence)
        assert text(made.ids) == f"{HEAD}<think>\n{expected}{TAIL}"


def test_rows_without_thinking_cannot_be_shortened() -> None:
    row = Row((Message("user", "?"), assistant("So. And. " * 20)))
    assert isinstance(one(row, max_length=60, truncation="think_aware"), LeftOut)


@pytest.mark.parametrize(
    ("length", "limit", "start", "end"),
    [(5, 3, [0, 1, 2], [2, 3, 4]), (3, 3, [0, 1, 2], [0, 1, 2]), (2, 3, [0, 1], [0, 1])],
)
def test_what_is_kept(length: int, limit: int, start: list[int], end: list[int]) -> None:
    assert list(range(length))[kept(length, limit, end=False)] == start
    assert list(range(length))[kept(length, limit, end=True)] == end


def test_cutting_is_told_and_what_lost_all_its_labels_is_left_out() -> None:
    row = thinks(THOUGHT)
    whole = one(row)
    assert isinstance(whole, Sequence)
    start = one(row, max_length=80, truncation="keep_start")
    end = one(row, max_length=20, truncation="keep_end")
    assert isinstance(start, Sequence)
    assert isinstance(end, Sequence)
    assert start.ids.tolist() == whole.ids[:80].tolist()
    assert end.ids.tolist() == whole.ids[-20:].tolist()
    assert end.trained.tolist() == [False, *whole.trained[-19:].tolist()]
    assert (start.cut, end.cut, start.edited) == (True, True, False)
    assert one(row, max_length=20, truncation="keep_start") == LeftOut(
        "no token to train", "mask assistant"
    )
    assert isinstance(one(row, max_length=20), LeftOut)


SPOKEN = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
THOUGHTS = st.lists(
    st.sampled_from(("One. ", "Two!\n", "three\n\n", "so it goes ", "é🙂 ", "\n \n", "x" * 9)),
    min_size=1, max_size=12,
).map("".join)  # fmt: skip
DIALOGUES = st.lists(st.tuples(SPOKEN, THOUGHTS, SPOKEN), min_size=1, max_size=3)


def dialogue(turns: list[tuple[str, str, str]]) -> Row:
    messages: list[Message] = []
    for asked, thought, answer in turns:
        messages += (Message("user", asked), Message("assistant", answer, thought))
    return Row(tuple(messages))


@given(turns=DIALOGUES, limit=st.integers(2, 400))
def test_think_aware_keeps_all_but_thinking(turns: list[tuple[str, str, str]], limit: int) -> None:
    for tokenizer in (BYTES, PAIRS):
        row = dialogue(turns)
        whole = one(row, tokenizer)
        made = one(row, tokenizer, max_length=limit, truncation="think_aware")
        assert isinstance(whole, Sequence)
        if len(whole.ids) <= limit:
            assert isinstance(made, Sequence)
            assert made.ids.tolist() == whole.ids.tolist()
            assert not made.edited
            continue
        if isinstance(made, LeftOut):
            continue
        assert made.edited
        assert len(made.ids) <= limit
        before, after = text(whole.ids, tokenizer), text(made.ids, tokenizer)
        cut = r"<think>\n(.*?)\n</think>"
        told = [thought for _, thought, _ in turns if thought.strip()]
        left = re.findall(cut, after, re.DOTALL)
        if len(left) != len(told):
            continue  # a prompt or an answer that talks of the markers
        assert re.sub(cut, "", after, flags=re.DOTALL) == re.sub(cut, "", before, flags=re.DOTALL)
        for short, long in zip(left, told, strict=True):
            assert long.strip().startswith(short)
            assert short.strip()
            rest = long.strip()[len(short) :]
            assert not rest or rest[0].isspace()


@given(turns=DIALOGUES, limit=st.integers(2, 300))
@pytest.mark.parametrize("truncation", ["drop", "keep_start", "keep_end", "think_aware"])
def test_nothing_is_longer_than_allowed_and_labels_are_ids(
    truncation: Truncation, turns: list[tuple[str, str, str]], limit: int
) -> None:
    made = one(dialogue(turns), max_length=limit, truncation=truncation)
    if isinstance(made, Sequence):
        assert len(made.ids) <= limit
        assert made.trained.any()
        assert np.array_equal(made.labels != -100, made.trained)
        assert np.array_equal(made.labels[made.trained], made.ids[made.trained])


@given(turns=DIALOGUES)
def test_trained_tokens_decode_to_what_assistants_say(turns: list[tuple[str, str, str]]) -> None:
    made = one(dialogue(turns))
    assert isinstance(made, Sequence)
    said = "".join(
        (f"<think>\n{thought.strip()}\n</think>\n\n" if thought.strip() else "")
        + answer.lstrip("\n") + "<|im_end|>"
        for _, thought, answer in turns
    )  # fmt: skip
    assert of_trained(made) == said
    assert made.straddling == 0


@pytest.mark.real
@pytest.mark.parametrize("name", ["chatml_think", "human_assistant"])
def test_real_traces_with_a_real_tokenizer(shared: Path, name: str) -> None:
    import gzip
    import json

    file = shared / "data/reasoning/rg_think/algebra_qwen_3b_500_to_arc.json.gz"
    told = json.loads(gzip.decompress(file.read_bytes()))
    smollm = shared / "data/tokenizers/smollm2/tokenizer.json"
    traces = [
        Row((Message("user", result["question"]), assistant(sample["full_model_response"])))
        for category in told["categories"]
        for dataset in category["datasets"]
        for result in dataset["results"]
        for sample in result["completions"][:1]
    ]
    use = making(smollm, name, max_length=1024, truncation="think_aware")
    made = list(use.sequences(rows(*traces)))
    plain = list(making(smollm, name).sequences(rows(*traces)))
    edited = [one for one in made if isinstance(one, Sequence) and one.edited]
    assert len(edited) > 30
    engine = Tokenizer.from_file(str(smollm))
    for short, long in zip(made, plain, strict=True):
        assert isinstance(long, Sequence)
        if isinstance(short, Sequence):
            ends = [
                engine.decode(each.ids.tolist(), skip_special_tokens=False).rsplit("</think>", 1)[
                    -1
                ]
                for each in (short, long)
            ]
            assert ends[0] == ends[1]
            assert len(short.ids) <= 1024
