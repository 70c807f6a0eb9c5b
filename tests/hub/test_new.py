"""First recipes for data sets of the Hub."""

from __future__ import annotations

from pathlib import Path

import pytest
from double import Client, Double
from releases import curate
from stand_ins import smoltalk2

SPLITS = {
    ("SFT", "a_no_think"): 200,
    ("SFT", "b_think"): 150,
    ("SFT", "c_test"): 20,
    ("Preference", "pairs_think"): 100,
}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            None,
            [
                "licence apache-2.0",
                "Left out: c_test",
                "Other configurations (--config NAME): Preference",
                "  # 200 records of `messages` (messages)",
                "    split: b_think\n    shape: messages\n    take: 150\n",
            ],
        ),
        ("Preference", ["kind: preference", "    shape: pair\n    take: 100\n"]),
    ],
)
def test_a_repository_becomes_a_recipe(
    hub: Double, client: Client, repo: str, tmp_path: Path, config: str | None, said: list[str]
) -> None:
    files, card = smoltalk2(SPLITS)
    hub.put(repo, files, card=card)
    words = ["--config", config] if config else []
    file, cache = tmp_path / "first.yaml", str(tmp_path / "cache")
    made = client.call(curate, "new", repo, "-o", str(file), "--cache", cache, *words)
    assert made.code == 0, made.err
    text = file.read_text(encoding="utf-8")
    for part in said:
        assert part in text
    checked = client.call(curate, "check", str(file), "--cache", cache)
    assert checked.code == 0, checked.err


def test_what_is_not_there_is_told(hub: Double, client: Client, repo: str, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    made = client.call(curate, "new", f"{repo}-nowhere", "--cache", cache)
    assert made.code == 3
    files, card = smoltalk2(SPLITS)
    hub.put(repo, files, card=card)
    made = client.call(curate, "new", repo, "--config", "sft", "--cache", cache)
    assert made.code == 1
    assert "did you mean 'SFT'?" in made.err
