"""Builds whose sources are on the Hub."""

from __future__ import annotations

from pathlib import Path

from double import Client, Double
from pulls import built, split

RECIPE = """
sources:
  chat: {{hub: {repo}, take: {take}}}
steps:
  - no_empty_turns
"""


def test_a_sample_is_fetched_and_no_more(
    hub: Double, client: Client, repo: str, tmp_path: Path
) -> None:
    files = split(6, 200, 20)
    hub.put(repo, files, xet=client.xet)
    text = RECIPE.format(repo=repo, take=100)
    first = client.call(built, tmp_path / "one", text, tmp_path / "cache")
    assert "recipe.lock" in first, first
    whole = sum(map(len, files.values()))
    assert hub.sent() < 6 * 16_384 + whole * 1.5 * 100 / 1200
    hub.forget()
    again = client.call(built, tmp_path / "two", text, tmp_path / "cache")
    assert again == first
    assert [one.path.rpartition("/")[2] for one in hub.log] == ["main?blobs=true"]
