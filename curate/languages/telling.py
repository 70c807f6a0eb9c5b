"""What is told of the languages of texts."""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.columns import strings
from curate.compiling import compiled
from curate.languages.detection import MIN_PROBABILITY, UNDETERMINED, Detected, detect
from curate.languages.engines import EngineName
from curate.pieces import utf8

_LEAST = 0.001
"""Below it, a probability is not told."""

_PROBABILITY = pl.Struct({"language": pl.String, "probability": pl.Float64})
_STRETCH = pl.Struct(
    {
        "start": pl.UInt32,
        "end": pl.UInt32,
        "language": pl.String,
        "probability": pl.Float64,
        "share": pl.Float64,
    }
)
TOLD: dict[str, pl.DataType] = {
    "language": pl.String(),
    "probability": pl.Float64(),
    "probabilities": pl.List(_PROBABILITY),
    "stretches": pl.List(_STRETCH),
}
"""The columns that `detect_language` gives."""


def detect_language(
    texts: Any, *, engine: EngineName = "summed", min_probability: float = MIN_PROBABILITY
) -> pl.DataFrame:
    """Tell the languages of texts: a polars column, an Arrow array or any sequence of strings; a row a text.

    `language` is that of most letters, `undetermined` where there are too few or none is probable enough,
    null where there is no text; `probability` is how probable it is, `probabilities` holds all languages,
    the likeliest first, be there enough letters or not; in a text of two languages they are the shares of both. `stretches`
    are the parts of the text in one language each, in their order, with the characters where they
    start and end, and their share of the letters. Code, formulas, links, numbers and names do not count.

    `engine` is `summed` (langdetect's profiles summed over the whole text), `langdetect` (the library,
    seeded, window by window), `lingua` or `fasttext`, which come with the extras of these names.
    Raises StepError where an engine is not installed, ValueError where there is none of that name, TypeError
    where texts are no strings.
    """
    column = strings(texts)
    found = detect(column, engine, min_probability)
    return _told(found, column)


def _told(found: Detected, texts: pl.Series) -> pl.DataFrame:
    height, width = len(texts), len(found.languages)
    letters = np.bincount(found.texts, found.letters, height)
    shares = np.zeros((height, width + 1))
    np.add.at(shares, (found.texts, found.best), found.letters)  # what is not told: the last
    shares[letters == 0, -1] = 1
    best = shares.argmax(axis=1)
    probable = np.zeros((height, width))
    weights = found.letters / np.maximum(letters, 1)[found.texts]
    np.add.at(probable, found.texts, found.probabilities * weights[:, None])
    at, which = np.nonzero(probable >= _LEAST)
    codes = np.array([*found.languages, UNDETERMINED], object)
    probabilities = pl.DataFrame(
        {
            "text": at,
            "language": pl.Series(codes[which].tolist(), dtype=pl.String),
            "probability": probable[at, which],
        }
    ).sort("text", "probability", descending=[False, True], maintain_order=True)
    places = _characters(found, texts)
    stretches = pl.DataFrame(
        {
            "text": found.texts,
            "start": places[0],
            "end": places[1],
            "language": pl.Series(codes[found.best].tolist(), dtype=pl.String),
            "probability": found.probabilities[np.arange(len(found.best)), found.best].astype(
                float
            ),
            "share": weights,
        }
    ).with_columns(
        pl.when(pl.col("language") != UNDETERMINED).then("probability").alias("probability")
    )
    is_told = best < width
    likely = np.where(is_told, probable[np.arange(height), np.minimum(best, width - 1)], np.nan)
    told = pl.DataFrame(
        {
            "language": pl.Series(codes[best].tolist(), dtype=pl.String),
            "probability": pl.Series(likely, nan_to_null=True),
            "probabilities": _lists(probabilities, height, _PROBABILITY),
            "stretches": _lists(stretches, height, _STRETCH),
        },
        schema=TOLD,
    )
    if texts.null_count():
        told = told.select(pl.when(texts.is_not_null()).then(pl.all()))
    return told


def _lists(rows: pl.DataFrame, height: int, dtype: pl.Struct) -> pl.Series:
    """The rows of each text, as one list a text."""
    fields = pl.struct(*[field.name for field in dtype.fields]).cast(dtype).alias("rows")
    lists = rows.group_by("text", maintain_order=True).agg(fields)
    every = pl.DataFrame({"text": pl.int_range(height, dtype=pl.Int64, eager=True)})
    joined = every.join(lists, on="text", how="left", maintain_order="left")
    none = pl.lit([], dtype=pl.List(dtype))
    return joined.select(pl.coalesce("rows", none)).to_series()


def _characters(found: Detected, texts: pl.Series) -> NDArray[np.int64]:
    """Characters of its text before each stretch, and up to its end."""
    data, bounds = utf8(texts)
    places = np.zeros((2, len(found.texts)), np.int64)
    _count_characters(data, bounds, found.texts, found.begins, found.ends, places)
    return places


@compiled
def _count_characters(
    data: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    texts: NDArray[np.int64],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    places: NDArray[np.int64],
) -> None:
    at = count = 0
    text = -1
    for stretch in range(texts.size):
        if texts[stretch] != text:
            text = texts[stretch]
            at, count = bounds[text], 0
        for side in range(2):
            limit = bounds[text] + (ends[stretch] if side else begins[stretch])
            while at < limit:
                count += data[at] & 0xC0 != 0x80
                at += 1
            places[side, stretch] = count
