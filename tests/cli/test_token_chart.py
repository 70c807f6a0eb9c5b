"""The tokens of sources, drawn."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import curate
from curate.cli.draw import draw_built
from curate.cli.terminal import Terminal
from curate.cli.token_chart import draw_tokens, histogram
from curate.output.token_lengths import spreads


@pytest.mark.parametrize(
    ("counts", "drawn"),
    [([], ""), ([0, 0], "  "), ([1, 0, 8, 4, 1000], "▁ ▁▁█"), ([5, 10], "▄█")],
)
def test_a_histogram_is_a_line(counts: list[int], drawn: str) -> None:
    assert histogram(counts) == drawn


def test_bounds_hold_every_row_once() -> None:
    counts = [1, 16, 17, 24, 25, 48, 49, 1000, 1024, 1025]
    rows = pl.DataFrame({"source": "a", "tokens": pl.Series(counts, dtype=pl.UInt32)})
    spread = spreads(rows)["a"]
    assert spread.histogram == {
        16: 2, 24: 2, 32: 1, 48: 1, 64: 1, 96: 0, 128: 0, 192: 0, 256: 0, 384: 0, 512: 0, 768: 0, 1024: 2, 1536: 1
    }  # fmt: skip
    assert (spread.rows, spread.tokens, spread.lengths["max"]) == (10, sum(counts), 1025)


def test_sources_share_their_bounds(capsys: pytest.CaptureFixture[str]) -> None:
    names = ["short"] * 4 + ["long"] * 4
    counts = pl.Series([20, 21, 30, 70, 200, 210, 400, 2000], dtype=pl.UInt32)
    draw_tokens(Terminal(), spreads(pl.DataFrame({"source": names, "tokens": counts})))
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert printed == [
        "  tokens  rows  in all  p50    p99    max  24 to 2,048",
        "  long       4   2,810  210  2,000  2,000         █ ▄   ▄",
        "  short      4     141   21     70     70  █▄  ▄",
    ]


def test_a_build_says_that_it_encodes_texts_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads((Path(__file__).parents[1] / "data/bytes.json").read_text("utf-8"))
    split = {"type": "Split", "pattern": {"Regex": "^a"}, "behavior": "Isolated", "invert": False}
    tokenizer = tmp_path / "tokenizer.json"
    before = {"type": "Sequence", "pretokenizers": [split, {"type": "ByteLevel", "use_regex": False, "add_prefix_space": False, "trim_offsets": True}]}  # fmt: skip
    tokenizer.write_text(json.dumps({**told, "pre_tokenizer": before}), "utf-8")
    recipe = tmp_path / "mix.yaml"
    recipe.write_text(
        "tokenizer: tokenizer.json\nsources: {chat: {embedded: {like: chat, rows: 20}, take: 5}}\n"
    )
    loaded = curate.load(recipe)
    draw_built(Terminal(), loaded, curate.build(loaded, tmp_path / "out", workers=1), 1)
    printed = " ".join(capsys.readouterr().out.split())
    assert "encoding texts whole, which takes longer: its expression ^a has parts" in printed
