"""How many rows hub sources give, where that is no plain count."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from double import Client, Double
from pulls import built, split


@pytest.mark.parametrize(
    ("scarce", "plenty", "drawn"),
    [
        ("take: 50, fallback: plenty", "take: 30", {"scarce": 20, "plenty": 60}),
        ("take: all", "take: 10", {"scarce": 20, "plenty": 10}),
        ("take: 5", "take: all", {"scarce": 5, "plenty": 600}),
    ],
)
def test_drawn(
    hub: Double, client: Client, repo: str, tmp_path: Path,
    scarce: str, plenty: str, drawn: dict[str, int],
) -> None:  # fmt: skip
    hub.put(f"{repo}-a", split(1, 20, 10))
    hub.put(f"{repo}-b", split(3, 200, 20))
    text = f"""
sources:
  scarce: {{hub: {repo}-a, {scarce}}}
  plenty: {{hub: {repo}-b, {plenty}}}
"""
    found = client.call(built, tmp_path, text, tmp_path / "cache")
    assert "manifest.json" in found, found
    rows = pl.read_parquet(tmp_path / "out" / "mix" / "data" / "*.parquet")
    assert dict(rows.group_by("source").len().iter_rows()) == drawn
