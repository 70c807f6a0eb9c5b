"""Windows of texts, whatever the table of words has room for."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from curate.languages import windows
from curate.languages.windows import Reader

TEXTS = pl.Series(
    [
        "The children walked along the river until the sun went down behind the hills " * 9,
        "Die Kinder gingen am Fluss entlang bis die Sonne hinter den Hügeln unterging " * 9,
        "",
        "word",
        " ".join(f"Unterseebootsbesatzungsmitglied{chr(97 + at % 26)}{at}" for at in range(200)),
        "孩子们沿着河走 直到太阳落山 " * 20,
    ]
)


def same(one: windows.Windows, other: windows.Windows) -> None:
    for found, wanted in zip(one, other, strict=True):
        assert np.array_equal(found, wanted)


def test_words_that_find_no_place_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Reader().read(TEXTS, 300)
    monkeypatch.setattr(windows, "PLACES", 16)
    small = Reader()
    same(small.read(TEXTS, 300), wanted)
    same(small.read(TEXTS, 300), wanted)


def test_batches_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Reader().read(TEXTS, 300)
    monkeypatch.setattr("curate.pieces.STRETCHES", 64)
    same(Reader().read(TEXTS, 300), wanted)
    assert len(Reader().read(TEXTS[:0], 300).texts) == 0


def test_texts_are_read_as_each_by_itself() -> None:
    reader = Reader()
    whole = reader.read(TEXTS, 300)
    alone = [reader.read(TEXTS[at : at + 1], 300) for at in range(len(TEXTS))]
    assert np.array_equal(whole.logs, np.concatenate([one.logs for one in alone]))
    assert np.array_equal(whole.letters, np.concatenate([one.letters for one in alone]))
