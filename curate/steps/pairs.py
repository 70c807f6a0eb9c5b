"""Better and worse answers to one prompt, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, Self

import numpy as np
import polars as pl
from pydantic import Field

from curate.errors import Problem, StepError
from curate.rows import text
from curate.step import Facts, Maker, Setting
from curate.steps.digests import digests


class Pairs(Maker):
    """Make preference rows of the scored answers to one prompt.

    A chosen answer scores at least `min_score`, a rejected one at least `margin` less. Of one
    prompt's pairs at most `per_prompt` are made, in the seeded order, each answer used as rarely as
    can be and never on both sides. Answers with the same text count once; those without a score not
    at all. Prompts are the same if their `prompt_key` is, or where they have none, their text.
    """

    name: ClassVar[str] = "pairs"

    min_score: float = Field(description="The least score of a chosen answer.")
    margin: float = Field(gt=0, description="By how much a rejected answer scores less, at least.")
    per_prompt: int = Field(default=1, ge=1, description="The most pairs of one prompt.")
    score: str = Field(default="score", description="The kept column that holds the score.")
    thinking: Literal["same", "chosen", "any"] = Field(
        default="same",
        description="Which answers meet. `same`: both think, or both do not; else the first token tells "
        "them apart, whatever they say. `chosen`: a chosen answer that thinks also meets a rejected "
        "one that does not. `any`: all.",
    )

    def settle(self, setting: Setting) -> Self:
        """Refuse recipes whose rows are not pairs in the end."""
        if setting.kind != "preference":
            raise StepError(
                Problem(
                    "'pairs' makes preference rows, but the recipe makes conversations",
                    help="write `kind: preference`",
                )
            )
        return self

    def facts(self) -> Sequence[pl.Expr]:
        """Digests of the prompt and of the final turn, and the score."""
        prompt = pl.coalesce("prompt_key", text("prompt"))
        answer = pl.concat_str(
            text("thinking").fill_null(""), pl.lit("\n"), text("answer").str.strip_chars()
        )
        score = pl.col(self.score).cast(pl.Float64, strict=False)
        return [
            digests(prompt, (self.fact("prompt"), self.fact("prompt2"))),
            digests(answer, (self.fact("answer"), self.fact("answer2"))),
            score.fill_nan(None).alias(self.fact("score")),
            text("thinking").is_not_null().alias(self.fact("thinks")),
        ]

    def pair(self, facts: Facts) -> pl.DataFrame:
        """The pairs, in the seeded order of the chosen, then of the rejected."""
        prompt, answer, score = self.fact("prompt"), self.fact("answer"), self.fact("score")
        thinks = self.fact("thinks")
        rows = (
            facts.columns(prompt, answer, score, thinks, "rank", "earlier")
            .filter(~pl.col("earlier"))
            .drop("earlier")
            .drop_nulls()
            .sort(prompt, "rank", "row")
            .unique((prompt, answer), keep="first", maintain_order=True)
        )
        best, worst = pl.col(score).max().over(prompt), pl.col(score).min().over(prompt)
        rows = rows.filter(best >= self.min_score, best - worst >= self.margin)
        keys = rows[prompt].to_numpy()
        edges = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1], [True]]))
        scores, thinking = rows[score].to_list(), rows[thinks].to_list()
        found = (
            [
                (first + chosen, first + rejected)
                for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
                for chosen, rejected in self._choose(scores[first:last], thinking[first:last])
            ]
            if rows.height
            else []
        )
        at = np.array(found, np.int64).reshape(-1, 2)
        ranks = rows["rank"].to_numpy()
        order = np.lexsort((at[:, 1], at[:, 0], ranks[at[:, 1]], ranks[at[:, 0]]))
        numbers = rows["row"].to_numpy()[at[order]]
        return pl.DataFrame({"chosen": numbers[:, 0], "rejected": numbers[:, 1]})

    def _choose(
        self, scores: Sequence[float], thinking: Sequence[bool]
    ) -> Iterator[tuple[int, int]]:
        """The pairs of one prompt, whose answers come in the seeded order.

        Walks the table of chosen and rejected along its diagonals: that uses every answer once before
        any twice.
        """
        high = max(scores)
        chosen = [i for i, score in enumerate(scores) if score >= self.min_score]
        rejected = [i for i, score in enumerate(scores) if high - score >= self.margin]
        sides: dict[int, bool] = {}
        made = 0
        for one, other in _diagonals(len(chosen), len(rejected)):
            better, worse = chosen[one], rejected[other]
            if scores[better] - scores[worse] < self.margin:
                continue
            if not self._may_meet(thinking[better], thinking[worse]):
                continue
            if not sides.get(better, True) or sides.get(worse, False):
                continue
            sides[better], sides[worse] = True, False
            yield better, worse
            made += 1
            if made == self.per_prompt:
                return

    def _may_meet(self, chosen_thinks: bool, rejected_thinks: bool) -> bool:
        if self.thinking == "same":
            return chosen_thinks == rejected_thinks
        return self.thinking == "any" or chosen_thinks or not rejected_thinks


def _diagonals(height: int, width: int) -> Iterator[tuple[int, int]]:
    """Every place of a table once, so that rows and columns come in turn."""
    longer = max(height, width)
    shorter = min(height, width)
    for shift in range(shorter):
        for at in range(longer):
            across = (at + shift) % shorter
            yield (at, across) if height >= width else (across, at)
