"""Builds whose sources are on the Hub."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml
from double import Client, Double, environment
from pulls import arrow, built, built_at_once, chats, parquet, planned, rows, shard, split

pytestmark = pytest.mark.parametrize(
    "client", ["lfs", pytest.param("xet", marks=pytest.mark.slow)], indirect=True
)

RECIPE = """
sources:
  chat: {{hub: {repo}, take: {take}}}
steps:
  - no_empty_turns
"""
FILES, ROWS, GROUP = 6, 200, 20


@pytest.fixture
def text(hub: Double, client: Client, repo: str) -> str:
    """A recipe of 100 rows, from a split of 1,200 in 60 row groups of 6 files."""
    hub.put(repo, split(FILES, ROWS, GROUP), xet=client.xet)
    return RECIPE.format(repo=repo, take=100)


# What is fetched ----------------------------------------------------------------------------------


def test_a_sample_is_fetched_and_then_kept(
    hub: Double, client: Client, repo: str, text: str, tmp_path: Path
) -> None:
    first = client.call(built, tmp_path / "one", text, tmp_path / "cache")
    assert "recipe.lock" in first, first
    whole = sum(len(content) for content in hub.files(repo).values())
    assert hub.sent() < FILES * 16_384 + whole * 1.8 * 100 / (FILES * ROWS)
    hub.forget()
    again = client.call(built, tmp_path / "two", text, tmp_path / "cache")
    assert again == first
    assert [one.path.rpartition("/")[2] for one in hub.log] == ["main?blobs=true"]


def test_the_sample_is_spread(client: Client, text: str, tmp_path: Path) -> None:
    client.call(built, tmp_path, text, tmp_path / "cache")
    lock = yaml.safe_load((tmp_path / "out" / "mix" / "recipe.lock").read_text())
    files: dict[str, Any] = lock["sources"]["chat"]["files"]
    assert [len(file["row_groups"]) for file in files.values()].count(0) == 0
    assert sum(len(file["row_groups"]) for file in files.values()) == 9  # 171 rows, 20 a group
    assert all(file["rows"] == ROWS for file in files.values())


@pytest.mark.slow
def test_the_same_rows_whatever_the_workers(client: Client, text: str, tmp_path: Path) -> None:
    one = client.call(built, tmp_path / "one", text, tmp_path / "cache-one", 1)
    two = client.call(built, tmp_path / "two", text, tmp_path / "cache-two", 2)
    assert one == two
    assert "manifest.json" in one


def test_rows_are_kept_apart_from_a_published_set(
    hub: Double, client: Client, repo: str, text: str, tmp_path: Path
) -> None:
    there = hub.put(
        f"{repo}-before", {"data/train-0.parquet": parquet(chats(0, 300), 50)}, xet=client.xet
    )
    steps = (
        f"unseen: {{against: ['hub:{repo}-before']}}",
        f"near_duplicates: {{of: prompt, against: ['hub:{repo}-before@{there.id}']}}",
    )
    for number, step in enumerate(steps):
        folder = tmp_path / str(number)
        mix = client.call(built, folder, f"{text}  - {step}\n", tmp_path / "cache")
        assert "recipe.lock" in mix, mix
        asked = [int(row[0]["content"].split()[1]) for row in rows(folder)["prompt"].to_list()]
        assert len(asked) == 100
        assert min(asked) >= 300


@pytest.mark.slow
def test_two_builds_share_a_cache(client: Client, text: str, tmp_path: Path) -> None:
    one, two = client.call(built_at_once, tmp_path, text, tmp_path / "cache", 2)
    assert one == two
    assert "manifest.json" in one
    assert not list((tmp_path / "cache").rglob(".*"))


def test_steps_that_drop_are_made_up_for(
    hub: Double, client: Client, repo: str, text: str, tmp_path: Path
) -> None:
    strict = text + "  - hashed_share: {of: prompt, below: 0.2}\n"
    first = client.call(built, tmp_path / "one", strict, tmp_path / "cache")
    assert "manifest.json" in first, first
    manifest = json.loads((tmp_path / "one" / "out" / "mix" / "manifest.json").read_text())
    count = manifest["funnel"]["sources"]["chat"]
    assert (count["drawn"], count["candidates"] > 400) == (100, True)
    assert count["candidates"] % GROUP == 0
    assert count["candidates"] < FILES * ROWS
    again = client.call(built, tmp_path / "two", strict, tmp_path / "elsewhere", 2)
    assert again == first


def test_rows_that_stand_twice_have_ids_of_their_own(
    hub: Double, client: Client, repo: str, tmp_path: Path
) -> None:
    again = parquet(chats(0, 30), 10)
    hub.put(repo, {"data/train-0.parquet": again, "data/train-1.parquet": again}, xet=client.xet)
    text = f"sources: {{chat: {{hub: {repo}, take: 50}}}}"
    client.call(built, tmp_path, text, tmp_path / "cache")
    ids = rows(tmp_path)["id"]
    assert ids.is_unique().all()
    assert ids.str.contains("#2").sum() >= 20


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param("exact_duplicates", id="none dropped"),
        pytest.param(
            "{hashed_share: {of: prompt, below: 0.4}}, {near_duplicates: {of: conversation}}",
            id="most dropped",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_asking_for_more_only_adds_rows(
    hub: Double, client: Client, repo: str, text: str, tmp_path: Path, steps: str
) -> None:
    hub.put(f"{repo}-other", split(3, 100, 10, words=5, about="other"), xet=client.xet)
    text = f"""
sources:
  chat: {{hub: {repo}, take: %d}}
  other: {{hub: {repo}-other, take: 50}}
steps: [{steps}]
"""
    known: dict[str, set[str]] = {"chat": set(), "other": set()}
    for take in (20, 21, 100):
        folder = tmp_path / str(take)
        found = client.call(built, folder, text % take, tmp_path / "cache")
        assert "manifest.json" in found, found
        ids = {
            name: set(part["id"])
            for (name,), part in rows(folder).group_by("source")
            if isinstance(name, str)
        }
        assert (len(ids["chat"]), len(ids["other"])) == (take, 50)
        assert known["chat"] <= ids["chat"]
        assert known["other"] in (set(), ids["other"])
        known = ids


def test_a_shortage_is_said_when_all_was_read(client: Client, text: str, tmp_path: Path) -> None:
    strict = text + "  - hashed_share: {of: prompt, below: 0.01}\n"
    said = client.call(built, tmp_path, strict, tmp_path / "cache")
    assert said["error"] == "ShortageError"
    assert "of 1,200 records" in said["0"]


def test_candidates_are_exactly_so_many(client: Client, text: str, tmp_path: Path) -> None:
    wanted = text.replace("take: 100", "take: 100, candidates: 1.5x")
    assert "README.md" in client.call(built, tmp_path, wanted, tmp_path / "cache")
    manifest = json.loads((tmp_path / "out" / "mix" / "manifest.json").read_text())
    stops = manifest["funnel"]["sources"]["chat"]["stops"]
    assert stops["0"]["rows_in"] - stops["0"]["dropped"] == 150


def test_all_rows_are_all_rows(client: Client, text: str, tmp_path: Path) -> None:
    wanted = text.replace("take: 100", "take: all")
    assert "README.md" in client.call(built, tmp_path, wanted, tmp_path / "cache")
    assert rows(tmp_path).height == FILES * ROWS


@pytest.mark.parametrize("more", ["", ", candidates: 2x"], ids=["all", "some"])
def test_first_rows_are_the_first_rows(
    more: str, client: Client, text: str, tmp_path: Path
) -> None:
    wanted = text.replace("take: 100", f"take: 45, order: first{more}")
    assert "README.md" in client.call(built, tmp_path, wanted, tmp_path / "cache")
    asked = rows(tmp_path)["prompt"].list.first().struct.field("content").str.split(" ").list.get(1)
    assert sorted(map(int, asked)) == list(range(45))


def test_as_is_takes_every_column(client: Client, text: str, tmp_path: Path) -> None:
    wanted = text.replace("take: 100", "take: 30, order: first, shape: as_is")
    wanted = wanted.replace("steps:\n  - no_empty_turns", "layouts: upstream")
    assert "README.md" in client.call(built, tmp_path, wanted, tmp_path / "cache")
    got = rows(tmp_path).sort(
        pl.col("messages").list.first().struct.field("content").str.len_chars()
    )
    assert set(got.columns) >= {"messages", "source", "unread"}


# Which files --------------------------------------------------------------------------------------


CARD = """---
configs:
- config_name: Mid
  data_files:
  - split: Open_1.2M
    path: Mid/open-*
  - split: other
    path: Mid/other.parquet
- config_name: SFT
  data_files:
  - {split: train, path: SFT/*.jsonl}
license: cc-by-nc-4.0
---
# Made up
"""


def test_configurations_and_splits_are_the_card_s(
    hub: Double, client: Client, repo: str, tmp_path: Path
) -> None:
    lines = "".join(json.dumps(chat) + "\n" for chat in chats(500, 30)).encode()
    hub.put(
        repo,
        {
            "Mid/open-0.parquet": parquet(chats(0, 40), 10),
            "Mid/other.parquet": parquet(chats(100, 40), 10),
            "SFT/a.jsonl": lines,
        },
        card=CARD,
        xet=client.xet,
    )
    text = f"""
sources:
  one: {{hub: {repo}, config: Mid, split: Open_1.2M, take: 40}}
  two: {{hub: {repo}, config: SFT, take: 30}}
  three: {{hub: {repo}, files: "Mid/oth*", take: 40}}
"""
    client.call(built, tmp_path, text, tmp_path / "cache")
    found = rows(tmp_path)
    asked = found.select("source", pl.col("prompt").list.first().struct.field("content"))
    spans = asked.with_columns(pl.col("content").str.split(" ").list.get(1).cast(int))
    low = {name: part["content"].min() for (name,), part in spans.group_by("source")}
    assert low == {"one": 0, "two": 500, "three": 100}
    manifest = json.loads((tmp_path / "out" / "mix" / "manifest.json").read_text())
    stamps = {stamp["name"]: stamp for stamp in manifest["sources"]}
    assert stamps["two"]["license"] == "cc-by-nc-4.0"
    assert stamps["two"]["revision"] == hub.repositories[repo].head.id
    assert [file["path"] for file in stamps["two"]["files"]] == ["SFT/a.jsonl"]


def lines(records: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def zipped(records: list[dict[str, Any]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("train.jsonl", lines(records))
    return file.getvalue()


FORMATS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "data-00000-of-00001.arrow": arrow,
    "train.jsonl.xz": lambda records: lzma.compress(lines(records)),
    "train.jsonl.zip": zipped,
    "train.jsonl.gz": lambda records: gzip.compress(lines(records)),
}


@pytest.mark.parametrize(
    "name",
    [
        name if name.endswith(".arrow") else pytest.param(name, marks=pytest.mark.slow)
        for name in FORMATS
    ],
)
def test_other_formats(name: str, hub: Double, client: Client, repo: str, tmp_path: Path) -> None:
    records = chats(0, 30)
    hub.put(repo, {name: FORMATS[name](records), "notes.txt": b"by hand"}, xet=client.xet)
    text = f"""
layouts: [upstream]
shuffle: datasets
sources: {{chat: {{hub: {repo}, files: "*", shape: as_is, take: all, order: first}}}}
"""
    first = client.call(built, tmp_path / "one", text, tmp_path / "cache")
    assert "manifest.json" in first, first
    order = np.random.default_rng(42).permutation(30)
    assert rows(tmp_path / "one").to_dicts() == [records[at] for at in order]
    manifest = json.loads((tmp_path / "one" / "out" / "mix" / "manifest.json").read_text())
    assert [file["path"] for file in manifest["sources"][0]["files"]] == [name]
    hub.forget()
    assert client.call(built, tmp_path / "two", text, tmp_path / "cache") == first
    assert not hub.seen("/resolve/")


@pytest.mark.parametrize(
    "name",
    [
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("a.arrow", "a.csv.zip")),
        "a.jsonl.xz",
    ],
)
def test_other_formats_that_are_damaged(
    name: str, hub: Double, client: Client, repo: str, tmp_path: Path
) -> None:
    hub.put(repo, {name: b"no such thing"}, xet=client.xet)
    text = f"sources: {{chat: {{hub: {repo}, take: 1}}}}"
    said = client.call(built, tmp_path, text, tmp_path / "cache")
    assert said["error"] == "SourceError"
    assert f"{repo}/{name} cannot be read by datasets as" in said["0"]


FAULTS = {
    "no split": ("split: trian", "has no split `trian`"),
    "no config": ("config: Mid", "has no configuration `Mid`"),
    "no revision": ("revision: v9", "has no revision `v9`"),
    "no files": ('files: "*.lance"', "holds no data that can be read in *.lance"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_not_there_is_named(fault: str, client: Client, text: str, tmp_path: Path) -> None:
    field, said = FAULTS[fault]
    text = text.replace("take: 100", f"take: 100, {field}")
    assert said in client.call(built, tmp_path, text, tmp_path / "cache")["0"]


# Who may ------------------------------------------------------------------------------------------


GOLDEN = Path(__file__).parent / "golden"


def test_what_is_refused(
    hub: Double, client: Client, tmp_path: Path, golden: Callable[[str, Path], None]
) -> None:
    hub.put("bob/private", split(1, 40, 10), private=True)
    hub.put("bob/gated", split(1, 40, 10, words=9), gated="manual", admitted=set[str]())
    hub.put("bob/open", split(1, 40, 10))
    told: list[str] = []
    for repo in ("bob/private", "bob/missing", "bob/gated", "bob/open, revision: v9"):
        said = client.call(built, tmp_path, RECIPE.format(repo=repo, take=5), tmp_path / "cache")
        assert said["error"] == "RemoteError"
        told.append(said["told"])
    golden("\n".join(told), GOLDEN / "refused.txt")
    assert not list((tmp_path / "cache").rglob("*.parquet"))


def test_who_was_let_in(hub: Double, client: Client, repo: str, text: str, tmp_path: Path) -> None:
    hub.put("bob/gated", split(1, 40, 10, words=9), gated="manual", admitted={"ann"})
    gated = RECIPE.format(repo="bob/gated", take=5)
    assert "manifest.json" in client.call(built, tmp_path / "a", gated, tmp_path / "cache")
    hub.put(repo, {}, private=True)
    assert "manifest.json" in client.call(built, tmp_path / "b", text, tmp_path / "cache")


def test_what_passes_is_asked_again(hub: Double, client: Client, text: str, tmp_path: Path) -> None:
    hub.fault("GET", "/cdn/", status=503, after=8)
    hub.fault("GET", "/cdn/", reset=True, after=20)
    assert "manifest.json" in client.call(built, tmp_path, text, tmp_path / "cache")


@pytest.mark.slow
def test_a_disk_that_is_full_is_one_error(
    hub: Double, client: Client, token: str, repo: str, text: str, tmp_path: Path
) -> None:
    (tmp_path / "mix.yaml").write_text(text)
    told = environment(hub, tmp_path / "home", token=token, xet=client.xet)
    done = subprocess.run(
        [*f"{sys.executable} -m curate build mix.yaml --workers 1 --cache cache".split()],
        cwd=tmp_path,
        env={**os.environ, **told, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000)),
    )
    assert done.returncode == 1
    assert b"error: mix: the cache cache cannot be written: File too large" in done.stderr
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "build" / "mix").exists()
    assert not list((tmp_path / "cache").rglob(".*"))
    again = client.call(built, tmp_path, text, tmp_path / "cache")
    assert "manifest.json" in again


def test_a_script_is_not_run(hub: Double, client: Client, repo: str, tmp_path: Path) -> None:
    script = f"{repo.rpartition('/')[2]}.py"
    hub.put(repo, {script: b"import os; os.abort()"})
    said = client.call(built, tmp_path, RECIPE.format(repo=repo, take=5), tmp_path / "cache")
    assert f"is made by a script, {script}, which is not run" in said["0"]


@pytest.mark.parametrize(
    "name",
    ["../../escaped.parquet", "/etc/escaped.parquet", "a\\..\\escaped.parquet"],
    ids=["above", "root", "backslash"],
)
def test_names_that_leave_the_folder(
    name: str, hub: Double, client: Client, repo: str, tmp_path: Path
) -> None:
    hub.put(repo, {name: parquet(chats(0, 9), 9), **split(1, 40, 10)})
    said = client.call(built, tmp_path / "a", RECIPE.format(repo=repo, take=5), tmp_path / "cache")
    assert "is not to be trusted" in said["0"]
    assert not list(tmp_path.rglob("escaped*"))


@pytest.mark.slow
def test_20_000_rows_of_1_200_000(hub: Double, client: Client, repo: str, tmp_path: Path) -> None:
    files = {f"data/train-{at:05d}-of-00120.parquet": shard(at, 10_000, 1_000) for at in range(120)}
    stored = sum(map(len, files.values()))
    hub.put(repo, files, xet=client.xet)
    del files
    text = RECIPE.format(repo=repo, take=20_000)
    hub.forget()
    one = client.call(built, tmp_path / "one", text, tmp_path / "cache")
    assert "manifest.json" in one, one
    footers = 120 * 16_384
    assert hub.sent() <= 3 * 20_000 * stored / 1_200_000 + footers
    lock = yaml.safe_load((tmp_path / "one" / "out" / "mix" / "recipe.lock").read_text())
    used = [file for file in lock["sources"]["chat"]["files"].values() if "row_groups" in file]
    assert len(used) == 31  # so many row groups, no two of one file
    two = client.call(built, tmp_path / "two", text, tmp_path / "elsewhere", 2)
    assert two == one


# What is told beforehand --------------------------------------------------------------------------


def test_a_plan_is_what_the_build_fetches(
    hub: Double, client: Client, repo: str, text: str, tmp_path: Path
) -> None:
    hub.put(repo, {}, card="---\nlicense: cc-by-nc-4.0\n---\n")
    said = client.call(planned, tmp_path, text, tmp_path / "cache")
    (chat,) = said.sources
    assert (chat.rows, chat.pool, chat.row_groups, chat.files) == (1_200, 180, (9, 60), (6, 6))
    assert (chat.license, chat.commit) == ("cc-by-nc-4.0", hub.repositories[repo].head.id)
    assert said.licence.metadata == {"license": "cc-by-nc-4.0"}
    assert not [one for one in hub.log if one.range and not one.range.endswith(_ends(hub, repo))]
    hub.forget()
    client.call(built, tmp_path, text, tmp_path / "cache")
    looked_at = 4 * sum(map(len, hub.files(repo).values())) / 60  # as many row groups, all columns
    assert said.fetch <= hub.sent("/cdn/") <= said.fetch + looked_at
    assert client.call(planned, tmp_path, text, tmp_path / "cache").fetch == 0


def _ends(hub: Double, repo: str) -> tuple[str, ...]:
    """How a range ends that asks for the end of one of the repository's files."""
    return tuple(f"-{len(content) - 1}" for content in hub.files(repo).values())
