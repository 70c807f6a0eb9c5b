"""Builds that keep to a lock, and what is said when a source does not."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (pyarrow ships no types)

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from double import Client, Double
from pulls import built, chats, locked, set_environment, split

pytestmark = pytest.mark.parametrize(
    "client", ["lfs", pytest.param("xet", marks=pytest.mark.slow)], indirect=True
)

RECIPE = """
sources:
  chat: {{hub: {repo}, take: 60}}
  more: {{hub: {repo}, files: more.jsonl, take: 20}}
"""
CARD = "---\nlicense: odc-by\n---\n# Made up\n"


@pytest.fixture
def text(hub: Double, client: Client, repo: str) -> str:
    """A recipe of two sources, one parquet and one JSON Lines."""
    lines = "".join(json.dumps(chat) + "\n" for chat in chats(5_000, 20, about=repo)).encode()
    shards = split(3, 100, 20, about=repo, compression="none")
    files = {**shards, "more.jsonl": lines}
    hub.put(repo, files, card=CARD, xet=client.xet)
    return RECIPE.format(repo=repo)


def test_a_build_from_a_lock_is_the_same_build(
    hub: Double, client: Client, repo: str, text: str, tmp_path: Path
) -> None:
    commit = hub.repositories[repo].head.id
    fresh = client.call(built, tmp_path / "fresh", text, tmp_path / "cache")
    lock = client.call(locked, tmp_path / "one", text, tmp_path / "cache")["lock"]
    said = yaml.safe_load(lock)["sources"]["chat"]
    assert (said["commit"], said["license"], said["rows"]) == (commit, "odc-by", 300)
    hub.put(repo, {**split(3, 100, 20, words=3), "README.md": b"other"}, xet=client.xet)
    first = client.call(built, tmp_path / "one", text, tmp_path / "cache", locked=True)
    assert first == fresh
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("recipe.yaml", "recipe.lock"):  # from the finished folder alone
        shutil.copy(tmp_path / "one" / "out" / "mix" / name, elsewhere / f"mix{Path(name).suffix}")
    text = (elsewhere / "mix.yaml").read_text()
    assert client.call(built, elsewhere, text, elsewhere / "cache", 2, locked=True) == first
    moved = client.call(locked, tmp_path / "one", text, tmp_path / "cache", "chat")
    assert moved["moved"] == ["chat"]
    assert client.call(built, tmp_path / "one", text, tmp_path / "cache", locked=True) != first


def test_one_byte_flipped_is_named(
    hub: Double, client: Client, repo: str, text: str, tmp_path: Path
) -> None:
    client.call(locked, tmp_path, text, tmp_path / "cache")
    client.call(built, tmp_path, text, tmp_path / "cache")
    lock = yaml.safe_load((tmp_path / "mix.lock").read_text())  # the build has added digests
    groups = {
        path: list(file["row_groups"])
        for path, file in lock["sources"]["chat"]["files"].items()
        if "row_groups" in file
    }
    path, numbers = next(iter(groups.items()))
    content = hub.files(repo)[path]
    start = pq.read_metadata(io.BytesIO(content)).row_group(numbers[0]).column(0).data_page_offset
    flip(hub, repo, path, content.index(b"answer", start))  # still fine parquet, still fine text
    said = client.call(built, tmp_path, text, tmp_path / "empty")
    assert said["error"] == "SourceError"
    assert f"{repo}/{path} has changed at commit" in said["0"]
    assert f"row group {numbers[0]} has the digest" in said["0"]
    assert said == client.call(built, tmp_path, text, tmp_path / "empty")


def test_one_byte_flipped_in_a_whole_file_is_named(
    hub: Double, client: Client, repo: str, text: str, tmp_path: Path
) -> None:
    flip(hub, repo, "more.jsonl", 50)
    said = client.call(built, tmp_path, text, tmp_path / "cache")
    assert f"{repo}/more.jsonl has changed at commit" in said["0"]


def test_one_byte_flipped_before_the_first_build_is_found_where_pages_have_checksums(
    hub: Double, client: Client, repo: str, tmp_path: Path
) -> None:
    table = pa.Table.from_pylist(chats(0, 60, about=repo))
    file = io.BytesIO()
    pq.write_table(table, file, compression="none", use_dictionary=False, write_page_checksum=True)
    hub.put(repo, {"data/train-0.parquet": file.getvalue()}, xet=client.xet)
    text = f"sources: {{chat: {{hub: {repo}, take: 60}}}}"
    client.call(locked, tmp_path, text, tmp_path / "cache")
    flip(hub, repo, "data/train-0.parquet", file.getvalue().index(b"answer 30 "))
    said = client.call(built, tmp_path, text, tmp_path / "empty")
    assert said["error"] == "SourceError"
    assert f"row group 0 of {repo}/data/train-0.parquet: the parquet data is damaged" in said["0"]


def flip(hub: Double, repo: str, path: str, at: int) -> None:
    """Change one byte of a file that the double serves."""
    file = hub.content(hub.repositories[repo].head.files[path])
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


def test_a_source_that_changed_under_its_lock_is_named_file_by_file(
    hub: Double, client: Client, repo: str, text: str, tmp_path: Path
) -> None:
    client.call(locked, tmp_path, text, tmp_path / "cache")
    lock = tmp_path / "mix.lock"
    said = yaml.safe_load(lock.read_text())
    files = said["sources"]["chat"]["files"]
    files["data/train-00001-of-00003.parquet"]["sha256"] = "0" * 64
    files["data/train-00009-of-00003.parquet"] = files.pop("data/train-00002-of-00003.parquet")
    lock.write_text(yaml.safe_dump(said))
    told = client.call(built, tmp_path, text, tmp_path / "cache")
    told = " ".join(told.values())
    for what in (
        f"data/train-00001-of-00003.parquet of {repo} has changed since the lock was written",
        f"data/train-00002-of-00003.parquet of {repo} is new since the lock was written",
        f"data/train-00009-of-00003.parquet of {repo} is in the lock, but no longer there",
    ):
        assert what in told


def test_drift_is_refused(client: Client, text: str, tmp_path: Path) -> None:
    def said(text: str) -> str:
        told = client.call(built, tmp_path, text, tmp_path / "cache", locked=True)
        return " ".join(told.values())

    assert "mix has no lock" in said(text)
    client.call(locked, tmp_path, text, tmp_path / "cache")
    before = (tmp_path / "mix.lock").read_text()
    assert "manifest" not in said(text.replace("take: 20", "take: 30, revision: v1"))
    assert "source 'more' comes from elsewhere" in said(
        text.replace("take: 20", "revision: v1, take: 20")
    )
    assert "source 'less' is not in the lock" in said(text.replace("more:", "less:"))
    assert "source 'more' of the lock is no longer in" in said(text.replace("more:", "less:"))
    assert "template" in said(text + "template: hh\n")
    assert (tmp_path / "mix.lock").read_text() == before
    (tmp_path / "mix.lock").write_text(before.replace("polars: ", "polars: 0."))
    assert "the lock was written with 0." in said(text)
    (tmp_path / "mix.lock").write_text(before.replace("curate: ", "curate: 0."))
    assert "curate is 0.1.0, the lock was written with 0.0.1.0" in said(text)
    (tmp_path / "mix.lock").write_text("sources: [")
    assert "this is not YAML" in said(text)
    (tmp_path / "mix.lock").write_text("sources: {}")
    assert "this is no lock: recipe: Field required" in said(text)


def test_a_second_build_needs_no_network(
    hub: Double, token: str, client: Client, text: str, tmp_path: Path
) -> None:
    first = client.call(built, tmp_path / "one", text, tmp_path / "cache")
    hub.forget()
    with Client(hub, tmp_path / "home", token=token, xet=client.xet) as offline:
        offline.call(set_environment, "HF_HUB_OFFLINE", "1")
        again = offline.call(built, tmp_path / "two", text, tmp_path / "cache")
        other = offline.call(built, tmp_path / "three", text, tmp_path / "empty")
    assert again == first
    assert other["error"] == "RemoteError"
    assert "is not in the cache, and HF_HUB_OFFLINE forbids asking the Hub" in other["0"]
    assert hub.log == []


def test_no_token_is_written_down(
    hub: Double, token: str, client: Client, repo: str, text: str, tmp_path: Path
) -> None:
    hub.put(repo, {}, private=True)
    client.call(locked, tmp_path, text, tmp_path / "cache")
    assert "manifest.json" in client.call(built, tmp_path, text, tmp_path / "cache")
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or token.encode() not in file.read_bytes(), file
