"""Test items, as they wait in a file until somebody looks for them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

ITEMS: dict[str, pl.DataType] = {"test": pl.String(), "text": pl.String()}
"""The columns of a file of items: what an item is called, such as `gsm8k/test#17`, and what it asks."""


@dataclass(frozen=True)
class Pack:
    """One pack of test items: its name, how many there are, and a digest of their names and texts."""

    name: str
    items: int
    digest: str
    read_from: tuple[str, ...] = ()
    """The data sets on the Hub that they are of, as `org/name@commit`."""


@dataclass(frozen=True)
class Stock:
    """The items of some packs, in a parquet file of the columns `ITEMS`."""

    file: Path
    packs: tuple[Pack, ...]

    def read(self) -> pl.DataFrame:
        """All items, pack by pack."""
        return pl.read_parquet(self.file)
