"""Counts by pieces, against `tokenizers` itself."""

# pyright: reportUnknownMemberType=false
# (tokenizers types its lists as lists of anything)

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)

from curate.tokens import count, count_plainly
from curate.tokens.counting import NASTY
from curate.tokens.cuts import PATTERNS, cuts
from curate.tokens.engine import described
from curate.tokens.memo import Memo, added_tokens

WORDS = [
    "It's the end, isn't it? We'll see 12 or 345 of them (x = y+1).",
    "def f(x):\n\treturn x[0] != 'a'\n\n\n  # done",
    "naïve façade, 中文字符 한국어 ไทย, e\u0301 👍🏽 ½\u00a0km",
    *NASTY,
]
"""What the small tokenizers are trained on."""


def bytes_cut(*before: Any, use_regex: bool = True) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    last = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*before, last])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(WORDS * 3, trainer)
    return tokenizer


def split(pattern: str) -> Tokenizer:
    tokenizer = bytes_cut(pre_tokenizers.Split(Regex(pattern), "isolated"), use_regex=False)
    tokenizer.normalizer = normalizers.NFC()
    return tokenizer


def marked() -> Tokenizer:
    """As TinyLlama and Mistral are: byte pairs over words marked with U+2581."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    codes = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=codes, show_progress=False)
    tokenizer.train_from_iterator(WORDS * 3, trainer)
    told = json.loads(tokenizer.to_str())
    told["added_tokens"] = [token for token in told["added_tokens"] if token["id"] == 0]
    made = Tokenizer.from_str(json.dumps({**told, "pre_tokenizer": None}))
    made.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    return made


def pieces() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=300, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(WORDS * 3, trainer)
    return tokenizer


def wordpiece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=400, special_tokens=["[UNK]"], show_progress=False
    )
    tokenizer.train_from_iterator(WORDS * 3, trainer)
    return tokenizer


LLAMA, QWEN, GPT = PATTERNS
FAMILIES: dict[str, Callable[[], Tokenizer]] = {
    "gpt-2": bytes_cut,
    "smollm2": lambda: bytes_cut(pre_tokenizers.Digits(individual_digits=True)),
    "llama-3": lambda: split(LLAMA),
    "qwen-2": lambda: split(QWEN),
    "gpt-2 split": lambda: split(GPT),
    "tinyllama": marked,
    "unigram": pieces,
    "bert": wordpiece,
}


@pytest.fixture(scope="module", params=FAMILIES)
def tokenizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("tokenizers") / f"{request.param}.json"
    made = FAMILIES[request.param]()
    made.add_special_tokens(
        [AddedToken("<|end|>", normalized=False), AddedToken("<|e", normalized=False)]
    )
    made.save(str(file))
    return file


def memo(tokenizer: Path) -> Memo:
    known = cuts(described(tokenizer))
    assert known is not None
    return Memo(tokenizer, known)


ALPHABET = st.sampled_from(
    [*"ab Z'st1 2.,(\n\t\r_-▁ſ½é中👍", "\u00a0", "\u2003", "\u3000", "\x85", "\u0301", "\x00", "'re", "<|end|>", "<|e", "  ", " the", "ing"]
)  # fmt: skip


@given(texts=st.lists(st.lists(ALPHABET, max_size=14).map("".join), min_size=1, max_size=6))
def test_pieces_count_as_the_whole(texts: list[str], tokenizer: Path) -> None:
    found = memo(tokenizer).count(pl.Series(texts)).to_list()
    assert found == count_plainly(pl.Series(texts), tokenizer).to_list()


@given(texts=st.lists(st.text(max_size=40), min_size=1, max_size=4))
def test_any_text_counts_as_the_whole(texts: list[str], tokenizer: Path) -> None:
    found = memo(tokenizer).count(pl.Series(texts)).to_list()
    assert found == count_plainly(pl.Series(texts), tokenizer).to_list()


def test_many_texts_are_counted_by_pieces(tokenizer: Path) -> None:
    texts = pl.Series([f"{text} {number}" for number in range(400) for text in WORDS])
    assert count(texts, tokenizer).equals(count_plainly(texts, tokenizer))


def test_pieces_that_find_no_place_are_counted_too(
    tokenizer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curate.tokens.memo.PLACES", 16)
    small, texts = memo(tokenizer), pl.Series(WORDS)
    for _ in range(3):
        assert small.count(texts).equals(count_plainly(texts, tokenizer))


@pytest.mark.parametrize(
    "change",
    [
        {"normalizer": {"type": "Strip", "strip_left": True, "strip_right": True}},
        {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True}},
        {"pre_tokenizer": {"type": "Whitespace"}},
        {"pre_tokenizer": None},
        {"model": {"type": "BPE", "dropout": 0.1, "vocab": {}, "merges": []}},
    ],
)
def test_what_is_not_known_is_not_cut(change: dict[str, Any]) -> None:
    told = json.loads(bytes_cut().to_str())
    assert cuts(told) is not None
    assert cuts({**told, **change}) is None


def test_a_token_over_two_words_forbids_cutting() -> None:
    told = json.loads(marked().to_str())
    assert cuts(told) is not None
    told["model"]["vocab"]["of▁the"] = 999
    assert cuts(told) is None


def test_added_tokens_that_look_around_are_left_to_the_tokenizer(tmp_path: Path) -> None:
    made = bytes_cut()
    made.add_special_tokens([AddedToken("<mask>", lstrip=True), "<a>", "<a><b>"])
    file = tmp_path / "tokenizer.json"
    made.save(str(file))
    assert added_tokens(described(file)) == (("<a><b>", "<a>"), ("<mask>",))
    texts = pl.Series(["the  <mask> end", "<a><b><a> <a>", "none"])
    assert memo(file).count(texts).equals(count_plainly(texts, file))


def test_a_tokenizer_whose_cuts_fail_is_used_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tokenizer.json"
    bytes_cut().save(str(file))

    def wrong(_: Memo, texts: pl.Series) -> pl.Series:
        return texts.str.len_bytes()

    monkeypatch.setattr(Memo, "count", wrong)
    texts = pl.Series(WORDS * 500)
    with pytest.warns(UserWarning, match="counted slowly"):
        assert count(texts, file).equals(count_plainly(texts, file))


@pytest.mark.real
@pytest.mark.slow
def test_real_rows_count_as_the_whole(shared: Path) -> None:
    """Every line of a thousand bytes or so of traces and chats, as raw text, JSON and all."""
    file = shared / "data/tokenizers/smollm2"
    for name in ("reasoning/gsm8k_train.jsonl.gz", "instruct/t0_train_50k.jsonl.gz"):
        with gzip.open(shared / "data" / name, "rt", encoding="utf-8") as lines:
            texts = pl.Series(list(lines)[:8000])
        assert memo(file).count(texts).equals(count_plainly(texts, file))
