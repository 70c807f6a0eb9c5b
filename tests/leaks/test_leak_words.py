"""The two normal forms, and the compiled reader against the readable one."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.leaks.index import bytes_of, desk, reading
from curate.leaks.kernels import read_texts
from curate.leaks.words import Form, fold, words
from curate.near.words import word_hash

PIECES = st.one_of(
    st.sampled_from(
        [
            "1,000",
            "10,\\!000",
            "80{,}000",
            "3\\,141",
            "2,50",
            "1,0000",
            "0.50",
            "5.00",
            "\\frac{1}{2}",
            "\\pi",
            "\\\\left",
            "\\",
            "2x",
            "don’t",
            "İ",
            "你好。",
            "ไทย",
            "a_b",
            "𝐀",
            "\U00020001",
            "\U00040000",
            "e\u0301",
        ]
    ),
    st.text(st.sampled_from("aZ09.,{}\\! _-$"), max_size=12),
    st.text(max_size=5),
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "plain", "spaces"),
    [
        ("", "", ""),
        ("It's  GOOD.", "it s good", "it's good."),
        ("$80{,}000.00 80,000 80000 80\\,000 80,\\!000", "80000 " * 5, None),
        ("1,00 1,0000 12,345,678", "1 00 1 0000 12345678", None),
        ("0.50 = 0.5, 3.14.15, 7.", "0.5 0.5 3.14 15 7", None),
        ("$\\dfrac{1}{2}$ is 1/2", "1 2 is 1 2", None),
        ("\\left(\\sqrt{2x}\\right)^2", "sqrt 2 x 2", None),
        ("\\text{cm} $5 \\times 3$", "cm 5 3", None),
        ("你好 wörld", "你 好 wörld", "你 好 wörld"),
        ("ＦＵＬＬ ① ﬁn", "full 1 fin", "full 1 fin"),
    ],
)
def test_words_in_both_forms(text: str, plain: str, spaces: str | None) -> None:
    assert [word.text for word in words(fold(text), "plain")] == plain.split()
    if spaces is not None:
        assert [word.text for word in words(fold(text), "spaces")] == spaces.split()


@given(TEXTS, st.sampled_from(["plain", "spaces"]))
def test_words_stand_where_they_say(text: str, form: Form) -> None:
    folded = fold(text)
    spans = [(word.start, word.end) for word in words(folded, form)]
    assert all(0 <= start < end <= len(folded) for start, end in spans)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(spans))


@given(
    st.lists(TEXTS, min_size=1, max_size=4),
    st.sampled_from([1, 3, 40]),
    st.sampled_from(["plain", "spaces"]),
)
def test_compiled_reader_reads_the_same_words(texts: list[str], times: int, form: Form) -> None:
    check_reading([text * times for text in texts], form)


def test_compiled_reader_reads_across_its_blocks() -> None:
    pieces = ["1,000", "abcdefghi", "é", "2.50", "\\pi", "x2y", " ", "你好", "’", "12,"]
    for shift in range(70):
        check_reading(["." * shift + piece * 900 for piece in pieces], "plain")
    check_reading(["a b " * 3000 + "1,000.50 " * 3000], "plain")


def check_reading(texts: list[str], form: Form) -> None:
    data, bounds, longest = bytes_of(pl.Series(texts))
    room = int(bounds[-1]) + 1
    hashes, begins = np.empty(room, np.uint64), np.empty(room, np.uint32)
    ends = np.zeros(len(texts) + 1, np.int64)
    read_texts(data, bounds, reading(form), desk(longest), hashes, begins, ends)
    for row, text in enumerate(texts):
        found = hashes[ends[row] : ends[row + 1]].tolist()
        assert found == [word_hash(word.text.encode()) for word in words(fold(text), form)]
        given = data[bounds[row] : bounds[row + 1]].tobytes().decode().lower()
        places = [len(given[: word.start].encode()) for word in words(given, form)[-20:]]
        assert begins[ends[row] : ends[row + 1]][-20:].tolist() == places
