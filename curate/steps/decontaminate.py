"""Rows that give a benchmark away."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, Self

import polars as pl
from pydantic import Field, PrivateAttr

from curate.errors import Problem, StepError
from curate.leaks.demand import Demand, Rule
from curate.leaks.items import Stock
from curate.leaks.words import Form
from curate.rows import Kind, Part, text
from curate.step import Filter, PackName, Setting

PARTS: dict[Kind, tuple[Part, ...]] = {
    "conversation": ("prompt", "thinking", "answer"),
    "preference": ("prompt", "chosen", "rejected"),
}
"""What is searched of a row, unless a recipe says otherwise: all that is trained on, and the question."""


class Decontaminate(Filter):
    """Drop rows that hold a test item of a benchmark.

    An item is found by the n-grams of words it shares with a text: `coverage` asks that those which tell
    the item cover a share of its words (of fewer than two n-grams' words, all), `any` that there is one at all.
    An item without such n-grams must stand there word for word and make up half of the text. `ratio` compares
    whole texts, character by character. Every hit is told with the test item, how much of it was found
    where, and the span that both have; it is checked word by word, so none rests on equal hashes.
    """

    name: ClassVar[str] = "decontaminate"
    shorthand: ClassVar[str | None] = "against"

    against: tuple[PackName, ...] = Field(
        min_length=1,
        description="Packs of test items: names of those that ship, or recipe files whose rows are items.",
    )
    of: tuple[Part, ...] = Field(
        default=(),
        description="The parts searched, each by itself; prompt, thinking and answer by default, prompt and "
        "both sides for preference rows.",
    )
    rule: Rule = Field(
        default="coverage",
        description="What makes a hit: n-grams that cover a share of the item, any shared n-gram, or a "
        "text nearly equal to the item.",
    )
    ngram: int = Field(default=8, ge=1, le=64, description="How many words make an n-gram.")
    coverage: float = Field(
        default=0.5, gt=0, le=1, description="The least share of an item's words for `coverage`."
    )
    ratio: float = Field(
        default=0.95,
        ge=0.5,
        le=1,
        description="The least share of characters in common, in order, for `ratio`.",
    )
    words: Form = Field(
        default="plain",
        description="Words are runs of letters or of digits, LaTeX and punctuation aside (`plain`), or "
        "what stands between spaces (`spaces`); in lower case both.",
    )
    allow: tuple[str, ...] = Field(
        default=(),
        description="Test items that may be there, as rejects name them: `mmlu/test#17`.",
    )
    _stock: Stock | None = PrivateAttr(default=None)

    def settle(self, setting: Setting) -> Self:
        """Search the whole row unless told otherwise."""
        return self if self.of else self.model_copy(update={"of": PARTS[setting.kind]})

    @property
    def stock(self) -> Stock | None:
        """The packs' items, once they have been read."""
        return self._stock

    def stocked(self, stock: Stock) -> Self:
        """This step with its packs' items, in the order of `against`."""
        copy = self.model_copy()
        copy._stock = stock
        return copy

    def label(self) -> str:
        """The packs, by name alone, before the other fields."""
        packs = "+".join(pack.rpartition("/")[2].removesuffix(".yaml") for pack in self.against)
        shown: dict[str, Any] = self.model_dump(exclude_defaults=True, exclude={"against", "of"})
        return " ".join(
            [packs, *(f"{key}={value}" for key, value in shown.items() if key != "allow")]
        )

    def stamp(self) -> str:
        """The items, by their packs' digests."""
        return "" if self._stock is None else " ".join(pack.digest for pack in self._stock.packs)

    def measure(self) -> pl.Expr:
        """The first part that holds a test item, how much of which, and the span; null where none does."""
        stock = self._stocked()
        least = self.ratio if self.rule == "ratio" else self.coverage
        demand = Demand(self.rule, self.words, self.ngram, least, self.allow)
        return pl.coalesce(
            text(part).map_batches(
                partial(_told, part=part, stock=stock, demand=demand),
                return_dtype=pl.String,
                is_elementwise=True,
            )
            for part in self.of or PARTS["conversation"]
        )

    def _stocked(self) -> Stock:
        if self._stock is None:
            raise StepError(
                Problem(
                    "'decontaminate' has not been given its packs' items",
                    help="building, checking and previewing a recipe gives them; alone, a step is given a stock by `stocked`",
                )
            )
        return self._stock

    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Rows without a hit."""
        return measured.is_null()

    def threshold(self) -> str:
        """The rule in words."""
        form = {"plain": "words", "spaces": "words between spaces"}[self.words]
        return {
            "coverage": f"{self.ngram}-grams of {form} cover less than {self.coverage:g} of a test item",
            "any": f"no {self.ngram}-gram of {form} shared with a test item",
            "ratio": f"less than {self.ratio:g} like a test item",
        }[self.rule]


def _told(texts: pl.Series, *, part: Part, stock: Stock, demand: Demand) -> pl.Series:
    from curate.leaks.search import leaks

    verb = "is like" if demand.rule == "ratio" else "of"
    hits = [
        hit and f"{part}: {hit.share:.2f} {verb} {hit.test}: “{hit.here}” as “{hit.there}”"
        for hit in leaks(texts, stock, demand)
    ]
    return pl.Series(texts.name, hits, dtype=pl.String)
