"""What is compared: normal form, words, shingles; the compiled reader against the readable one."""

from __future__ import annotations

import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.near import kernels, words
from curate.near.kernels import U64
from curate.near.normal_form import normal_form
from curate.pieces import utf8

SPACES = " \t\n\r\x0b\x0c\x1c\x1f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u205f\u3000"
TEXTS = st.lists(
    st.one_of(
        st.text(st.sampled_from("abzABZ09.,_é'\x00\u200b"), min_size=1, max_size=9),
        st.text(st.sampled_from(SPACES), max_size=3),
        st.text(st.sampled_from("你好世界。、ไทยกขあア"), max_size=5),
        st.text(st.sampled_from("ÉΣσςİıﬁ½…™ａＡ①가각가ㅏ́̈ि🙂𝐀"), max_size=4),
        st.text(max_size=4),
        st.just(" "),
    ),
    max_size=40,
).map("".join)


def read(text: str, ngram: int, words: int = 4096, behind: str = "") -> list[int]:
    data, bounds = utf8(pl.Series([text, behind]))
    data = kernels.padded(data)
    state, cuts, values = kernels.reader(ngram, words)
    out: U64 = np.zeros(words + kernels.SPAN + 1, np.uint64)
    kernels.start(state, int(bounds[0]), int(bounds[1]), values)
    found: list[int] = []
    while count := kernels.read(data, state, cuts, values, ngram, out):
        found += out[:count].tolist()
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n ", []),
        ("one", ["one"]),
        (" One\n two ", ["one two"]),
        ("a b c", ["a b c"]),
        ("a b c d", ["a b c", "b c d"]),
        ("你好世界", ["你 好 世", "好 世 界"]),
        ("see 你好!", ["see 你 好", "你 好 !"]),
        ("ไทย", ["ไ ท ย"]),
        ("ﬁne\u3000ＡＢＣ…", ["fine abc..."]),
    ],
)
def test_shingles_are_words_in_a_row(text: str, expected: list[str]) -> None:
    [normal] = normal_form(pl.Series([text]))
    assert words.shingles(normal, 3) == expected
    assert read(normal, 3) == [words.shingle_hash(s.encode()) for s in expected]


@given(TEXTS, st.integers(1, 7), st.sampled_from((1, 2, 7, 4096)), TEXTS)
def test_compiled_and_readable_readers_agree(
    text: str, ngram: int, words_: int, behind: str
) -> None:
    [normal] = normal_form(pl.Series([text]))
    spelled = [words.shingle_hash(s.encode()) for s in words.shingles(normal, ngram)]
    assert read(normal, ngram, words_, behind + " " * 64) == spelled
    assert read(normal, ngram, words_) == spelled


@given(st.lists(st.none() | TEXTS, max_size=5))
def test_texts_left_as_they_are_need_no_folding(texts: list[str | None]) -> None:
    normal = normal_form(pl.Series(texts, dtype=pl.String))
    for text, given_form in zip(texts, normal, strict=True):
        if text is None:
            assert not given_form
            continue
        folded = unicodedata.normalize("NFKC", text).lower()
        assert words.words(given_form) == words.words(folded)


def test_long_words_have_long_powers() -> None:
    text = f"{'x' * 5000} {'y' * 3000} z"
    assert read(text, 2) == [words.shingle_hash(s.encode()) for s in words.shingles(text, 2)]
