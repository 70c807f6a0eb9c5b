"""One row of those that say nearly the same."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Literal, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field, model_validator

from curate.near.bands import RECALL, Banding, banding, shared
from curate.near.words import BASE
from curate.rows import WHOLE, Part, text
from curate.step import Choice, Facts, Setting

Keep = Literal["source_order", "rank", "score", "longest", "shortest"]
Engine = Literal["compiled", "datasketch"]

TEXTS = 8192
"""Texts sketched at a time."""

HASHES = 4_000_000
"""Hashes of bands held at a time: opening files costs more than reading them."""

_log = logging.getLogger(__name__)


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
        "seeded order, with the highest score, the longest or the shortest text. Ties go to "
        "the seeded order.",
    )
    score: str = Field(default="score", description="The kept column for `keep: score`.")
    scope: Literal["across", "within"] = Field(
        default="across", description="Compare rows across sources, or within each source only."
    )
    engine: Engine = Field(
        default="compiled",
        description="Compute signatures with our compiled code, or with datasketch: same values, slowly.",
    )

    @model_validator(mode="after")
    def _findable(self) -> Self:
        self._cut()
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
        if self.of is not None:
            return self
        return self.model_copy(update={"of": WHOLE[setting.kind]})

    @property
    def _part(self) -> Part:
        return self.of or "conversation"

    def _bands(self) -> list[str]:
        return [self.fact(f"band{band:03d}") for band in range(self._cut().bands)]

    def facts(self) -> Sequence[pl.Expr]:
        """A hash of the whole text (null without words) and of each band; what `keep` goes by."""
        names = [self.fact("whole"), *self._bands()]
        sketch = partial(
            _sketch,
            names=names,
            cut=self._cut(),
            ngram=self.ngram,
            permutations=self.permutations,
            engine=self.engine,
        )
        columns = pl.Struct({name: pl.UInt64() for name in names})
        sketches = text(self._part).map_batches(sketch, return_dtype=columns).struct.field("*")
        if self.keep == "score":
            score = pl.col(self.score).cast(pl.Float64, strict=False).fill_nan(None)
            return [sketches, (-score).alias(self.fact("keep"))]
        if self.keep in ("longest", "shortest"):
            sign = -1 if self.keep == "longest" else 1
            length = text(self._part).str.len_chars().cast(pl.Float64)
            return [sketches, (sign * length).alias(self.fact("keep"))]
        return [sketches]

    def sees_earlier(self) -> bool:
        """Prompts are compared with those of earlier mixes."""
        return self.of == "prompt"

    def drop(self, facts: Facts) -> pl.DataFrame:
        """All rows of a group but the one that stays; the measure is how alike the two are.

        A row may be less alike to that one than the threshold, where others stand between them.
        """
        rows = self._in_order(facts)
        same = _first_places(rows["whole"].to_numpy())
        alone = np.flatnonzero(same == np.arange(same.size))
        candidates = self._candidates(facts, rows, alone)
        first, similarity = self._groups(facts, rows, candidates)
        group = np.arange(same.size, dtype=np.uint32)
        alike = np.ones(same.size)
        group[candidates] = candidates[first]
        alike[candidates] = similarity
        group, alike = group[same], alike[same]
        dropped = np.flatnonzero((group != np.arange(group.size)) & ~rows["earlier"].to_numpy())
        row = rows["row"].to_numpy()
        return pl.DataFrame(
            {
                "row": row[dropped],
                "measure": pl.Series(alike[dropped]).round(3).cast(pl.String),
                "because_of": row[group[dropped]],
            },
            schema=self.dropped,
        ).sort("row")

    def _in_order(self, facts: Facts) -> pl.DataFrame:
        """The rows with words, those that stay before others first.

        Columns `row`, `place` (in the columns of facts), `earlier`, `apart` (rows with different
        values are never compared) and `whole` (the text's hash, such rows told apart by it too).
        """
        keys = {
            "source_order": ["source"],
            "rank": [],
        }.get(self.keep, [self.fact("keep")])
        whole = self.fact("whole")
        wanted = dict.fromkeys([whole, "earlier", "source", "rank", *keys])
        rows = facts.columns(*wanted).with_row_index("place").filter(pl.col(whole).is_not_null())
        rows = rows.sort(~pl.col("earlier"), *keys, "rank", "row", nulls_last=True)
        apart = pl.col("source").cast(pl.UInt64) + 1 if self.scope == "within" else pl.lit(0)
        rows = rows.select(
            "row", "place", "earlier", apart.cast(pl.UInt64).alias("apart"), whole=pl.col(whole)
        )
        return rows.with_columns(whole=_salted(rows["whole"], rows["apart"]))

    def _candidates(
        self, facts: Facts, rows: pl.DataFrame, alone: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Those of the rows that share a band with another."""
        place = rows["place"].to_numpy()[alone]
        apart = rows["apart"].gather(alone)
        found = np.zeros(alone.size, np.bool_)
        bands = self._bands()
        at_once = max(1, HASHES // max(1, rows.height))
        for some in (bands[at : at + at_once] for at in range(0, len(bands), at_once)):
            hashes = facts.columns(*some)
            for band in some:
                found |= shared(_salted(hashes[band].gather(place), apart).to_numpy())
        return alone[found]

    def _groups(
        self, facts: Facts, rows: pl.DataFrame, candidates: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
        """For each candidate the first of its group, and how alike the two are."""
        from curate.near.neighbours import groups
        from curate.near.normal_form import normal_form
        from curate.near.shingle_sets import ShingleSets

        row = rows["row"].to_numpy()[candidates]
        apart = rows["apart"].to_numpy()[candidates]
        order = np.argsort(row)
        with ShingleSets.of(candidates.size, self.ngram) as sets:
            for frame in facts.texts.read(self._part, pl.Series(row[order], dtype=pl.UInt32)):
                numbers = order[np.searchsorted(row[order], frame["row"].to_numpy())]
                sets.add(numbers, normal_form(frame["text"]), apart[numbers])
            found = groups(sets, self.similarity)
            joined = np.flatnonzero(found.first != np.arange(candidates.size))
            similarity = np.ones(candidates.size)
            similarity[joined] = sets.jaccard(joined, found.first[joined].astype(np.int64))
        if found.passed_over:
            _log.warning(
                "near_duplicates: too many texts share an n-gram; %d pairs of them were not compared",
                found.passed_over,
            )
        return found.first, similarity

    def threshold(self) -> str:
        """The rule in words."""
        return f"{self._part} less than {self.similarity:g} alike in {self.ngram}-grams of words"


def _sketch(
    texts: pl.Series,
    *,
    names: Sequence[str],
    cut: Banding,
    ngram: int,
    permutations: int,
    engine: Engine,
) -> pl.Series:
    from curate.near.normal_form import normal_form
    from curate.near.signatures import ENGINES, band_hashes

    hashes = np.empty((len(names), len(texts)), np.uint64)
    for begin in range(0, len(texts), TEXTS):
        some = slice(begin, begin + TEXTS)
        signatures, wholes = ENGINES[engine](normal_form(texts[some]), ngram, permutations)
        hashes[0, some] = wholes
        hashes[1:, some] = band_hashes(signatures, cut)
    frame = pl.DataFrame(dict(zip(names, hashes, strict=True)))
    wordless = pl.col(names[0]) == 0
    whole = pl.when(~wordless).then(pl.col(names[0])).alias(names[0])
    return frame.with_columns(whole).to_struct(texts.name)


def _salted(hashes: pl.Series, apart: pl.Series) -> pl.Series:
    """Hashes that differ wherever `apart` does."""
    salt = apart.to_numpy() * np.uint64(BASE)
    return pl.Series(hashes.to_numpy() ^ salt)


def _first_places(values: NDArray[np.uint64]) -> NDArray[np.int64]:
    """For each value, where it stands first."""
    _, first, place = np.unique(values, return_index=True, return_inverse=True)
    return first[place]
