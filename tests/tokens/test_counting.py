"""Counts and tokens by pieces, against `tokenizers` itself."""

# pyright: reportUnknownMemberType=false
# (tokenizers types its lists as lists of anything)

from __future__ import annotations

import gzip
import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, normalizers

from curate import tokens
from curate.tokens.added import Added, added_tokens
from curate.tokens.counting import NASTY
from curate.tokens.cuts import UncutError, cuts
from curate.tokens.engine import described, lengths, opened
from curate.tokens.ids import encode
from curate.tokens.memo import Counts, Places
from curate.tokens.merging import merges
from tests.tokens.families import FAMILIES, FEW, MANY, WORDS, bytes_cut, marked, split

TOKENIZER = Path(__file__).parents[1] / "data/bytes.json"


@pytest.fixture(scope="module", params=FAMILIES)
def tokenizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(request.param, FEW, tmp_path_factory)


@pytest.fixture(scope="module", params=FAMILIES)
def crowded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer with added tokens of every kind."""
    return saved(request.param, MANY, tmp_path_factory)


def saved(name: str, added: list[AddedToken], folder: pytest.TempPathFactory) -> Path:
    file = folder.mktemp("tokenizers") / f"{name}.json"
    made = FAMILIES[name]()
    made.add_tokens(added)
    made.save(str(file))
    return file


counts = cache(Counts)
places = cache(Places)

ALPHABET = st.sampled_from(
    [*"ab Z'st1 2.,(\n\t\r_-▁ſ½é中👍=;K/", "\u00a0", "\u2003", "\u3000", "\x85", "\u0301", "\u0338", "\u212a", "´", "\x00", "'re", "<|end|>", "<|e", "  ", " the", "ing", "<think>", "<THINK>", "＜think＞", "<r>", "<l>", "\u200b", "文字", "の", "カ", "が", "，", "。", "“"]
)  # fmt: skip
TEXTS = st.lists(st.lists(ALPHABET, max_size=14).map("".join), min_size=1, max_size=6)


@given(texts=TEXTS)
def test_pieces_count_as_the_whole(texts: list[str], tokenizer: Path) -> None:
    series = pl.Series(texts)
    assert counts(tokenizer).find(series).equals(Counts.whole(series, tokenizer))


@given(texts=TEXTS)
def test_pieces_are_encoded_as_the_whole(texts: list[str], crowded: Path) -> None:
    series = pl.Series(texts)
    assert places(crowded).find(series).equals(Places.whole(series, crowded))


@given(texts=st.lists(st.text(max_size=40), min_size=1, max_size=4))
def test_any_text_counts_as_the_whole(texts: list[str], tokenizer: Path) -> None:
    series = pl.Series(texts)
    assert counts(tokenizer).find(series).equals(Counts.whole(series, tokenizer))


WHOLE = st.text(
    st.sampled_from("中文字符没有空格日本語のカ龥ゖヺabstheTHE"), min_size=1, max_size=42
)


@given(words=st.lists(st.builds(str.__add__, st.sampled_from(["", " "]), WHOLE), min_size=1))
def test_words_are_merged_as_the_model_merges_them(words: list[str], tokenizer: Path) -> None:
    known = merges(tokenizer)
    if known is not None:
        taken = [word for word in words if known.words.fullmatch(word)]
        assert known.count(taken).tolist() == lengths(taken, tokenizer)


@pytest.fixture(scope="module")
def whole_first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer whose words may be tokens that no merges lead to."""
    file = tmp_path_factory.mktemp("tokenizers") / "whole.json"
    told = json.loads(FAMILIES["llama-3"]().to_str())
    told["model"]["ignore_merges"] = True
    told["model"]["vocab"] |= {"sths": 9998, "THEhtE": 9999}
    file.write_text(json.dumps(told), "utf-8")
    return file


@given(words=st.lists(st.one_of(WHOLE, st.sampled_from(["sths", "THEhtE"])), min_size=1))
def test_words_that_are_tokens_may_be_those(words: list[str], whole_first: Path) -> None:
    known = merges(whole_first)
    assert known is not None
    assert known.count(words).tolist() == lengths(words, whole_first)


def test_which_words_are_merged(tmp_path: Path) -> None:
    for name, made in FAMILIES.items():
        made().save(str(tmp_path / name))
    known = {name: merges(tmp_path / name) for name in FAMILIES}
    merged = {name for name, one in known.items() if one and one.words.fullmatch("中文")}
    assert merged == {"gpt-2", "smollm2", "falcon", "llama-3", "qwen-2", "gpt-neox", "gpt-4o"}
    spelt = {name for name, one in known.items() if one and one.words.fullmatch("wOrd")}
    assert spelt == merged - {"gpt-4o"}, "which cuts before capitals"


def test_an_added_token_is_no_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.tokens.memo.MANY", 1)
    file = tmp_path / "tokenizer.json"
    made = FAMILIES["gpt-2"]()
    made.add_tokens([AddedToken("中文", normalized=False), AddedToken("stop", normalized=False)])
    made.save(str(file))
    texts = pl.Series(["中文字符", "stopped", "non中文stop"])
    assert Counts(file).find(texts).equals(Counts.whole(texts, file))


MARKED = st.text(st.characters(codec="ascii", min_codepoint=1), max_size=40)


@given(texts=st.lists(MARKED, min_size=1, max_size=6))
def test_words_are_merged_when_all_are_new(texts: list[str], tokenizer: Path) -> None:
    series = pl.Series(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("curate.tokens.memo.MANY", 1)
        patch.setattr("curate.tokens.memo.PLACES", 1 << 10)
        assert Counts(tokenizer).find(series).equals(Counts.whole(series, tokenizer))


def test_many_words_without_spaces_count_as_the_whole(
    tokenizer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curate.tokens.memo.MANY", 2)
    texts = pl.Series(
        ["中文字符，没有空格。日本語の文字", "\n\n中文 空格", "a中文b字符", "“日本語”……。"]
    )
    assert Counts(tokenizer).find(texts).equals(Counts.whole(texts, tokenizer))


def test_it_is_known_how_public_tokenizers_cut(tokenizer: Path) -> None:
    assert tokens.way(tokenizer) == tokens.Way(by_pieces=True)
    assert not tokens.why_whole(tokenizer)


def test_special_tokens_are_those_around_every_text(tokenizer: Path) -> None:
    engine = opened(tokenizer)
    texts = pl.Series(["", "a b", None, "It's <|end|> 12"])
    whole = [None if text is None else engine.encode(text).ids for text in texts]
    counted = [None if one is None else len(one) for one in whole]
    assert tokens.count(texts, tokenizer, special_tokens=True).to_list() == counted


def test_many_texts_are_counted_by_pieces(tokenizer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.tokens.counting.WORTH", 0)
    made = [f"{text} {number}" for number in range(40) for text in WORDS]
    texts = pl.Series("t", [*made, None, ""])
    counted = Counts.whole(pl.Series(made), tokenizer).to_list()
    assert tokens.count(texts, tokenizer).to_list() == [*counted, None, 0]
    lengths = [len(one.ids) for one in encode(made, tokenizer)]
    assert lengths == counted


def test_chunks_and_order_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.tokens.counting.WORTH", 0)
    monkeypatch.setattr("curate.pieces.STRETCHES", 64)
    made = [f"{text} {number}" for number in range(30) for text in WORDS]
    random.Random(3).shuffle(made)
    texts = pl.Series(made)
    file = TOKENIZER
    expected = tokens.count(texts, file)
    parts = pl.concat([texts[at : at + 7] for at in range(0, len(texts), 7)], rechunk=False)
    assert tokens.count(parts, file).equals(expected)
    assert tokens.count(texts.reverse(), file).equals(expected.reverse())
    alone = [tokens.count(texts[at : at + 1], file).item() for at in range(0, len(texts), 50)]
    assert alone == expected.gather_every(50).to_list()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gpt-2", "tinyllama"])
def test_a_text_of_ten_megabytes(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = saved(name, FEW, tmp_path_factory)
    for unit, times in (("It's <|end|> the x = 12,\n", 400_000), ("a", 50_000), ("中", 20_000)):
        text = pl.Series([unit * times])
        assert counts(file).find(text).equals(Counts.whole(text, file))


def test_pieces_that_find_no_place_are_counted_too(
    tokenizer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curate.tokens.memo.PLACES", 16)
    texts = pl.Series(WORDS)
    small, smaller = Counts(tokenizer), Places(tokenizer)
    for _ in range(3):
        assert small.find(texts).equals(Counts.whole(texts, tokenizer))
        assert smaller.find(texts).equals(Places.whole(texts, tokenizer))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"normalizer": {"type": "Strip", "strip_left": True, "strip_right": True}}, "Strip"),
        ({"normalizer": {"type": "Replace", "pattern": {"String": "a"}, "content": ""}}, "Replace"),
        ({"pre_tokenizer": {"type": "CharDelimiterSplit", "delimiter": "x"}}, "CharDelimiterSplit"),
        ({"pre_tokenizer": None}, "no token for a space"),
        ({"model": {"type": "BPE", "dropout": 0.1, "vocab": {}, "merges": []}}, "by chance"),
        ({"model": {"type": "Unigram", "vocab": []}, "pre_tokenizer": None}, "whole texts"),
    ],
)
def test_what_is_not_known_is_not_cut(change: dict[str, Any], why: str) -> None:
    told = json.loads(bytes_cut().to_str())
    if change.get("pre_tokenizer", told) is None:
        change |= {"normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}}
    with pytest.raises(UncutError, match=why):
        cuts({**told, **change})


@pytest.mark.parametrize(
    "pattern", [r"\bx", r"a++b", r"(?<=a)b", r"\p{Han}+", "a*", r"(?>a)", "^a"]
)
def test_expressions_that_look_elsewhere_are_not_cut_by(pattern: str) -> None:
    with pytest.raises(UncutError, match="expression"):
        cuts(json.loads(split(pattern).to_str()))


def test_a_token_over_two_words_forbids_cutting() -> None:
    marks = [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    told = json.loads(marked(normalizers.Sequence(marks)).to_str())
    assert cuts(told).drops_space
    told["model"]["vocab"]["of▁the"] = 999
    with pytest.raises(UncutError, match="over two words"):
        cuts(told)


def test_runs_of_spaces_may_be_added_tokens(tmp_path: Path) -> None:
    """As in GPT-NeoX, Pythia and OLMo, whose normalizer leaves them as they are."""
    made = FAMILIES["gpt-neox"]()
    made.add_tokens([AddedToken(" " * size, normalized=True) for size in range(2, 6)])
    file = tmp_path / "tokenizer.json"
    made.save(str(file))
    assert added_tokens(described(file)).plain[0] == " " * 5
    texts = pl.Series(["a  b   c", " " * 13 + "x", "  \u0301e\u0301", "x=\u0338   \n"])
    assert places(file).find(texts).equals(Places.whole(texts, file))


def test_added_tokens_that_look_around_are_left_to_the_tokenizer(tmp_path: Path) -> None:
    made = bytes_cut()
    made.add_special_tokens([AddedToken("<mask>", lstrip=True), "<a>", "<a><b>"])
    file = tmp_path / "tokenizer.json"
    made.save(str(file))
    assert added_tokens(described(file)) == Added(("<a><b>", "<a>"), ("<mask>",))
    texts = pl.Series(["the  <mask> end", "<a><b><a> <a>", "none"])
    assert counts(file).find(texts).equals(Counts.whole(texts, file))


def test_a_tokenizer_that_is_not_known_says_why(tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    split("^a").save(str(file))
    assert tokens.way(file).why == "its expression ^a has parts that are not known"
    assert tokens.why_whole(file) == tokens.way(file).why
    texts = pl.Series([text * 1000 for text in WORDS])
    assert tokens.count(texts, file).equals(Counts.whole(texts, file))


def wrong(_: Counts, texts: pl.Series) -> pl.Series:
    return texts.str.len_bytes()


def test_a_tokenizer_whose_cuts_fail_at_once_is_used_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tokenizer.json"
    bytes_cut().save(str(file))
    monkeypatch.setattr(Counts, "find", wrong)
    assert not tokens.way(file).by_pieces
    texts = pl.Series(WORDS * 500)
    assert tokens.count(texts, file).equals(Counts.whole(texts, file))


def test_texts_that_disprove_the_cuts_are_encoded_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tokenizer.json"
    bytes_cut().save(str(file))
    assert tokens.way(file).by_pieces
    texts = pl.Series(WORDS * 500)
    right = tokens.count(texts, file)
    monkeypatch.setattr(Counts, "find", wrong)
    monkeypatch.setattr("curate.tokens.counting.SAMPLED", 9)
    with pytest.warns(UserWarning, match="encoded whole"):
        assert tokens.count(texts, file).equals(right)


@pytest.mark.slow
def test_long_random_texts_are_encoded_as_the_whole(crowded: Path) -> None:
    rng = random.Random(crowded.name)
    alphabet = [
        *"ab Z'st1 2.,(\n\t\r_-▁ſ½é中👍=;K/Aя<>`",
        *NASTY,
        *(token.content for token in MANY),
    ]
    texts = pl.Series(["".join(rng.choices(alphabet, k=rng.randint(0, 40))) for _ in range(800)])
    assert places(crowded).find(texts).equals(Places.whole(texts, crowded))
    assert counts(crowded).find(texts).equals(Counts.whole(texts, crowded))


@pytest.mark.real
@pytest.mark.slow
def test_real_rows_count_as_the_whole(shared: Path) -> None:
    """Every line of a thousand bytes or so of traces and chats, as raw text, JSON and all."""
    file = shared / "data/tokenizers/smollm2"
    for name in ("reasoning/gsm8k_train.jsonl.gz", "instruct/t0_train_50k.jsonl.gz"):
        with gzip.open(shared / "data" / name, "rt", encoding="utf-8") as lines:
            texts = pl.Series(list(lines)[:8000])
        assert counts(file).find(texts).equals(Counts.whole(texts, file))
