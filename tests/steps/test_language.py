"""Rows by the languages of their parts."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from curate.errors import StepError
from curate.prose import without_code
from curate.rows import with_texts
from curate.step import Setting
from curate.steps.language import Language
from tests.languages.paragraphs import ENGLISH, GERMAN
from tests.strategies import rows

OTHERS = (
    "af", "bg", "cs", "da", "de", "el", "es", "et", "fi", "fr", "he", "hi", "hu", "id", "it", "ja",
)  # fmt: skip


def measured(step: Language, answers: list[str]) -> list[str | None]:
    frame = rows([{"user": "q", "assistant": answer} for answer in answers])
    measure = step.measure().alias("measure")
    return with_texts(frame, [measure]).select(measure).to_series().to_list()


@pytest.mark.parametrize("first", [0, 400, len(ENGLISH)])
def test_no_third_of_a_long_text_is_overlooked(first: int) -> None:
    [found] = measured(Language(), [f"{ENGLISH[:first]} {GERMAN} {ENGLISH[first:]}"])
    assert found is not None
    part, language, share, *_, place = found.split()
    assert (part, language) == ("answer:", "de")
    assert abs(int(share[:-1]) - 100 * len(GERMAN) / len(ENGLISH + GERMAN)) <= 8
    assert abs(int(place) - first) < 110


def test_a_share_may_be_in_another_language() -> None:
    text = ENGLISH + GERMAN[:160]
    [found] = measured(Language(max_share=0.05), [text])
    assert found is not None
    assert found.startswith("answer: de 1")
    assert measured(Language(max_share=0.3), [text]) == [None]


def test_an_unknown_language_is_no_language_of_the_engine() -> None:
    with pytest.raises(StepError, match="'summed' does not know the language 'eo'"):
        Language(allowed=("eo",)).settle(Setting())
    assert Language(allowed=("zh", "prompt")).settle(Setting())


def test_code_goes_and_all_else_stays() -> None:
    text = "a `b` c\n```\nd\n```\ne ` f"
    assert pl.select(without_code(pl.lit(text))).item() == "a   c\n \ne ` f"


@pytest.mark.real
def test_real_sentences_are_told(shared: Path) -> None:
    """English passes; of 16 other languages at least 95 of 100 sentences do not."""
    folder = shared / "data/langid/sentences"

    def sentences(code: str, count: int) -> list[str]:
        return (folder / f"{code}.txt").read_text("utf-8").split("\n")[:count]

    step = Language()
    assert sum(found is not None for found in measured(step, sentences("en", 150))) <= 1
    others = [sentence for code in OTHERS for sentence in sentences(code, 10)]
    assert sum(found is not None for found in measured(step, others)) >= 0.95 * len(others)
