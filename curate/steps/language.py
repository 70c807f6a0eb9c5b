"""The language of each part of a row."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

import numpy as np
import polars as pl
from pydantic import Field

from curate.prose import prose
from curate.rows import Part, text
from curate.step import Filter

_MIN_LETTERS = 20
"""UTF-8 bytes of letters below which no language is told: 20 Latin letters, 7 Han signs. Shorter
texts, such as `OK so n=5, k=2.`, are misjudged too often."""

_WINDOW = 300
"""Bytes of letters in a window: two or three sentences."""

_OVERLAP = 3.0
"""By what the logarithms are divided: every character is counted in an n-gram of one, of two and of three."""

Code = Literal[
    "af", "ar", "bg", "bn", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr",
    "gu", "he", "hi", "hr", "hu", "id", "it", "ja", "kn", "ko", "lt", "lv", "mk", "ml", "mr", "ne",
    "nl", "no", "pa", "pl", "pt", "ro", "ru", "sk", "sl", "so", "sq", "sv", "sw", "ta", "te", "th",
    "tl", "tr", "uk", "ur", "vi", "zh-cn", "zh-tw",
]  # fmt: skip
"""The languages langdetect has profiles of."""


class Language(Filter):
    """Drop rows of which a part is in another language.

    Parts are judged apart, by langdetect's profiles, over the whole text and without drawing. Code,
    formulas, links, tags, identifiers and single letters are blanked out first; where too few letters are
    left, the part has no language and passes. A long text is judged window by window: one in another
    language is enough. The reason names the part and that language, such as `answer: de`.
    Of sentences of 100 characters in 48 other languages 98 % are told; of English prose, rationales
    and traces about 0.3 % of parts are dropped wrongly.
    """

    name: ClassVar[str] = "language"
    shorthand: ClassVar[str | None] = "only"

    only: tuple[Code, ...] = Field(
        default=("en",), min_length=1, description="The languages that stay."
    )
    of: tuple[Part, ...] = Field(
        default=(
            "prompt",
            "thinking",
            "answer",
            "chosen_thinking",
            "chosen_answer",
            "rejected_thinking",
            "rejected_answer",
        ),
        min_length=1,
        description="The parts judged; those a row lacks pass.",
    )
    min_probability: float = Field(
        default=0.7,
        gt=0,
        le=1,
        description="How probable another language must be; a text in doubt passes.",
    )

    def measure(self) -> pl.Expr:
        """The first part in another language, and the language it is in; null where all pass."""
        judge = partial(
            foreign, languages=frozenset(self.only), min_probability=self.min_probability
        )
        return pl.coalesce(
            pl.lit(f"{part}: ")
            + prose(text(part)).map_batches(judge, return_dtype=pl.String, is_elementwise=True)
            for part in self.of
        )

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows without a foreign part."""
        return measured.is_null()

    def threshold(self) -> str:
        """The rule in words."""
        return f"in {' or '.join(self.only)}"


def foreign(texts: pl.Series, languages: frozenset[str], min_probability: float) -> pl.Series:
    """The language of every text that is in another than the named ones, null for all others.

    `texts` are prose, code and formulas already blanked out. Every text is judged by itself: neither order
    nor company matters.
    """
    from curate.languages.profiles import profiles
    from curate.languages.windows import read

    known = profiles().languages
    windows = read(texts, _WINDOW)
    best = windows.logs.argmax(axis=1)
    share = np.exp((windows.logs - windows.logs.max(axis=1, keepdims=True)) / _OVERLAP)
    is_told = (windows.letters >= _MIN_LETTERS) & (1 / share.sum(axis=1) >= min_probability)
    is_ours = np.array([language in languages for language in known])
    at = np.flatnonzero(is_told & ~is_ours[best])
    which, first = np.unique(windows.texts[at], return_index=True)
    told: list[str | None] = [None] * len(texts)
    for number, language in zip(which.tolist(), best[at[first]].tolist(), strict=True):
        told[number] = known[language]
    return pl.Series(texts.name, told, dtype=pl.String)
