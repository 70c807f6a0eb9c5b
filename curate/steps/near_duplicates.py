"""One row of those that say nearly the same."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr, model_validator

from curate.heap import trim
from curate.near.account import examples, histogram, outcomes
from curate.near.bands import RECALL, Banding, banding
from curate.near.sketches import Engine, sketch
from curate.near.words import BASE
from curate.rows import WHOLE, Kind, Part, text
from curate.step import Choice, Facts, Setting

if TYPE_CHECKING:
    from curate.near.shingle_sets import ShingleSets

Keep = Literal["source_order", "rank", "score", "verified", "longest", "shortest"]

ANSWERS: dict[Kind, Part] = {"conversation": "response", "preference": "pair"}
"""Of what rows of one prompt are told apart for `answers_per_prompt`."""

HASHES = 4_000_000
"""Hashes of bands held at a time: opening files costs more than reading them."""


class _Joined(NamedTuple):
    """For each candidate the first of its group, by similarity; how alike the two are; pairs not compared."""

    first: dict[float, NDArray[np.uint32]]
    similarity: NDArray[np.float64]
    passed_over: int


_log = logging.getLogger(__name__)


UNASKED = 250_000
"""Candidates up to which more similarities than the step's own are told unasked. Of two million texts made
from a few templates all five had not ended after six minutes; 0.8 alone took half a minute."""


class NearDuplicates(Choice):
    """Drop rows whose text is nearly that of a row that is kept.

    Two texts are compared by the n-grams of words in each: their Jaccard similarity is the number of
    n-grams in both over the number in either. MinHash (datasketch's permutations) finds texts
    that may be alike, so that at least 99.9% of the pairs at the threshold are seen; the
    similarity itself is exact, so none below it counts. Rows that are alike, and rows alike to those,
    form a group, of which one row stays.
    """

    name: ClassVar[str] = "near_duplicates"
    shorthand: ClassVar[str | None] = "of"

    of: Part | None = Field(
        default=None,
        description="The part to compare; `conversation` by default, `pair` for preference rows.",
    )
    similarity: float = Field(
        default=0.8, gt=0, le=1, description="The least Jaccard similarity of near-duplicates."
    )
    ngram: int = Field(default=5, ge=1, le=64, description="How many words make an n-gram.")
    permutations: int = Field(
        default=128, ge=16, le=4096, description="How long a MinHash signature is."
    )
    keep: Keep = Field(
        default="source_order",
        description="Which row of a group stays: of the first source in the recipe, the first in the "
        "seeded order, with the highest score, whose kept column `correct` is true, the longest or "
        "the shortest text. Ties go to the seeded order.",
    )
    score: str = Field(default="score", description="The kept column for `keep: score`.")
    against: tuple[str, ...] = Field(
        default=(),
        description="Finished folders (relative to the recipe), and data sets as `hub:org/name` or "
        "`hub:org/name@revision`, whose rows these must not repeat in the part that is compared.",
    )
    scope: Literal["across", "within"] = Field(
        default="across", description="Compare rows across sources, or within each source only."
    )
    answers_per_prompt: int = Field(
        default=1,
        ge=1,
        description="With `of: prompt`, how many rows of a group stay: those whose responses differ most, "
        "or whose pairs do.",
    )
    what_if: tuple[Annotated[float, Field(gt=0, le=1)], ...] | None = Field(
        default=None,
        description="Other similarities whose outcome `curate explain` tells; by default the next two "
        "twentieths below and above `similarity`, unless more than 250,000 rows share a band with another. "
        "Below `similarity` it is the least that would go, as fewer of such pairs are found.",
    )
    engine: Engine = Field(
        default="compiled",
        description="Compute signatures with our compiled code, or with datasketch: same values, slowly.",
    )

    _answers: Part = PrivateAttr(default=ANSWERS["conversation"])

    @model_validator(mode="after")
    def _findable(self) -> Self:
        self._cut()
        if self.answers_per_prompt > 1 and self.of != "prompt":
            raise ValueError("`answers_per_prompt` goes with `of: prompt`")
        if self.against and self.scope == "within":
            raise ValueError("`scope: within` compares with no other source, `against` names some")
        return self

    def _cut(self) -> Banding:
        cut = banding(self.similarity, self.permutations)
        if cut is None:
            raise ValueError(
                f"{self.permutations} permutations cannot find {RECALL:.1%} of the pairs "
                f"{self.similarity:g} alike; give more `permutations`"
            )
        return cut

    def settle(self, setting: Setting) -> Self:
        """Compare whole rows unless told otherwise."""
        copy = self.model_copy(update={"of": self.of or WHOLE[setting.kind]})
        copy._answers = ANSWERS[setting.kind]
        return copy

    @property
    def _part(self) -> Part:
        return self.of or "conversation"

    def _bands(self) -> list[str]:
        return [self.fact(f"band{band:03d}") for band in range(self._cut().bands)]

    def facts(self) -> Sequence[pl.Expr]:
        """A hash of the whole text (null without words) and of each band; what `keep` goes by."""
        names = [self.fact("whole"), *self._bands()]
        sketched = partial(
            sketch,
            names=names,
            cut=self._cut(),
            ngram=self.ngram,
            permutations=self.permutations,
            engine=self.engine,
        )
        columns = pl.Struct({name: pl.UInt64() for name in names})
        sketches = text(self._part).map_batches(sketched, return_dtype=columns)
        if self.keep == "score":
            score = pl.col(self.score).cast(pl.Float64, strict=False).fill_nan(None)
            return [sketches, (-score).alias(self.fact("keep"))]
        if self.keep == "verified":
            wrong = ~pl.col("correct").cast(pl.Boolean)
            return [sketches, wrong.cast(pl.Float64).alias(self.fact("keep"))]
        if self.keep in ("longest", "shortest"):
            sign = -1 if self.keep == "longest" else 1
            length = text(self._part).str.len_chars().cast(pl.Float64)
            return [sketches, (sign * length).alias(self.fact("keep"))]
        return [sketches]

    def sees_earlier(self) -> bool:
        """Prompts are compared with those of earlier mixes, and all else with what `against` names."""
        return self.of == "prompt" or bool(self.against)

    def compares_with(self) -> tuple[str, ...]:
        """What `against` names."""
        return self.against

    def compares_whole(self) -> bool:
        """Answers, too, unless prompts are compared."""
        return bool(self.against) and self.of != "prompt"

    def drop(self, facts: Facts) -> pl.DataFrame:
        """All rows of a group but those that stay; the measure is how alike a row is to the first.

        A row may be less alike to that one than the threshold, where others stand between them.
        """
        from curate.near.buckets import first_places

        rows = self._in_order(facts)
        same = first_places(rows["whole"].to_numpy())
        alone = np.flatnonzero(same == np.arange(same.size))
        bound, hot = self._bound(facts, rows, alone)
        together = np.flatnonzero(np.bincount(bound, minlength=alone.size)[bound] > 1)
        candidates = alone[together]
        trim()
        found = self._joined(facts, rows, candidates, bound[together])
        trim()
        alike = np.ones(same.size)
        alike[candidates] = found.similarity
        alike = alike[same]
        groups = {level: _spread(first, candidates, same) for level, first in found.first.items()}
        group = groups[self.similarity]
        stays = (group == np.arange(group.size)) | rows["earlier"].to_numpy()
        if self.answers_per_prompt > 1:
            stays |= self._diverse(facts, rows, group)
        gone = np.flatnonzero(~stays)
        row = rows["row"].to_numpy()
        dropped = pl.DataFrame(
            {
                "row": row[gone],
                "measure": pl.Series(alike[gone]).round(3).cast(pl.String),
                "because_of": row[group[gone]],
            },
            schema=self.dropped,
        ).sort("row")
        self._tell(facts, rows, groups, dropped, found.passed_over, hot)
        return dropped

    def _in_order(self, facts: Facts) -> pl.DataFrame:
        """The rows with words, those that stay before others first.

        Columns `row`, `earlier`, `source`, `apart` (rows with different values are never compared) and `whole`
        (the text's hash, such rows told apart by it too).
        """
        keys = {
            "source_order": ["source"],
            "rank": [],
        }.get(self.keep, [self.fact("keep")])
        whole = self.fact("whole")
        wanted = dict.fromkeys([whole, "earlier", "source", "rank", *keys])
        rows = facts.columns(*wanted).filter(pl.col(whole).is_not_null())
        rows = rows.sort(~pl.col("earlier"), *keys, "rank", "row", nulls_last=True)
        apart = pl.col("source").cast(pl.UInt64) + 1 if self.scope == "within" else pl.lit(0)
        rows = rows.select(
            "row",
            "earlier",
            "source",
            apart.cast(pl.UInt64).alias("apart"),
            whole=pl.col(whole),
        )
        salt = rows["apart"].to_numpy() * np.uint64(BASE)
        return rows.with_columns(whole=pl.Series(rows["whole"].to_numpy() ^ salt))

    def _bound(
        self, facts: Facts, rows: pl.DataFrame, alone: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint32], int]:
        """For each of the rows the first it is bound with by bands that both have; how many bands are hot."""
        from curate.near.buckets import Buckets

        salt = rows["apart"].to_numpy()[alone] * np.uint64(BASE)
        number = np.full(facts.alive.len(), alone.size, np.uint32)
        number[rows["row"].to_numpy()[alone]] = np.arange(alone.size)
        buckets = Buckets(alone.size)
        bands = self._bands()
        at_once = max(1, HASHES // max(1, alone.size))
        for some in (bands[at : at + at_once] for at in range(0, len(bands), at_once)):
            hashes = {band: np.empty(alone.size, np.uint64) for band in some}
            for frame in facts.frames(*some):
                numbers = number[frame["row"].to_numpy()]
                here = numbers < alone.size
                for band, values in hashes.items():
                    values[numbers[here]] = frame[band].to_numpy()[here] ^ salt[numbers[here]]
            buckets.add([*hashes.values()])
        return buckets.bound(), buckets.hot

    def _joined(
        self,
        facts: Facts,
        rows: pl.DataFrame,
        candidates: NDArray[np.int64],
        bound: NDArray[np.uint32],
    ) -> _Joined:
        """For each candidate the first of its group, at every similarity that is told."""
        from curate.near.neighbours import groups

        with self._sets(facts, rows, candidates, self._part, apart=True) as sets:
            found = groups(sets, self._levels(candidates.size), bound)
            first = found[self.similarity].first.astype(np.int64)
            others = np.flatnonzero(first != np.arange(candidates.size))
            similarity = np.ones(candidates.size)
            similarity[others] = sets.jaccard(others, first[others])
        passed_over = found[self.similarity].passed_over
        return _Joined({level: one.first for level, one in found.items()}, similarity, passed_over)

    def _levels(self, candidates: int) -> list[float]:
        """The similarities that are told of so many candidates, ascending; the step's own is one of them."""
        steps = (-0.1, -0.05, 0.05, 0.1) if candidates <= UNASKED else ()
        near = [round(self.similarity + step, 6) for step in steps]
        told = near if self.what_if is None else self.what_if
        return sorted({level for level in told if 0 < level <= 1} | {self.similarity})

    def _diverse(
        self, facts: Facts, rows: pl.DataFrame, group: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Which rows stay beside the first of their group; none where an earlier mix has the prompt."""
        from curate.near.diversity import diverse

        of_mine = ~rows["earlier"].to_numpy()[group]
        large = np.bincount(group, minlength=group.size)[group] > self.answers_per_prompt
        stays = of_mine & ~large
        chosen = np.flatnonzero(of_mine & large)
        with self._sets(facts, rows, chosen, self._answers, apart=False) as sets:
            _, number = np.unique(group[chosen], return_inverse=True)
            stays[chosen[diverse(sets, number, self.answers_per_prompt)]] = True
        return stays

    @contextmanager
    def _sets(
        self,
        facts: Facts,
        rows: pl.DataFrame,
        chosen: NDArray[np.int64],
        part: Part,
        *,
        apart: bool,
    ) -> Generator[ShingleSets]:
        """The shingle sets of the chosen rows' texts."""
        from curate.near.shingle_sets import ShingleSets

        row = rows["row"].to_numpy()[chosen]
        salt = rows["apart"].to_numpy()[chosen] * np.uint64(apart)
        order = np.argsort(row)
        with ShingleSets.of(chosen.size, self.ngram) as sets:
            for frame in facts.texts.read(part, pl.Series(row[order], dtype=pl.UInt32)):
                numbers = order[np.searchsorted(row[order], frame["row"].to_numpy())]
                sets.add(numbers, frame["text"], salt[numbers])
            yield sets

    def _tell(
        self,
        facts: Facts,
        rows: pl.DataFrame,
        groups: dict[float, NDArray[np.int64]],
        dropped: pl.DataFrame,
        passed_over: int,
        hot: int,
    ) -> None:
        """Note what `curate explain` tells."""
        if passed_over:
            _log.warning(
                "near_duplicates: too many texts share an n-gram; %d pairs of them were not compared",
                passed_over,
            )
        facts.notes.update(
            part=self._part,
            similarity=self.similarity,
            outcomes=outcomes(groups, rows, facts.sources),
            similarities=histogram(dropped),
            passed_over=passed_over,
            hot_buckets=hot,
            examples=examples(dropped, facts, self._part),
        )

    def threshold(self) -> str:
        """The rule in words."""
        return f"{self._part} less than {self.similarity:g} alike in {self.ngram}-grams of words"


def _spread(
    first: NDArray[np.uint32], candidates: NDArray[np.int64], same: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For each row the first of its group, from that of the candidates and from where its text stands first."""
    group = np.arange(same.size)
    group[candidates] = candidates[first]
    return group[same]
