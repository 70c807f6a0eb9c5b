"""Steps that count tokens, and the counting itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import tokens
from curate.errors import CurateError, StepError
from curate.rows import Kind
from curate.step import Setting, TemplateUse
from curate.steps.fits import Fits
from curate.steps.length import Length
from tests.strategies import rows

ROOT = Path(__file__).parents[2]
TOKENIZER = ROOT / "tests/data/bytes.json"
"""Byte-level; its only merges are `th`, `the`, ` the`, `hi` and ` a`."""
TEMPLATE = TemplateUse(ROOT / "templates/human_assistant.jinja", eos_token="<eos>")


def fits(max_length: int, kind: Kind = "conversation") -> Fits:
    setting = Setting(kind, tokenizer=TOKENIZER, template=TEMPLATE)
    return Fits(max_length=max_length).settle(setting)


def test_count_keeps_nulls_in_place() -> None:
    texts = pl.Series("t", [None, "the hi", "", None, "äx"])
    assert tokens.count(texts, TOKENIZER).to_list() == [None, 3, 0, None, 3]
    assert tokens.count(texts, TOKENIZER).dtype == pl.UInt32


def test_count_is_the_same_in_one_batch_and_in_many() -> None:
    texts = pl.Series(["the " * size for size in range(300)])
    assert tokens.count(texts, TOKENIZER).to_list() == [
        tokens.count(texts[at : at + 1], TOKENIZER).item() for at in range(300)
    ]


@given(st.text())
def test_bytes_bound_tokens(text: str) -> None:
    assert tokens.per_byte(TOKENIZER) == 1
    assert tokens.count(pl.Series([text]), TOKENIZER).item() <= len(text.encode())


def test_composing_makes_at_most_three_bytes_of_one(tmp_path: Path) -> None:
    described = json.loads(TOKENIZER.read_text("utf-8"))
    other = tmp_path / "composed.json"
    other.write_text(json.dumps({**described, "normalizer": {"type": "NFC"}}), "utf-8")
    assert tokens.per_byte(other) == 3
    text = "\U0001d160" * 40  # a note: NFC takes it apart, four bytes into twelve
    assert (
        len(text.encode()) < tokens.count(pl.Series([text]), other).item() <= 3 * len(text.encode())
    )


@pytest.mark.parametrize(
    "change",
    [
        {"normalizer": {"type": "NFKC"}},
        {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True}},
        {"pre_tokenizer": {"type": "Metaspace", "replacement": "_"}},
        {"pre_tokenizer": None},
        {"model": {"type": "WordPiece"}},
    ],
)
def test_other_tokenizers_are_not_bounded_by_bytes(change: dict[str, Any], tmp_path: Path) -> None:
    described = json.loads(TOKENIZER.read_text("utf-8"))
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**described, **change}), "utf-8")
    assert tokens.per_byte(other) is None


def test_tokenizer_that_is_none_is_told(tmp_path: Path) -> None:
    wrong = tmp_path / "tokenizer.json"
    wrong.write_text("{}", "utf-8")
    for place in (wrong, tmp_path / "nowhere.json"):
        with pytest.raises(StepError):
            tokens.count(pl.Series(["x"]), place)


def test_length_counts_tokens() -> None:
    frame = rows([{"user": "the hi a", "assistant": "the"}])
    step = Length(of="turn", unit="tokens", max=4).settle(Setting(tokenizer=TOKENIZER))
    assert frame.select(step.measure()).item() == 4
    assert step.label() == "of=turn unit=tokens max=4"
    assert step.stamp() == tokens.stamp(TOKENIZER).hex()


@pytest.mark.parametrize("step", [Length(unit="tokens", max=4), Fits(max_length=4)])
def test_counting_needs_a_tokenizer(step: Length | Fits) -> None:
    with pytest.raises(StepError, match="names no tokenizer"):
        step.settle(Setting())


def test_a_row_fits_up_to_its_last_token() -> None:
    short = {"user": "hi", "assistant": "the"}
    long = {"user": "hi", "assistant": "<think>the</think>the"}
    texts = [
        "Human: hi\n\nAssistant: the<eos>",
        "Human: hi\n\nAssistant: <think>\nthe\n</think>\n\nthe<eos>",
    ]
    exact = tokens.count(pl.Series(texts), TOKENIZER).to_list()
    frame = rows([short, long])
    assert frame.select(fits(1).measure()).to_series().to_list() == exact
    for limit, kept in ((exact[0] - 1, 0), (exact[0], 1), (exact[1] - 1, 1), (exact[1], 2)):
        step = fits(limit)
        assert frame.select(step.keep(step.measure())).to_series().sum() == kept


def test_both_sides_must_fit() -> None:
    frame = rows([{"user": "hi", "chosen": "b", "rejected": "bb" * 50}])
    exact = len("Human:") + len(" hi") - 1 + len("\n\nAssistant: ") + 100 + len("<eos>")
    assert frame.select(fits(10, "preference").measure()).item() == exact


def test_what_surely_fits_is_not_counted() -> None:
    frame = rows([{"user": "hi", "assistant": "b"}])
    step = fits(1000)
    assert frame.select(step.measure()).item() is None
    assert frame.select(step.keep(step.measure())).item()
    assert frame.clear().select(step.measure()).dtypes == [pl.UInt32]


def test_template_and_tokenizer_change_the_stamp() -> None:
    setting = Setting(tokenizer=TOKENIZER, template=TemplateUse(TEMPLATE.path, eos_token="<end>"))
    assert Fits(max_length=9).settle(setting).stamp() != fits(9).stamp()


def test_row_that_cannot_be_rendered_is_told() -> None:
    frame = rows([{"turns": [{"tool": "x"}]}])
    with pytest.raises(CurateError, match="unsupported role"):
        frame.select(fits(9).measure())


@pytest.mark.real
def test_real_tokenizer_counts_real_text(shared: Path) -> None:
    folder = shared / "data/tokenizers/smollm2"
    assert tokens.per_byte(folder) == 1
    assert tokens.count(pl.Series(["Hello world", "x = 1\n"]), folder).to_list() == [2, 5]
