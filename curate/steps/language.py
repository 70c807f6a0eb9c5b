"""The language of each part of a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal, Self, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from curate.errors import Problem, StepError
from curate.rows import Part, text
from curate.spelling import did_you_mean
from curate.step import Filter, Setting

if TYPE_CHECKING:
    from curate.languages.detection import Detected

Engine = Literal["summed", "langdetect", "lingua", "fasttext"]

Code = Literal[
    "af", "ar", "bg", "bn", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr",
    "gu", "he", "hi", "hr", "hu", "id", "it", "ja", "kn", "ko", "lt", "lv", "mk", "ml", "mr", "ne",
    "nl", "no", "pa", "pl", "pt", "ro", "ru", "sk", "sl", "so", "sq", "sv", "sw", "ta", "te", "th",
    "tl", "tr", "uk", "ur", "vi", "zh-cn", "zh-tw",
]  # fmt: skip
"""The languages langdetect has profiles of."""

MoreCode = Literal[
    "az", "be", "bs", "eo", "eu", "ga", "hy", "is", "ka", "kk", "la", "lg", "mi", "mn", "ms", "nn",
    "sn", "sr", "st", "tn", "ts", "xh", "yo", "zh", "zu",
]  # fmt: skip
"""Languages that other engines know."""

_ALL = 0.995
"""The share from which on all of a part is in one language."""

PROMPT = "prompt"
"""What is written for the languages of the row's own prompt."""

Allowed = Literal[Code, MoreCode, "prompt"]
"""What may be allowed."""


class Language(Filter):
    """Drop rows of which a part is in another language.

    Parts are judged apart, by langdetect's profiles, over the whole text and without drawing. Code,
    formulas, links, tags, identifiers and single letters do not count; where too few letters are left, or
    no language is probable enough, the part passes. A text may change its language: each stretch
    counts, and one in another language is enough. The reason names the part and that language, such as
    `answer: de`, and where the part is in several, its share and its first character: `thinking: de 12%
    from character 3401`.
    Of sentences of 100 characters in 51 languages 98 % are told; of English rationales and traces up to 0.3 % of
    parts are dropped wrongly, and more of code that stands in no fence.
    `allowed: [prompt, en]` lets pass what is in a language of the row's prompt, or English; where
    the prompt's language is not told, nothing is known of what should follow it, and all passes.
    """

    name: ClassVar[str] = "language"
    shorthand: ClassVar[str | None] = "allowed"

    allowed: tuple[Allowed, ...] = Field(
        default=("en",),
        min_length=1,
        description="The languages that stay; `prompt` stands for those of the row's prompt.",
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
    max_share: float = Field(
        default=0,
        ge=0,
        lt=1,
        description="The share of a part's letters that may be in other languages.",
    )
    engine: Engine = Field(
        default="summed",
        description="What judges: langdetect's profiles summed, langdetect itself with a fixed seed, "
        "or lingua or fasttext, from the extras of these names.",
    )

    def settle(self, setting: Setting) -> Self:
        """See that the engine is there and knows the languages."""
        del setting
        if self.engine in ("summed", "langdetect"):
            known = get_args(Code)
        else:
            from curate.languages.engines import open_engine

            known = open_engine(self.engine).languages
        for code in self.allowed:
            if code != PROMPT and not any(_same(code, other) for other in known):
                hint = did_you_mean(code, known)
                raise StepError(
                    Problem(
                        f"the engine '{self.engine}' does not know the language '{code}'", hint=hint
                    )
                )
        return self

    def stamp(self) -> str:
        """The version of the library that judges."""
        if self.engine == "summed":
            return ""
        from curate.languages.engines import version_of

        return version_of(self.engine)

    def measure(self) -> pl.Expr:
        """The first part in another language, and the language it is in; null where all pass."""
        parts = dict.fromkeys((*self.of, PROMPT) if PROMPT in self.allowed else self.of)
        return pl.struct(text(part).alias(part) for part in parts).map_batches(
            self._foreign, return_dtype=pl.String, is_elementwise=True
        )

    def _foreign(self, rows: pl.Series) -> pl.Series:
        from curate.languages.detection import detect

        told: list[str | None] = [None] * len(rows)
        follows: NDArray[np.bool_] | None = None
        if PROMPT in self.allowed:
            prompts = rows.struct.field(PROMPT)
            follows = _followed(detect(prompts, self.engine, self.min_probability), len(rows))
        for part in self.of:
            texts = rows.struct.field(part)
            found = detect(texts, self.engine, self.min_probability)
            for row, reason in self._reasons(found, texts, follows):
                told[row] = told[row] or f"{part}: {reason}"
        return pl.Series(rows.name, told, dtype=pl.String)

    def _reasons(
        self, found: Detected, texts: pl.Series, follows: NDArray[np.bool_] | None
    ) -> Iterator[tuple[int, str]]:
        """The texts that are in another language, and which; where it is not all of it, how much from where on."""
        passes = np.zeros((len(texts), len(found.languages)), np.bool_)
        passes |= [any(_same(code, other) for other in self.allowed) for code in found.languages]
        if follows is not None:
            passes |= follows
        foreign = (found.best >= 0) & ~passes[found.texts, found.best]
        letters = np.bincount(found.texts, found.letters, len(texts))
        others = np.bincount(found.texts[foreign], found.letters[foreign], len(texts))
        for row in np.flatnonzero(others > self.max_share * letters).tolist():
            at = np.flatnonzero(foreign & (found.texts == row))
            amounts = np.bincount(found.best[at], found.letters[at])
            most = int(amounts.argmax())
            share = amounts[most] / letters[row]
            reason = found.languages[most]
            if share < _ALL:
                before = int(found.begins[at[found.best[at] == most][0]])
                place = len(texts[row].encode()[:before].decode()) + 1
                reason += f" {max(share, 0.01):.0%} from character {place}"
            yield row, reason

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows without a foreign part."""
        return measured.is_null()

    def threshold(self) -> str:
        """The rule in words."""
        named = ["the language of the prompt" if code == PROMPT else code for code in self.allowed]
        some = f", but for {self.max_share:.0%} of letters" if self.max_share else ""
        return f"in {' or '.join(named)}{some}"


def _followed(prompts: Detected, height: int) -> NDArray[np.bool_]:
    """Which languages follow the prompt of each row: its own, or all where none is told."""
    told = prompts.best >= 0
    follows = np.zeros((height, len(prompts.languages)), np.bool_)
    follows[prompts.texts[told], prompts.best[told]] = True
    bases = np.array([code.partition("-")[0] for code in prompts.languages])
    kin = bases[:, None] == bases
    return (follows @ kin) | ~follows.any(axis=1, keepdims=True)


def _same(code: str, other: str) -> bool:
    """Whether two codes may mean one language: `zh` is either of `zh-cn` and `zh-tw`."""
    return code == other or (
        code.partition("-")[0] == other.partition("-")[0] and not ("-" in code and "-" in other)
    )
