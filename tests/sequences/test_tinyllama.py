"""TinyLlama's collation, against its quirks one by one and against the script's own steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import BYTES, PAIRS
from tokenizers import Tokenizer

from curate import shipped
from curate.chat_template import ChatTemplate
from curate.recipe.model import TinyLlama
from curate.rows import Message, Row, assistant, frame
from curate.sequences.making import LeftOut, Sequence
from curate.sequences.tinyllama import Collating, collate

GUANACO = ChatTemplate(shipped.templates()["guanaco"].read_text(encoding="utf-8"))
TWO = Row((Message("user", "One?"), assistant("1"), Message("user", "Two?"), assistant("2")))
TEXT = "### Human: One?### Assistant: 1### Human: Two?### Assistant: 2"


def made(row: Row, tokenizer: Path = BYTES, **options: Any) -> Sequence | LeftOut:
    told = TinyLlama.model_validate({"bos_token": "<s>", "eos_token": "</s>", **options})
    (found,) = Collating(told, GUANACO, tokenizer).sequences(frame("s", [row]))
    return found


def text(ids: Any, tokenizer: Path = BYTES) -> str:
    engine = Tokenizer.from_file(str(tokenizer))
    return engine.decode([int(one) for one in ids], skip_special_tokens=False)


@pytest.mark.parametrize(
    ("options", "told", "trained", "cut"),
    [
        ({}, f"<s>{TEXT}</s>", f"{TEXT}</s>", False),  # users' turns too, one EOS at the very end
        ({"input": "prompt", "source_max_len": 99}, f"<s>{TEXT}</s>", " 2</s>", False),
        ({"target_max_len": len(TEXT)}, f"<s>{TEXT}", TEXT, True),  # EOS is cut off
        ({"input": "prompt"}, "<s>### Human: On 2</s>", " 2</s>", True),  # 16 tokens of source
        ({"train_on_source": True}, f"<s>{TEXT}</s>", f"<s>{TEXT}</s>", False),
    ],
)
def test_quirks(options: dict[str, Any], told: str, trained: str, cut: bool) -> None:
    found = made(TWO, **options)
    assert isinstance(found, Sequence)
    assert text(found.ids) == told
    assert text(found.ids[found.trained]) == trained
    assert found.cut == cut


def test_what_has_no_prompt_is_left_out() -> None:
    asked = Row((Message("user", "One?"),))
    assert made(asked, input="prompt") == LeftOut("no answer at its end", "input prompt")
    assert isinstance(made(asked), Sequence)


@given(
    said=st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), min_size=1, max_size=3),
    source=st.integers(1, 40),
    target=st.integers(1, 40),
    train=st.booleans(),
    prompt=st.booleans(),
)
def test_it_is_what_the_script_does(
    said: list[tuple[str, str]], source: int, target: int, train: bool, prompt: bool
) -> None:
    turns = [
        turn
        for asked, told in said
        for turn in (Message("user", asked), Message("assistant", told))
    ]
    found = made(
        Row(tuple(turns)), PAIRS, input="prompt" if prompt else "none",
        source_max_len=source, target_max_len=target, train_on_source=train,
        bos_token="<|im_start|>", eos_token="<|im_end|>",
    )  # fmt: skip
    assert isinstance(found, Sequence)
    whole = GUANACO.render([turn.as_dict() for turn in turns]).text
    asked = GUANACO.render([turn.as_dict() for turn in turns[:-1]], add_generation_prompt=True).text
    given_, output = (asked, whole[len(asked) :]) if prompt else ("", whole)
    engine = Tokenizer.from_file(str(PAIRS))
    first = engine.encode(f"<|im_start|>{given_}", add_special_tokens=False).ids[:source]
    second = engine.encode(f"{output}<|im_end|>", add_special_tokens=False).ids[:target]
    assert found.ids.tolist() == first + second
    masked = first if train else [-100] * len(first)
    assert found.labels.tolist() == masked + second


def test_a_batch_is_padded_behind_and_masked_by_value() -> None:
    rows = [
        {"input_ids": [1, 7, 8, 2], "labels": [-100, 7, 8, 2]},
        {"input_ids": [1, 9], "labels": [-100, 9]},
    ]
    batch = collate(rows, pad=2)  # EOS is the padding too, so the row's own EOS is masked
    assert batch["input_ids"].tolist() == [[1, 7, 8, 2], [1, 9, 2, 2]]
    assert batch["labels"].tolist() == [[-100, 7, 8, 2], [-100, 9, -100, -100]]
    assert batch["attention_mask"].tolist() == [
        [True, True, True, False],
        [True, True, False, False],
    ]
    assert [batch[name].dtype for name in batch] == [np.int64, np.int64, np.bool_]
    assert {name: values.shape for name, values in collate([], 0).items()} == dict.fromkeys(
        batch, (0, 0)
    )
