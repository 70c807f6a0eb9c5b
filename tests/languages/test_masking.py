"""What is language in a text, and where it stands."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.languages.masking import Words, find_words
from curate.pieces import utf8


def words(texts: list[str]) -> Words:
    data, bounds = utf8(pl.Series(texts, dtype=pl.String))
    return find_words(data, bounds[:-1], bounds[1:])


def left(text: str) -> str:
    return words([text]).data.tobytes().decode()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("It's 5 o'clock, isn't it?", "It's o'clock isn't it"),
        ("l’homme n'a rien", "l’homme n'a rien"),
        ("' 'quoted' '", "quoted"),
        ("let us say x = 5 and K=3, so f(x) is 2", "let us say and so is"),
        ("see `x.y` and ```py\nfor i in x:\n``` end", "see and end"),
        ("an open ``` fence runs on", "an open"),
        ("one ` alone\nand ```` closed\n``` on", "one alone and on"),
        (r"so \boxed{42} and $a+b$ and \(x\) or \[y\] or $$z$$", "so and and or or"),
        (r"\begin{align} a &= bcd \end{align} rest \frac{\sqrt{two}}{three} on", "rest on"),
        (r"an open \( or \[ or $$ hides nothing", "an open or or hides nothing"),
        ("that costs $5 or $6 in all", "that costs or in all"),
        ("mail me@there.org or https://x.org/a?b=c now", "mail or now"),
        ("mail a.b-c+d@the-re.co.uk. Or www.x.org/ä, no", "mail Or no"),
        ("<answer>yes indeed</answer> a < b &amp; c", "yes indeed"),
        ("a plain my_name or some camelCase or foo.bar/x or a1", "a plain or some or or"),
        ("@decorated #tag", "tag"),
        ("A é I a", "A é I a"),
        ("a + b is what O X O X O X came to, but o homem e a mulher", "is what came to but o homem e a mulher"),
        ("α and Δ vary", "and vary"),
        ("naïve cafe\u0301", "naïve cafe\u0301"),
        ("a ❤️ is no word", "a is no word"),
        ("你好，世界！", "你好，世界！"),
        ("！？。", ""),
        ("2024年他用Python写https://x.com，好", "年他用 Python 写 ，好"),
        ("[asy] draw((0,0)); [/asy] figure", "figure"),
        ("Dann gilt:\nx = (a + b); y = [c];\nUnd weiter", "Dann gilt Und weiter"),
        ("for (int i = 0; i < n; i++) { total += i; }", ""),
        ("const response = await fetch(url);\n    return later\n\nund dann", "und dann"),
        ("Zuerst berechnen wir daher f(2) = 3 + 1 = 4.", "Zuerst berechnen wir daher"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_is_left(text: str, kept: str) -> None:
    assert left(text) == kept


@given(st.lists(st.text(st.sampled_from("ab Aé1_.,'’@/\\$`{}()[]<>&;=\n你。\u0301ß")), max_size=5))
def test_words_stand_where_they_are_said_to(texts: list[str]) -> None:
    data, _ = utf8(pl.Series(texts, dtype=pl.String))
    found = words(texts)
    raw, out = data.tobytes(), found.data.tobytes()
    for text, whole in enumerate(texts):
        mine = slice(found.counts[text], found.counts[text + 1])
        spans = zip(found.firsts[mine].tolist(), found.lasts[mine].tolist(), strict=True)
        said = [raw[first:last].decode() for first, last in spans]
        assert out[found.bounds[text] : found.bounds[text + 1]].decode() == " ".join(said)
        assert " ".join(said) == left(whole)  # each text by itself
        for word, start in zip(said, found.starts[mine].tolist(), strict=True):
            assert out[start : start + len(word.encode())].decode() == word


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert set(left(text)) - {" "} <= set(text)


@pytest.mark.parametrize(
    "piece", [r"\(", "$$", "`a", r"\begin{", "a.", "a-", "a@", "f(", "<a", r"\a{", "&a", "'a"]
)
def test_what_never_closes_takes_no_longer_than_its_length(piece: str) -> None:
    """Each of these would take minutes if every opening were searched to the end for its closing."""
    left(piece * 100_000)
