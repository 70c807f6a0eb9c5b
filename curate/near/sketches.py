"""What is kept of a text to find those that may be like it: a hash of the whole, a hash of each band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import polars as pl

from curate.near.bands import Banding

Engine = Literal["compiled", "datasketch"]


def sketch(
    texts: pl.Series,
    *,
    names: Sequence[str],
    cut: Banding,
    ngram: int,
    permutations: int,
    engine: Engine,
) -> pl.Series:
    """A struct for each text, its fields under the `names`: the whole text's hash (null without words), the bands'."""
    from curate.near.normal_form import stretches
    from curate.near.signatures import ENGINES, band_hashes

    hashes = np.empty((len(names), len(texts)), np.uint64)
    for some in stretches(texts):
        signatures, wholes = ENGINES[engine](texts[some], ngram, permutations)
        hashes[0, some] = wholes
        hashes[1:, some] = band_hashes(signatures, cut)
    frame = pl.DataFrame(dict(zip(names, hashes, strict=True)))
    wordless = pl.col(names[0]) == 0
    whole = pl.when(~wordless).then(pl.col(names[0])).alias(names[0])
    return frame.with_columns(whole).to_struct(texts.name)
