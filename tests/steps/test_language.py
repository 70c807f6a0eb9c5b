"""Languages of long texts, of real sentences, and what is not language."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from curate.languages.windows import read
from curate.prose import prose, without_code
from curate.steps.language import foreign

ENGLISH = "The children walked along the river until the sun went down behind the hills. "
OTHERS = (
    "af",
    "bg",
    "cs",
    "da",
    "de",
    "el",
    "es",
    "et",
    "fi",
    "fr",
    "he",
    "hi",
    "hu",
    "id",
    "it",
    "ja",
)
GERMAN = "Die Kinder gingen am Fluss entlang, bis die Sonne hinter den Hügeln unterging. "


def told(texts: list[str]) -> list[str | None]:
    return foreign(pl.Series(texts, dtype=pl.String), frozenset({"en"}), 0.7).to_list()


@pytest.mark.parametrize("first", [0, 7, 13])
def test_no_third_of_a_long_text_is_overlooked(first: int) -> None:
    parts = [ENGLISH] * 20
    parts[first : first + 7] = [GERMAN] * 7
    assert told(["".join(parts)]) == ["de"]


def test_each_text_is_judged_by_itself() -> None:
    texts = [ENGLISH, GERMAN, "short", GERMAN * 9, "123 456 " * 20, ENGLISH * 9]
    judged = told(texts)
    assert judged == [None, "de", None, "de", None, None]
    assert told(texts[::-1]) == judged[::-1]
    assert told(texts * 2) == judged * 2
    assert [told([text])[0] for text in texts] == judged


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("It's 5 o'clock, isn't it?", "It's o'clock isn't it"),
        ("let x = 5 and K=3, so f(x) is 2", "let and so is"),
        ("see `x.y` and ```py\nfor i in x:\n``` end", "see and end"),
        ("an open ``` fence runs on", "an open"),
        (r"so \boxed{42} and $a+b$ and \(x\) or \[y\] or $$z$$", "so and and or or"),
        ("that costs $5 or $6 in all", "that costs or in all"),
        ("mail me@there.org or https://x.org/a?b=c now", "mail or now"),
        ("<answer>yes indeed</answer>", "yes indeed"),
        ("my_name camelCase foo.bar a1 plain", "plain"),
        ("A I a é", "A I a é"),
        ("你好，世界！", "你好 世界"),
        ("[asy] draw((0,0)); [/asy] figure", "figure"),
        ("' 'quoted' '", "quoted"),
        ("", ""),
    ],
)
def test_prose_is_what_is_language(text: str, left: str) -> None:
    assert pl.select(prose(pl.lit(text))).item() == left


def test_code_goes_and_all_else_stays() -> None:
    text = "a `b` c\n```\nd\n```\ne ` f"
    assert pl.select(without_code(pl.lit(text))).item() == "a   c\n \ne ` f"


def test_parts_judged_side_by_side_are_judged_as_alone() -> None:
    texts = [" ".join(f"w{n}x{m}" for m in range(60)) for n in range(80)]
    parts = [pl.Series(texts[at:]) for at in range(8)] * 4
    with ThreadPoolExecutor(8) as pool:  # first: what was met before takes no new place
        together = list(pool.map(_scores, parts))
    assert together == list(map(_scores, parts))


def _scores(texts: pl.Series) -> bytes:
    return read(texts, 300).logs.tobytes()


@pytest.mark.real
def test_real_sentences_are_told(shared: Path) -> None:
    """English passes; of 16 other languages at least 95 of 100 sentences do not."""
    folder = shared / "data/langid/sentences"

    def sentences(code: str, count: int) -> pl.Series:
        lines = (folder / f"{code}.txt").read_text("utf-8").split("\n")[:count]
        return pl.DataFrame({"text": lines}).select(prose(pl.col("text"))).to_series()

    assert sum(found is not None for found in told(sentences("en", 150).to_list())) <= 1
    others = pl.concat([sentences(code, 10) for code in OTHERS])
    assert sum(found is not None for found in told(others.to_list())) >= 0.95 * len(others)
