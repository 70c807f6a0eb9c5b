"""What a lock holds beside a recipe's own sources: those of packs, and what `against` names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from double import Client, Double
from pulls import built, chats, locked, parquet, rows

pytestmark = pytest.mark.parametrize("client", ["lfs"], indirect=True)

PACK = "sources:\n  test: {{hub: {repo}-tests, shape: prompt, columns: {{prompt: question}}, take: all}}\n"
RECIPE = """
sources:
  chat: {{hub: {repo}, take: all}}
steps:
  - decontaminate: {{against: [mine.yaml], of: [prompt]}}
  - unseen: {{against: ['hub:{repo}-before']}}
"""


@pytest.fixture
def text(hub: Double, client: Client, repo: str, tmp_path: Path) -> str:
    """A recipe of 60 chats: the first 10 stand in an earlier set, the last 10 hold a test item."""
    hub.put(repo, {"data/train-0.parquet": parquet(chats(0, 60), 20)})
    put_tests(hub, repo, 50)
    put_before(hub, repo, 10)
    for folder in (tmp_path, tmp_path / "other"):
        folder.mkdir(exist_ok=True)
        (folder / "mine.yaml").write_text(PACK.format(repo=repo))
    return RECIPE.format(repo=repo)


def put_tests(hub: Double, repo: str, first: int) -> str:
    """Make the chats from `first` to 60 test items; the commit."""
    asked = [chat["messages"][0]["content"] for chat in chats(first, 60 - first)]
    lines = "".join(json.dumps({"question": text}) + "\n" for text in asked)
    return hub.put(f"{repo}-tests", {"test.jsonl": lines.encode()}).id


def put_before(hub: Double, repo: str, count: int) -> str:
    """Publish the first chats elsewhere; the commit."""
    records = parquet(chats(0, count), 20)
    return hub.put(f"{repo}-before", {"data/train-0.parquet": records}).id


def numbers(folder: Path) -> list[int]:
    """Which chats are in the mix that was built in a folder."""
    return sorted(int(row[0]["content"].split()[1]) for row in rows(folder)["prompt"].to_list())


def sources(lock: Path) -> dict[str, Any]:
    return yaml.safe_load(lock.read_text("utf-8"))["sources"]


def test_packs_and_what_is_compared_with_are_locked(
    hub: Double, client: Client, repo: str, text: str, tmp_path: Path
) -> None:
    said = client.call(locked, tmp_path, text, tmp_path / "cache")
    assert said["moved"] == ["chat", "mine/test", f"hub:{repo}-before"]
    first = client.call(built, tmp_path, text, tmp_path / "cache", locked=True)
    assert numbers(tmp_path) == list(range(10, 50))
    tests, before = put_tests(hub, repo, 40), put_before(hub, repo, 20)
    pins = sources(tmp_path / "mix.lock")
    assert pins["mine/test"]["commit"] != tests
    assert pins["mine/test"]["files"].keys() == {"test.jsonl"}
    assert pins[f"hub:{repo}-before"]["commit"] != before
    assert pins[f"hub:{repo}-before"]["rows"] == 10

    again = client.call(built, tmp_path, text, tmp_path / "empty", locked=True)
    assert again == first
    manifest = json.loads((tmp_path / "out/mix/manifest.json").read_text("utf-8"))
    (pack,) = manifest["certificates"][0]["packs"]
    assert pack["read_from"] == [f"{repo}-tests@{pins['mine/test']['commit']}"]
    assert pack["read_from"][0] in (tmp_path / "out/mix/README.md").read_text("utf-8")

    elsewhere = tmp_path / "other"  # the finished folder's lock holds them too
    (elsewhere / "mix.lock").write_bytes((tmp_path / "out/mix/recipe.lock").read_bytes())
    assert client.call(built, elsewhere, text, elsewhere / "cache", locked=True) == first

    for name, left in (("mine", range(10, 40)), (f"hub:{repo}-before", range(20, 40))):
        moved = client.call(locked, tmp_path, text, tmp_path / "cache", name)["moved"]
        assert moved == ["mine/test" if name == "mine" else name]
        client.call(built, tmp_path, text, tmp_path / "cache", locked=True)
        assert numbers(tmp_path) == list(left)
    pins = sources(tmp_path / "mix.lock")
    assert pins["mine/test"]["commit"] == tests
    assert pins[f"hub:{repo}-before"]["commit"] == before


def test_a_lock_without_them_is_read_and_grows(
    hub: Double, client: Client, repo: str, text: str, tmp_path: Path
) -> None:
    client.call(locked, tmp_path, text, tmp_path / "cache")
    lock = tmp_path / "mix.lock"
    whole = yaml.safe_load(lock.read_text("utf-8"))
    own = {"chat": whole["sources"]["chat"]}
    lock.write_text(yaml.safe_dump({**whole, "sources": own}))
    told = client.call(built, tmp_path, text, tmp_path / "cache", locked=True)
    assert told["0"].startswith("source 'mine/test' is not in the lock")
    assert told["1"].startswith(f"source 'hub:{repo}-before' is not in the lock")
    tests = put_tests(hub, repo, 40)
    assert "recipe.lock" in client.call(built, tmp_path, text, tmp_path / "cache")
    assert numbers(tmp_path) == list(range(10, 40))
    assert sources(lock)["mine/test"]["commit"] == tests
    assert sources(lock).keys() == whole["sources"].keys()


def test_drift_of_them_is_refused(
    hub: Double, client: Client, repo: str, text: str, tmp_path: Path
) -> None:
    def said(text: str) -> str:
        told = client.call(built, tmp_path, text, tmp_path / "cache", locked=True)
        return " ".join(told.values())

    client.call(locked, tmp_path, text, tmp_path / "cache")
    lock = (tmp_path / "mix.lock").read_text("utf-8")
    other = f"hub:{repo}-before@main"
    moved = said(text.replace(f"hub:{repo}-before", other))
    assert f"source '{other}' is not in the lock" in moved
    assert f"source 'hub:{repo}-before' of the lock is no longer in the recipe" in moved
    pack = tmp_path / "mine.yaml"
    pack.write_text(pack.read_text().replace("shape:", "revision: v1, shape:"))
    assert "source 'mine/test' comes from elsewhere than when the lock was written" in said(text)
    pack.write_text(PACK.format(repo=repo))
    pins = yaml.safe_load(lock)
    pins["sources"]["mine/test"]["files"]["test.jsonl"]["bytes"] += 1
    (tmp_path / "mix.lock").write_text(yaml.safe_dump(pins))
    assert f"test.jsonl of {repo}-tests has changed since the lock was written" in said(text)


def test_the_lock_beside_a_pack_counts_until_the_recipe_has_one(
    hub: Double, client: Client, repo: str, text: str, tmp_path: Path
) -> None:
    (tmp_path / "pack").mkdir()
    client.call(locked, tmp_path / "pack", PACK.format(repo=repo), tmp_path / "cache")
    (tmp_path / "mine.lock").write_bytes((tmp_path / "pack/mix.lock").read_bytes())
    tests = put_tests(hub, repo, 40)
    client.call(built, tmp_path, text, tmp_path / "cache")
    assert numbers(tmp_path) == list(range(10, 50))
    client.call(locked, tmp_path, text, tmp_path / "cache")
    assert sources(tmp_path / "mix.lock")["mine/test"]["commit"] != tests
    assert client.call(locked, tmp_path, text, tmp_path / "cache", "mine/test")["moved"]
    client.call(built, tmp_path, text, tmp_path / "cache")
    assert numbers(tmp_path) == list(range(10, 40))


def test_one_byte_flipped_in_what_is_compared_with_is_named(
    hub: Double, client: Client, repo: str, text: str, tmp_path: Path
) -> None:
    records = parquet(chats(0, 10, about=repo), 20, compression="none")
    hub.put(f"{repo}-before", {"data/train-0.parquet": records})
    assert "recipe.lock" in client.call(built, tmp_path, text, tmp_path / "cache")
    (tmp_path / "mix.lock").write_bytes((tmp_path / "out/mix/recipe.lock").read_bytes())
    file = hub.content(hub.repositories[f"{repo}-before"].head.files["data/train-0.parquet"])
    content = bytearray(records)
    content[records.index(b"question 3 ")] ^= 1
    file.write_bytes(content)
    told = client.call(built, tmp_path, text, tmp_path / "empty")
    assert told["error"] == "SourceError"
    assert f"{repo}-before/data/train-0.parquet has changed at commit" in told["0"]


def test_packs_of_one_name_are_told(client: Client, text: str, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/mine.yaml").write_bytes((tmp_path / "mine.yaml").read_bytes())
    both = text.replace("[mine.yaml]", "[mine.yaml, more/mine.yaml]")
    told = client.call(built, tmp_path, both, tmp_path / "cache")
    assert told["0"].startswith("two packs are called 'mine': ")
