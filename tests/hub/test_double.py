"""The real client libraries push to the double, pull from it and stream from it, over LFS and over Xet."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false
# (datasets and fsspec tell no types)

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from double import Client, Double


def table(rows: int, seed: int) -> bytes:
    """A parquet file that hardly compresses."""
    chance = random.Random(seed)
    texts = [chance.randbytes(40).hex() for _ in range(rows)]
    out = io.BytesIO()
    pl.DataFrame({"n": range(rows), "text": texts}).write_parquet(out, row_group_size=100)
    return out.getvalue()


# What runs in the client's process.


def push(repo: str, rows: int, seed: int = 0) -> None:
    from datasets import Dataset

    chance = random.Random(f"{repo}{seed}")
    Dataset.from_dict({"text": [chance.randbytes(40).hex() for _ in range(rows)]}).push_to_hub(repo)


def pull(repo: str, streaming: bool = False, **more: Any) -> list[Any]:
    from datasets import DownloadMode, load_dataset

    mode = DownloadMode.FORCE_REDOWNLOAD
    found: Any = load_dataset(repo, streaming=streaming, split="train", download_mode=mode, **more)
    return list(found)


def change(
    repo: str, files: dict[str, bytes | None], **more: Any
) -> tuple[str, str | None] | tuple[int, str]:
    """Commit files, or remove those without content; the commit and its pull request, or why not."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
    from huggingface_hub.errors import HfHubHTTPError

    operations = [
        CommitOperationDelete(path) if content is None else CommitOperationAdd(path, content)
        for path, content in files.items()
    ]
    try:
        done = HfApi().create_commit(
            repo, operations, commit_message="change", repo_type="dataset", **more
        )
    except HfHubHTTPError as error:
        return error.response.status_code, str(error)
    return done.oid, done.pr_url


def ask(method: str, *args: Any, **more: Any) -> Any:
    """Call a method of HfApi; a listing as a list, an error as its type's name."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    try:
        answer = getattr(HfApi(), method)(*args, repo_type="dataset", **more)
    except HfHubHTTPError as error:
        return type(error).__name__, error.response.status_code
    return list(answer) if hasattr(answer, "__next__") else answer


def download(repo: str, path: str) -> bytes:
    from huggingface_hub import hf_hub_download

    return Path(hf_hub_download(repo, path, repo_type="dataset")).read_bytes()


def footer(repo: str, path: str) -> int:
    import pyarrow.parquet as pq
    from huggingface_hub import HfFileSystem

    disk = HfFileSystem(skip_instance_cache=True)
    with disk.open(f"datasets/{repo}/{path}", block_size=2**12, cache_type="none") as file:
        return pq.ParquetFile(file).metadata.num_rows


def push_folder(repo: str, folder: str) -> None:
    from huggingface_hub import HfApi

    HfApi().create_repo(repo, repo_type="dataset", exist_ok=True)
    HfApi().upload_folder(repo_id=repo, folder_path=folder, repo_type="dataset")


def fetch_folder(repo: str, folder: str) -> None:
    from huggingface_hub import snapshot_download

    snapshot_download(repo, repo_type="dataset", local_dir=folder)


def test_pushed_rows_are_loaded_and_streamed(hub: Double, client: Client, repo: str) -> None:
    client.call(push, repo, 2_000)
    assert bool(hub.seen("/xet-write-token/")) == client.xet
    assert bool(hub.seen("/upload/", "PUT")) != client.xet
    loaded = client.call(pull, repo)
    assert len(loaded) == 2_000
    assert client.call(pull, repo, streaming=True) == loaded
    assert not [one for one in hub.seen("^/(cdn|upload)/") if one.authorized]


def test_files_put_by_hand_are_read(hub: Double, client: Client, repo: str) -> None:
    files = {f"data/train-{n}.parquet": table(300, n) for n in range(3)}
    hub.put(repo, files, card="---\nlicense: mit\n---\n# Three files\n", xet=client.xet)
    assert [row["n"] for row in client.call(pull, repo)] == [*range(300)] * 3
    for path, content in files.items():
        assert client.call(download, repo, path) == content


def test_lines_of_json_are_read(hub: Double, client: Client, repo: str) -> None:
    hub.put(repo, {"train.jsonl": b'{"a": 1}\n{"a": 2}\n'}, private=True)
    assert client.call(pull, repo) == [{"a": 1}, {"a": 2}]
    assert client.call(pull, repo, streaming=True) == [{"a": 1}, {"a": 2}]


def test_a_stretch_of_a_file_costs_a_stretch(hub: Double, client: Client, repo: str) -> None:
    content = table(12_000, 1)
    hub.put(repo, {"a/b.parquet": content}, xet=client.xet)
    assert client.call(footer, repo, "a/b.parquet") == 12_000
    assert 0 < hub.sent("^/cdn/") < len(content) / 5
    assert all(one.range and one.status == 206 for one in hub.seen("^/cdn/", "GET"))


def test_a_commit_stands_on_the_parent_it_names(hub: Double, client: Client, repo: str) -> None:
    first = hub.put(repo, {"kept.txt": b"kept", "old.txt": b"old"})
    data = table(50, seed=int(client.xet))
    oid, _ = client.call(change, repo, {"old.txt": None, "x.parquet": data}, parent_commit=first.id)
    assert hub.files(repo).keys() == {".gitattributes", "kept.txt", "x.parquet"}
    assert hub.repositories[repo].head.id == oid
    status, said = client.call(change, repo, {"late.txt": b"late"}, parent_commit=first.id)
    assert status == 412
    assert "A commit has happened since" in str(said)
    assert hub.history(repo) == ["change", "Put files", "initial commit"]
    assert client.call(change, repo, {"gone.txt": None})[0] == 404


def test_a_pull_request_waits_to_be_merged(hub: Double, client: Client, repo: str) -> None:
    hub.put(repo, {"a.txt": b"a"})
    data = table(60, seed=int(client.xet))
    _, url = client.call(change, repo, {"b.parquet": data, "a.txt": None}, create_pr=True)
    assert url == f"{hub.endpoint}/datasets/{repo}/discussions/1"
    assert "b.parquet" not in hub.files(repo)
    hub.put(repo, {"meanwhile.txt": b"c"})
    assert hub.files(repo, "refs/pr/1")["b.parquet"] == data
    (listed,) = client.call(ask, "get_repo_discussions", repo)
    assert (listed.num, listed.is_pull_request) == (1, True)
    client.call(ask, "merge_pull_request", repo, 1)
    assert hub.files(repo).keys() == {".gitattributes", "b.parquet", "meanwhile.txt"}


def test_branches_and_tags(hub: Double, client: Client, repo: str) -> None:
    first = hub.put(repo, {"a.txt": b"a"})
    client.call(ask, "create_branch", repo, branch="next")
    assert client.call(ask, "create_branch", repo, branch="next") == ("HfHubHTTPError", 409)
    oid, _ = client.call(change, repo, {"b.txt": b"b"}, revision="next")
    client.call(ask, "create_tag", repo, tag="v1", revision="next")
    told = client.call(ask, "list_repo_refs", repo)
    assert {one.name: one.target_commit for one in told.branches} == {"main": first.id, "next": oid}
    assert [(one.ref, one.target_commit) for one in told.tags] == [("refs/tags/v1", oid)]
    assert client.call(ask, "repo_info", repo, revision="v1").sha == oid
    refused = client.call(ask, "repo_info", repo, revision="v2")
    assert refused == ("RevisionNotFoundError", 404)


def test_listings_come_in_pages(hub: Double, client: Client, repo: str) -> None:
    files = {f"f{n % 4}/{n:02d}.txt": b"%d" % n for n in range(23)}
    hub.put(repo, files)
    hub.page = 5
    try:
        listed = client.call(ask, "list_repo_tree", repo, recursive=True)
        expanded = client.call(ask, "list_repo_tree", repo, "f1", expand=True)
    finally:
        hub.page = 1000
    assert [one.path for one in listed if hasattr(one, "size")] == [
        ".gitattributes",
        *sorted(files),
    ]
    assert len(hub.seen("/tree/main[?].*cursor")) == 5
    assert {one.last_commit.title for one in expanded} == {"Put files"}
    (told,) = client.call(ask, "get_paths_info", repo, ["f0/00.txt", "nowhere"])
    assert (told.path, told.size) == ("f0/00.txt", 1)


def test_info_tells_sizes_and_digests(hub: Double, client: Client, repo: str) -> None:
    content = table(10, 0)
    hub.put(repo, {"a.parquet": content}, card="---\nlicense: mit\n---\n", gated="auto")
    told = client.call(ask, "repo_info", repo, files_metadata=True)
    assert (told.gated, told.card_data.license) == ("auto", "mit")
    sizes = {one.rfilename: one.size for one in told.siblings}
    assert sizes["a.parquet"] == len(content)
    assert [one.lfs.sha256 for one in told.siblings if one.lfs] == [hub.blobs.add(content)]


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ({"private": True}, ("RepositoryNotFoundError", 404)),
        ({"gated": "auto"}, ("GatedRepoError", 403)),
        ({"gated": "auto", "admitted": {"ann"}}, ("HfHubHTTPError", 403)),
    ],
    ids=["private", "gated", "admitted"],
)
def test_what_is_not_ours_stays_shut(
    hub: Double, client: Client, repo: str, settings: dict[str, Any], refused: tuple[str, int]
) -> None:
    theirs = repo.replace("ann/", "bob/")
    hub.put(theirs, {"a.txt": b"a"}, **settings)
    if "admitted" not in settings:
        assert client.call(ask, "auth_check", theirs) == refused
    written = client.call(ask, "auth_check", theirs, write=True)
    assert written == (refused if "private" in settings else ("HfHubHTTPError", 403))
    assert client.call(change, theirs, {"b.txt": b"b"})[0] in {403, 404}
    assert "b.txt" not in hub.files(theirs)


def test_a_token_opens_what_it_is_for(hub: Double, client: Client, repo: str) -> None:
    read, theirs = hub.token("ann", write=()), repo.replace("ann/", "org/")
    assert client.call(ask, "create_repo", repo, token=read) == ("HfHubHTTPError", 403)
    assert client.call(ask, "create_repo", repo, token="hf_none") == ("HfHubHTTPError", 401)
    assert client.call(ask, "create_repo", theirs) == ("HfHubHTTPError", 403)
    client.call(ask, "create_repo", theirs, private=True, token=hub.token("ann", write=["org"]))
    assert hub.repositories[theirs].private
    assert client.call(ask, "repo_info", theirs) == ("RepositoryNotFoundError", 404)


def test_folders_go_up_and_come_down(
    hub: Double, client: Client, repo: str, tmp_path: Path
) -> None:
    files = {"one.parquet": table(90, 5 + client.xet), "deep/two.txt": b"two", "README.md": b"# A"}
    for path, content in files.items():
        (tmp_path / "up" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "up" / path).write_bytes(content)
    client.call(push_folder, repo, str(tmp_path / "up"))
    assert {p: c for p, c in hub.files(repo).items() if p != ".gitattributes"} == files
    client.call(fetch_folder, repo, str(tmp_path / "down"))
    for path, content in files.items():
        assert (tmp_path / "down" / path).read_bytes() == content


def test_long_files_go_up_in_parts(hub: Double, client: Client, repo: str) -> None:
    if client.xet:
        pytest.skip("Xet has no parts")
    hub.put(repo, {})
    content = table(700, 9)
    hub.part = 10_000
    try:
        client.call(change, repo, {"long.parquet": content})
    finally:
        hub.part = 2**40
    assert len(hub.seen("^/upload/", "PUT")) == -(-len(content) // 10_000)
    assert hub.files(repo)["long.parquet"] == content


def test_faults_come_as_told(hub: Double, client: Client, repo: str) -> None:
    hub.put(repo, {})
    hub.fault("POST", "/preupload/", status=503, after=1)
    client.call(change, repo, {"a.txt": b"a"})
    hub.fault("POST", "/commit/", status=429, headers={"Retry-After": "1"}, body=b"slow down")
    client.call(change, repo, {"b.txt": b"b"})
    assert [one.status for one in hub.seen("/preupload/")] == [200, 503, 200]
    hub.fault("POST", "/commit/", status=500, applied=True)
    client.call(change, repo, {"c.txt": b"c"})
    assert sorted(hub.files(repo)) == [".gitattributes", "a.txt", "c.txt"]
    meanwhile = hub.fault(
        "POST", "/commit/", before=lambda: hub.put(repo, {"other.txt": b"o"}), times=1
    )
    head = hub.repositories[repo].head.id
    assert client.call(change, repo, {"d.txt": b"d"}, parent_commit=head)[0] == 412
    assert meanwhile.times == 0


def test_a_card_with_a_broken_header_is_refused(hub: Double, client: Client, repo: str) -> None:
    hub.put(repo, {})
    with pytest.raises(ValueError, match="Invalid metadata in README"):
        client.call(change, repo, {"README.md": b"---\nlicense: [\n---\n"})


def test_only_what_is_new_is_stored_again(hub: Double, client: Client, repo: str) -> None:
    if not client.xet:
        pytest.skip("only Xet stores parts of files")
    hub.put(repo, {})
    chance = random.Random(repo)
    content = chance.randbytes(2_000_000)
    before = hub.xet.stored
    client.call(change, repo, {"a.bin": content})
    first = hub.xet.stored - before
    client.call(change, repo, {"a.bin": content[:700_000] + b"new" + content[700_000:]})
    assert 1_900_000 < first < 2_100_000
    assert 0 < hub.xet.stored - before - first < first / 5


def test_two_who_write_at_once_lose_nothing(hub: Double, client: Client, repo: str) -> None:
    data = [table(400, seed) for seed in (21, 22)]
    hub.put(repo, {})

    def meanwhile() -> None:
        hub.put(repo, {"theirs.parquet": data[0]}, xet=True)

    hub.fault("POST", "/commit/", before=meanwhile)
    client.call(change, repo, {"ours.parquet": data[1]})
    assert client.call(download, repo, "theirs.parquet") == data[0]
    assert client.call(download, repo, "ours.parquet") == data[1]
