"""What a trainer keeps of a set on the Hub: the same as of a copy of it, and only its columns are fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from byte_tokens import BYTES
from double import Client, Double
from pulls import chats, parquet

LENGTH = sum(len(turn["content"]) + 3 for turn in chats(10, 1)[0]["messages"])
"""Bytes of a rendered conversation whose number has two digits."""


def told(data: str, tokenizer: str, cache: Path, options: dict[str, Any]) -> dict[str, Any] | str:
    """The forecast as data, or what is wrong."""
    from curate.describe import describe_all
    from curate.errors import CurateError
    from curate.forecasts import forecast

    try:
        return forecast(data, LENGTH, tokenizer=tokenizer, cache=cache, **options).as_json()
    except CurateError as error:
        return describe_all(error)


def test_it_is_that_of_a_copy(hub: Double, client: Client, repo: str, tmp_path: Path) -> None:
    files = {
        "data/train-0.parquet": parquet(chats(0, 2000), 500),
        "data/train-1.parquet": parquet(chats(2000, 1000), 500),
        "data/test-0.parquet": parquet(chats(900, 9), 9),
    }
    hub.put(repo, files, xet=client.xet)
    for path, content in files.items():
        copy = tmp_path / "copy" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
    options = {"template": str(BYTES.with_name("chat_template.jinja"))}
    far = client.call(told, repo, str(BYTES), tmp_path / "cache", options)
    near = told(str(tmp_path / "copy"), str(BYTES), tmp_path / "none", options)
    assert isinstance(far, dict)
    assert isinstance(near, dict)
    assert far["total"]["rows"] == 3000
    assert far["total"]["whole"] == 100
    assert far == near | {"name": repo}
    if not client.xet:  # over Xet whole chunks are sent
        stored = sum(map(len, files.values()))
        assert hub.sent(r"\.parquet|/lfs/|/cdn/") < 0.9 * stored, (
            "a column nobody reads was fetched"
        )
    test = client.call(
        told, f"{repo}@main", str(BYTES), tmp_path / "cache", options | {"split": "test"}
    )
    assert isinstance(test, dict)
    assert test["total"]["rows"] == 9


def test_tokenizer_and_template_come_from_a_model(
    hub: Double, client: Client, repo: str, tmp_path: Path
) -> None:
    hub.put(repo, {file.name: file.read_bytes() for file in BYTES.parent.iterdir()})
    data = tmp_path / "rows.parquet"
    data.write_bytes(parquet(chats(0, 9), 9))
    found = client.call(told, str(data), repo, tmp_path / "cache", {})
    assert isinstance(found, dict)
    assert found["total"]["end_of_turn"] == {"had": 9, "lost": 0}
    hub.put(f"{repo}-bare", {"tokenizer.json": BYTES.read_bytes()})
    bare = client.call(told, str(data), f"{repo}-bare", tmp_path / "cache", {})
    assert isinstance(bare, str)
    assert "nothing tells with which chat template" in bare


@pytest.mark.parametrize(("suffix", "what"), [("-none", "there is no data set"), ("@v9", "v9")])
def test_what_is_not_there_is_told(
    hub: Double, client: Client, repo: str, tmp_path: Path, suffix: str, what: str
) -> None:
    hub.put(repo, {"data/train.parquet": parquet(chats(0, 9), 9)}, xet=client.xet)
    found = client.call(told, repo + suffix, str(BYTES), tmp_path / "cache", {})
    assert isinstance(found, str)
    assert what in found
