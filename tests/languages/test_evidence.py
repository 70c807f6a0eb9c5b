"""Scores of windows, against langdetect's own n-grams, whatever the table of words has room for."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from langdetect import detector_factory
from numpy.typing import NDArray

from curate.languages import evidence
from curate.languages.evidence import Reader
from curate.languages.masking import find_words
from curate.languages.profiles import SMOOTHING, profiles
from curate.languages.windows import cut
from curate.pieces import utf8

TEXTS = [
    "The children walked along the river until the sun went down behind the hills " * 9,
    "Die Kinder gingen am Fluss entlang bis die Sonne hinter den Hügeln unterging " * 9,
    "",
    "word",
    " ".join(f"Unterseeboot{chr(97 + at % 26)}{chr(97 + at // 26)}" for at in range(200)),
    "孩子们沿着河走，直到太阳落山。" * 20,
    "abc" * 100,
]


def logs(reader: Reader, texts: list[str], size: int = 300) -> NDArray[np.float32]:
    data, bounds = utf8(pl.Series(texts, dtype=pl.String))
    words = find_words(data, bounds[:-1], bounds[1:])
    return reader.weigh(words, cut(words, size))


@cache
def factory() -> Any:
    detector_factory.init_factory()
    return detector_factory._factory  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    "text",
    [
        "hello", "Hello HELLO IBMs", "it's", "l’homme", "tiếng Việt", "tiê\u0301ng", "你好，世界！",
        "привет мир", "سلام ی", "ÀB été", "한국어", "アイヌ ひらがな", "İstanbul", "ﬁne", "ș ț", "ЯБЛОКО Яблоко",
    ],
)  # fmt: skip
def test_a_text_has_the_ngrams_langdetect_sees(text: str) -> None:
    detector: Any = factory().create()
    detector.append(f"{text} ")
    seen = detector._extract_ngrams()
    known = detector.word_lang_prob_map
    order = [factory().langlist.index(code) for code in profiles().languages]
    wanted = sum(np.log(SMOOTHING + np.array(known[ngram])[order]) for ngram in seen)
    assert np.allclose(3 * logs(Reader(), [text]), wanted, atol=1e-3)


def test_words_that_find_no_place_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = logs(Reader(), TEXTS)
    monkeypatch.setattr(evidence, "PLACES", 16)
    small = Reader()
    assert np.array_equal(logs(small, TEXTS), wanted)
    assert np.array_equal(logs(small, TEXTS), wanted)


def test_texts_are_read_as_each_by_itself() -> None:
    reader = Reader()
    alone = [logs(reader, [text]) for text in TEXTS]
    assert np.array_equal(logs(reader, TEXTS), np.concatenate(alone))


def test_windows_hold_all_words_once() -> None:
    data, bounds = utf8(pl.Series(TEXTS))
    words = find_words(data, bounds[:-1], bounds[1:])
    windows = cut(words, 50)
    sizes = words.lasts - words.firsts
    assert windows.sizes.sum() == sizes.sum()
    assert windows.letters.sum() == words.letters.sum()
    told = list(windows.read(words))
    held = [""] * len(TEXTS)
    for text, part in zip(windows.texts.tolist(), told, strict=True):
        held[text] += part.replace(" ", "")
    assert held == [text.replace(" ", "") for text in TEXTS]
    assert all(size < 75 or " " not in text for size, text in zip(windows.sizes, told, strict=True))
