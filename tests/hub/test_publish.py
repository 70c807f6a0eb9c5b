"""A finished folder comes to the Hub in one commit, and everything of others stays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from double import Client, Double
from pulls import set_environment
from releases import curate, load, mix, publish

OTHERS = {"notes/thoughts.txt": b"by hand", "old.csv": b"a,b\n1,2\n"}


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mix(tmp_path_factory.mktemp("small"), 8)


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another build of the same mix."""
    return mix(tmp_path_factory.mktemp("other"), 9, start=3)


def rows(folder: Path) -> list[Any]:
    return pl.read_parquet(folder / "data" / "*.parquet").to_dicts()


def test_a_new_repository_is_loaded_as_it_was_built(
    hub: Double, client: Client, repo: str, small: Path
) -> None:
    (told,) = client.call(publish, str(small), "--to", repo, "--private").published
    assert hub.history(repo) == [
        f"Publish mix, build {hub.repositories[repo].head.title[-16:]}",
        "initial commit",
    ]
    assert told["commit"] == hub.repositories[repo].head.id
    assert told["new"]
    assert hub.repositories[repo].private
    found = hub.files(repo)
    for file in small.rglob("*"):
        name = file.relative_to(small).as_posix()
        if file.is_file() and name != "README.md":
            assert found[name] == file.read_bytes(), name
    assert client.call(load, repo, revision=told["commit"]) == rows(small)


def test_the_same_folder_again_changes_nothing(
    hub: Double, client: Client, repo: str, small: Path
) -> None:
    (first,) = client.call(publish, str(small), "--to", repo).published
    hub.forget()
    (again,) = client.call(publish, str(small), "--to", repo).published
    assert again["commit"] == first["commit"]
    assert (again["sent"], again["removed"]) == ([], [])
    assert len(again["unchanged"]) == len(first["sent"])
    assert len(hub.history(repo)) == 2
    assert not hub.seen("/commit/|/upload/|xet-write|preupload")


def test_old_shards_go_and_files_of_others_stay(
    hub: Double, client: Client, repo: str, small: Path, other: Path
) -> None:
    shards = {f"data/train-0000{n}-of-00002.parquet": b"old %d" % n for n in range(2)}
    hub.put(repo, {**OTHERS, **shards}, card="---\nlicense: mit\ntags: [mine]\n---\nBy hand.\n")
    (told,) = client.call(publish, str(small), "--to", repo).published
    assert told["removed"] == sorted(shards)
    assert told["kept"] == sorted([".gitattributes", *OTHERS])
    client.call(publish, str(other), "--to", repo)
    found = hub.files(repo)
    assert OTHERS.items() <= found.items()
    assert [name for name in found if "train-" in name] == ["data/train-00000-of-00001.parquet"]
    card = found["README.md"].decode()
    assert card.count("# mix") == 1
    assert card.count("By hand.") == 1
    assert yaml.safe_load(card.split("---")[1])["tags"][0] == "mine"
    assert client.call(load, repo) == rows(other)


def test_what_would_be_read_as_rows_is_refused(
    hub: Double, client: Client, repo: str, small: Path
) -> None:
    hub.put(repo, {"data/train-more.parquet": b"?"})
    ran = client.call(publish, str(small), "--to", repo)
    assert ran.code == 1
    assert f"data/train-more.parquet of {repo} would be read as rows of mix" in ran.err
    assert len(hub.history(repo)) == 2


def test_several_mixes_are_configurations_of_one_repository(
    hub: Double, client: Client, repo: str, tmp_path: Path
) -> None:
    one = mix(tmp_path / "1", 4, name="stage-1")
    two = mix(tmp_path / "2", 5, name="stage-2", more="publish: {to: x/y, config: reasoning}\n")
    three = mix(tmp_path / "3", 6, name="stage-3", more="layouts: [sft-messages, sft-text]\n")
    parent = tmp_path / "set"
    parent.mkdir()
    for folder in (one, two, three):
        folder.rename(parent / folder.name)
    (told,) = client.call(publish, str(parent), "--to", repo).published
    assert [one["config"] for one in told["mixes"]] == ["stage-1", "reasoning", "stage-3"]
    assert len(hub.history(repo)) == 2
    found = hub.files(repo)
    assert found["reasoning/manifest.json"] == (parent / "stage-2/manifest.json").read_bytes()
    assert client.call(load, repo, "reasoning") == rows(parent / "stage-2")
    assert client.call(load, repo, "stage-3") == rows(parent / "stage-3")
    assert len(client.call(load, repo, "stage-3-sft-text")) == 6
    again = mix(tmp_path / "4", 7, name="stage-2", more="publish: {to: x/y, config: reasoning}\n")
    client.call(publish, str(again), "--to", repo)
    assert client.call(load, repo, "reasoning") == rows(again)
    assert client.call(load, repo, "stage-1") == rows(parent / "stage-1")
    assert hub.files(repo)["stage-1/manifest.json"] == found["stage-1/manifest.json"]


def test_where_to_is_said_by_recipes(
    hub: Double, client: Client, repo: str, tmp_path: Path
) -> None:
    one = mix(tmp_path / "a", 4, name="a", more=f"publish: {{to: {repo}, private: true}}\n")
    two = mix(tmp_path / "b", 5, name="b", more=f"publish: {{to: {repo}-b}}\n")
    told = client.call(publish, str(one), str(two)).published
    assert [one["repository"] for one in told] == [repo, f"{repo}-b"]
    assert [hub.repositories[one["repository"]].private for one in told] == [True, False]
    ran = client.call(publish, str(mix(tmp_path / "c", 3)))
    assert ran.code == 1
    assert "mix has nowhere to go" in ran.err


def test_branch_tag_and_pull_request(
    hub: Double, client: Client, repo: str, small: Path, other: Path
) -> None:
    client.call(publish, str(small), "--to", repo, "--tag", "v1")
    for again in (["--tag", "v1"], []):
        (told,) = client.call(publish, str(small), "--to", repo, *again).published
        assert told["sent"] == []
    assert b'split="train", revision="v1")' in hub.files(repo)["README.md"]
    client.call(publish, str(other), "--to", repo, "--branch", "next", "--tag", "v2")
    (told,) = client.call(publish, str(other), "--to", repo, "--pr").published
    (again,) = client.call(publish, str(other), "--to", repo, "--pr").published
    assert (
        again["pull_request"]
        == told["pull_request"]
        == f"{hub.endpoint}/datasets/{repo}/discussions/1"
    )
    assert client.call(load, repo, revision="v1") == client.call(load, repo) == rows(small)
    assert client.call(load, repo, revision="v2") == rows(other)
    assert client.call(load, repo, revision="refs/pr/1") == rows(other)
    ran = client.call(publish, str(other), "--to", repo, "--tag", "v1")
    assert (ran.code, "has a tag `v1` already" in ran.err) == (1, True)
    assert len(hub.history(repo)) == 2
    assert client.call(publish, str(other), "--to", repo, "--pr", "--tag", "v3").code == 2


def test_a_dry_run_shows_and_sends_nothing(
    hub: Double, client: Client, repo: str, small: Path, other: Path
) -> None:
    (told,) = client.call(publish, str(small), "--to", repo, "--dry-run").published
    assert told["new"]
    assert repo not in hub.repositories
    client.call(publish, str(small), "--to", repo)
    (told,) = client.call(publish, str(other), "--to", repo, "--dry-run").published
    assert {one["path"] for one in told["sent"] if one["replaces"]} >= {
        "README.md",
        "manifest.json",
    }
    assert told["commit"] is None
    assert len(hub.history(repo)) == 2


@pytest.mark.parametrize("harm", ["a byte", "a file more", "a file less"])
def test_a_folder_that_is_not_as_built_is_not_sent(
    hub: Double, client: Client, repo: str, tmp_path: Path, harm: str
) -> None:
    folder = mix(tmp_path, 4)
    match harm:
        case "a byte":
            (folder / "rejects.parquet").write_bytes(b"PAR1")
        case "a file more":
            (folder / "data" / "extra.parquet").write_bytes(b"PAR1")
        case _:
            (folder / "chat_template.jinja").unlink()
    ran = client.call(publish, str(folder), "--to", repo)
    assert ran.code == 1
    assert repo not in hub.repositories
    assert json.loads(ran.out)["problems"]


REFUSALS = {
    "read": (3, "this token may not write to"),
    "foreign": (3, "this token may not write to"),
    "unknown": (3, "the Hub does not know this token"),
    "public": (1, "is public, and the mix is to be private"),
    "escaping": (3, "has files that would leave their folder"),
    "no-namespace": (1, "`mix` is no repository"),
    "broken-card": (1, "has a header that is no YAML"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_done_is_said_before_the_first_byte(
    hub: Double, client: Client, token: str, repo: str, small: Path, case: str
) -> None:
    target, words, account = repo, [str(small)], hub.accounts[token]
    match case:
        case "read":
            hub.put(repo, OTHERS)
            hub.accounts[token] = replace(account, write=frozenset(), role="read")
        case "foreign":
            target = repo.replace("ann/", "bob/")
        case "unknown":
            hub.fault("GET", "whoami", status=401, times=9)
        case "public":
            hub.put(repo, {})
            words.append("--private")
        case "escaping":
            hub.put(repo, {"../../.bashrc": b"!"})
        case "no-namespace":
            target = "mix"
        case _:
            hub.put(repo, {}, card="---\nlicense: [\n---\n")
    commits = len(hub.history(repo)) if repo in hub.repositories else 0
    ran = client.call(publish, *words, "--to", target)
    hub.accounts[token] = account
    code, said = REFUSALS[case]
    assert (ran.code, said in ran.err) == (code, True), ran.err
    assert not hub.seen("/commit/|/upload/|xet-write|preupload|repos/create")
    assert commits == (len(hub.history(repo)) if repo in hub.repositories else 0)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "HF_HUB_OFFLINE",
            "1",
            "HF_HUB_OFFLINE forbids asking the Hub, so nothing can be published",
        ),
        ("HF_TOKEN", "", "publishing needs a token of the Hub"),
        ("HF_ENDPOINT", "http://127.0.0.1:9", "the Hub cannot be reached for ann/mix"),
    ],
)
def test_what_the_environment_lacks_is_said(
    hub: Double, token: str, small: Path, tmp_path: Path, name: str, value: str, said: str
) -> None:
    with Client(hub, tmp_path, token=token) as other:
        other.call(set_environment, name, value)  # before anything is imported that reads it
        ran = other.call(publish, str(small), "--to", "ann/mix")
    assert (ran.code, said in ran.err) == (3, True), ran.err


def test_one_repository_that_refuses_stops_the_whole_set(
    hub: Double, client: Client, repo: str, tmp_path: Path
) -> None:
    one = mix(tmp_path / "a", 4, name="a", more=f"publish: {{to: {repo}}}\n")
    two = mix(tmp_path / "b", 5, name="b", more="publish: {to: bob/theirs}\n")
    ran = client.call(publish, str(one), str(two))
    assert (ran.code, repo in hub.repositories) == (3, False)


def test_a_page_shows_what_was_done(hub: Double, client: Client, repo: str, small: Path) -> None:
    said = client.call(curate, "publish", str(small), "--to", repo).out
    assert f"{repo}  new   main" in said
    assert "+ data/train-00000-of-00001.parquet" in said
    assert "published 8 rows, read back and as built" in said
    assert f'load_dataset("{repo}", revision="{hub.repositories[repo].head.id}")' in said
    again = client.call(curate, "publish", str(small), "--to", repo).out
    assert "there already, nothing was sent: 8 rows" in again


def test_a_token_is_nowhere_to_be_seen(
    hub: Double, client: Client, token: str, repo: str, small: Path
) -> None:
    ran = [client.call(curate, "publish", str(small), "--to", repo)]
    hub.fault("POST", "/commit/", status=403, body=f"not with {token}".encode())
    hub.fault("GET", "/whoami", status=400, body=token.encode(), after=1)
    ran += [client.call(publish, str(small), "--to", f"{repo}-2") for _ in range(2)]
    assert [one.code for one in ran] == [0, 3, 3]
    assert not [one for one in ran if token in one.out + one.err]
    assert not [name for name, content in hub.files(repo).items() if token.encode() in content]
    assert not [one for one in hub.seen("^/(cdn|upload)/") if one.authorized]
    assert not [one for one in hub.log if token in one.path]


def test_a_pull_request_needs_no_right_to_write(
    hub: Double, client: Client, repo: str, small: Path
) -> None:
    theirs = repo.replace("ann/", "bob/")
    hub.put(theirs, OTHERS)
    assert client.call(publish, str(small), "--to", theirs).code == 3
    assert client.call(publish, str(small), "--to", theirs, "--pr").code == 0
    assert hub.files(theirs).keys() == {".gitattributes", *OTHERS}
    assert client.call(load, theirs, revision="refs/pr/1") == rows(small)
