"""Finished folders: whole or not at all, the same bytes, read alike by everyone."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (datasets tells no types)

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import mixes
import polars as pl
import pytest

from curate.errors import OutputError
from curate.funnel import REJECTS, Funnel
from curate.output.carried import survey
from curate.output.folder import write_folder
from curate.output.manifest import read_manifest, stamp_files
from curate.output.parquet import ParquetFile
from curate.output.reading import read_prompts, read_rows, verify
from curate.recipe.model import LAYOUTS, PlainLayout, TokenLayout
from curate.rows import MESSAGE, Kind, Row, frame

HERE = Path(__file__).parent
FILES = {
    "README.md",
    "chat_template.jinja",
    "data/train-00000-of-00001.parquet",
    "manifest.json",
    "recipe.yaml",
    "rejects.parquet",
    "serve/chat_template.jinja",
    "trl.yaml",
}
SFT: tuple[PlainLayout, ...] = ("sft-prompt-completion", "sft-messages", "sft-text")
DPO: tuple[PlainLayout, ...] = ("dpo-explicit", "dpo-implicit", "dpo-message")


def contents(folder: Path) -> dict[str, str]:
    """Every file below a folder by its path, and its digest."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_folder_holds_what_it_should(tmp_path: Path) -> None:
    manifest = mixes.write(tmp_path / "tiny", mixes.recipe())
    found = contents(tmp_path / "tiny")
    assert set(found) == FILES
    assert {file.path: file.sha256 for file in manifest.files} == {
        path: digest for path, digest in found.items() if path != "manifest.json"
    }
    assert read_manifest(tmp_path / "tiny") == manifest
    assert Funnel.from_json(dict(manifest.funnel)) == mixes.FUNNEL
    assert pl.read_parquet(tmp_path / "tiny" / "rejects.parquet").equals(mixes.REJECTED)
    assert pl.read_parquet_schema(tmp_path / "tiny" / "rejects.parquet") == REJECTS
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


@pytest.mark.parametrize(("kind", "layouts"), [("conversation", SFT), ("preference", DPO)])
def test_bytes_do_not_depend_on_frames_or_place(
    tmp_path: Path, kind: Kind, layouts: tuple[PlainLayout, ...]
) -> None:
    made = mixes.recipe(kind, *layouts)
    mixes.write(tmp_path / "a" / "tiny", made)
    mixes.write(tmp_path / "b" / "other", made, cuts=(1, 2, 5))
    assert contents(tmp_path / "a" / "tiny") == contents(tmp_path / "b" / "other")


def test_nothing_tells_of_machine_or_time(tmp_path: Path) -> None:
    mixes.write(tmp_path / "tiny", mixes.recipe())
    told = b"".join(path.read_bytes() for path in (tmp_path / "tiny").rglob("*") if path.is_file())
    for secret in (str(tmp_path), str(HERE), os.uname().nodename, Path.home().name + "/"):
        assert secret.encode() not in told
    manifest = (tmp_path / "tiny" / "manifest.json").read_text(encoding="utf-8")
    assert not re.search(r"20\d\d-\d\d|\d\d:\d\d", manifest)
    assert (
        manifest
        == json.dumps(json.loads(manifest), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    )


def test_digests_tell_rows_and_their_order_apart(
    tmp_path: Path,
) -> None:
    one = mixes.write(tmp_path / "one", mixes.recipe())
    changed = mixes.rows().with_columns(pl.col("source").replace("two", "2"))
    other = mixes.write(tmp_path / "two", mixes.recipe(), changed)
    assert one.digest.ids == other.digest.ids
    assert one.digest.rows != other.digest.rows
    assert one.digest.root != other.digest.root
    reordered = mixes.write(tmp_path / "three", mixes.recipe(), mixes.rows()[[1, 0, 2, 3, 4, 5]])
    assert reordered.digest.ids != one.digest.ids


@pytest.mark.parametrize(("kind", "layouts"), [("conversation", SFT), ("preference", DPO)])
def test_datasets_and_polars_read_the_same(
    tmp_path: Path, kind: Kind, layouts: tuple[PlainLayout, ...]
) -> None:
    folder = tmp_path / "tiny"
    mixes.write(folder, mixes.recipe(kind, *layouts))
    import datasets

    assert datasets.get_dataset_config_names(str(folder)) == ["default", *layouts[1:]]
    for index, layout in enumerate(layouts):
        found = datasets.load_dataset(
            str(folder),
            name=layout if index else None,
            split="train",
            cache_dir=str(tmp_path / "cache"),
        )
        assert found.to_list() == read_rows(folder, layout).collect().to_dicts()
    assert len(read_rows(folder).collect()) == 6


def test_a_mix_of_ours_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "tiny"
    mixes.write(target, mixes.recipe("conversation", *SFT))
    (tmp_path / ".tiny.partial").mkdir()
    (tmp_path / ".tiny.partial" / "data").write_text("of a killed build")
    mixes.write(target, mixes.recipe())
    assert set(contents(target)) == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_a_mix_left_aside_by_a_killed_build_comes_back(tmp_path: Path) -> None:
    target = tmp_path / "tiny"
    mixes.write(target, mixes.recipe())
    before = contents(target)
    target.rename(tmp_path / ".tiny.replaced")
    with pytest.raises(KeyboardInterrupt):
        _fail(target, KeyboardInterrupt())
    assert contents(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def _fail(target: Path, error: BaseException) -> None:
    def frames() -> Iterator[pl.DataFrame]:
        yield mixes.rows()
        raise error

    carried = survey([mixes.rows()])
    write_folder(
        target, mixes.recipe(), {"train": frames()}, [], carried, mixes.FUNNEL, mixes.STAMPS
    )


@pytest.mark.parametrize("error", [RuntimeError("a bug"), KeyboardInterrupt()], ids=repr)
def test_nothing_is_left_of_a_build_that_failed(tmp_path: Path, error: BaseException) -> None:
    mixes.write(tmp_path / "tiny", mixes.recipe())
    before = contents(tmp_path / "tiny")
    with pytest.raises(type(error)):
        _fail(tmp_path / "tiny", error)
    assert contents(tmp_path / "tiny") == before
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


KILLED = """
import os, signal, sys
from pathlib import Path
import mixes
from curate.output.carried import survey
from curate.output.folder import write_folder

def frames():
    yield mixes.rows()
    os.kill(os.getpid(), signal.SIGKILL)

write_folder(
    Path(sys.argv[1]), mixes.recipe(), {"train": frames()}, [], survey([mixes.rows()]), mixes.FUNNEL, []
)
"""


def test_a_killed_build_leaves_what_the_next_one_clears_away(tmp_path: Path) -> None:
    paths = os.pathsep.join([str(HERE), str(HERE.parents[1])])
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "tiny")],
        env=os.environ | {"PYTHONPATH": paths},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert [path.name for path in tmp_path.iterdir()] == [".tiny.partial"]
    mixes.write(tmp_path / "tiny", mixes.recipe())
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(self: ParquetFile, rows: pl.DataFrame) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ParquetFile, "write", write)
    with pytest.raises(OutputError, match="cannot be written: No space left on device") as failed:
        mixes.write(tmp_path / "tiny", mixes.recipe())
    assert "Free some space" in (failed.value.problems[0].help or "")
    assert list(tmp_path.iterdir()) == []


def _file(path: Path) -> None:
    path.write_text("mine")


def _foreign(path: Path) -> None:
    path.mkdir()
    (path / "thesis.tex").write_text("mine")


def _other_manifest(path: Path) -> None:
    path.mkdir()
    (path / "manifest.json").write_text('{"name": "an app"}')


def _broken_manifest(path: Path) -> None:
    path.mkdir()
    (path / "manifest.json").write_bytes(b"\xff{")


@pytest.mark.parametrize("make", [_file, _foreign, _other_manifest, _broken_manifest])
def test_what_is_not_ours_is_left_alone(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "tiny")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match="not a mix that curate built"):
        mixes.write(tmp_path / "tiny", mixes.recipe())
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_folder_may_be_taken(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    mixes.write(tmp_path / "tiny", mixes.recipe())
    assert set(contents(tmp_path / "tiny")) == FILES


def _prompts(kind: Kind) -> list[list[dict[str, Any]]]:
    """What `read_prompts` should give: folding forgets markers, and that content was null."""
    end = None if kind == "preference" else -1
    prompts = [[turn.as_dict() for turn in row.messages[:end]] for row in mixes.ROWS[kind]]
    for turn in (turn for prompt in prompts for turn in prompt):
        turn["markers"] = None
        if turn["thinking"] is not None:
            turn["content"] = turn["content"] or ""
    return prompts


@pytest.mark.parametrize(
    ("kind", "layouts"),
    [
        ("conversation", ("sft-prompt-completion",)),
        ("conversation", ("sft-messages",)),
        ("conversation", ("sft-text", "sft-messages")),
        *(("preference", (layout,)) for layout in DPO),
    ],
)
def test_prompts_come_back(tmp_path: Path, kind: Kind, layouts: tuple[PlainLayout, ...]) -> None:
    mixes.write(tmp_path / "tiny", mixes.recipe(kind, *layouts))
    found = pl.concat(read_prompts(tmp_path / "tiny"))
    assert found.schema == {"id": pl.String(), "messages": pl.List(MESSAGE)}
    assert found["id"].to_list() == mixes.rows(kind)["id"].to_list()
    assert found["messages"].to_list() == _prompts(kind)


def test_text_alone_has_no_prompts(tmp_path: Path) -> None:
    mixes.write(tmp_path / "tiny", mixes.recipe("conversation", "sft-text"))
    with pytest.raises(OutputError, match="no layout of it holds turns"):
        list(read_prompts(tmp_path / "tiny"))


def test_upstream_rows_are_written_and_read(tmp_path: Path) -> None:
    records = [Row((), extra={"record": json.dumps({"a": i})}) for i in range(3)]
    rows = frame("one", records, {"record": pl.String()})
    mixes.write(tmp_path / "tiny", mixes.recipe("conversation", "upstream"), rows)
    assert read_rows(tmp_path / "tiny").collect().to_dicts() == [{"a": 0}, {"a": 1}, {"a": 2}]
    verify(tmp_path / "tiny")


def test_a_finished_folder_verifies(tmp_path: Path) -> None:
    manifest = mixes.write(tmp_path / "tiny", mixes.recipe("conversation", *SFT))
    assert verify(tmp_path / "tiny") == manifest


def test_what_a_desktop_hides_in_a_folder_is_no_difference(tmp_path: Path) -> None:
    mixes.write(tmp_path / "tiny", mixes.recipe())
    (tmp_path / "tiny" / "data" / ".DS_Store").write_bytes(b"")
    verify(tmp_path / "tiny")


def test_sources_are_told_without_the_folder_they_lie_in(tmp_path: Path) -> None:
    for path in ("a/x.json", "b/c/y.json", "z.csv"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    files = {str(tmp_path / name): tmp_path / name for name in ("a/x.json", "b/c/y.json")}
    stamps = stamp_files(files | {"z.csv": tmp_path / "z.csv"})
    assert [(stamp.path, stamp.bytes) for stamp in stamps] == [
        ("a/x.json", 8),
        ("b/c/y.json", 10),
        ("z.csv", 5),
    ]
    assert stamps[2].sha256 == hashlib.sha256(b"z.csv").hexdigest()
    alone = stamp_files({str(tmp_path / "z.csv"): tmp_path / "z.csv"})
    assert [stamp.path for stamp in alone] == ["z.csv"]


def test_every_difference_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    mixes.write(folder, mixes.recipe())
    (folder / "recipe.yaml").write_text("seed: 1")
    (folder / "rejects.parquet").unlink()
    (folder / "data" / "more.parquet").write_bytes(b"")
    with pytest.raises(OutputError) as failed:
        verify(folder)
    assert [problem.what for problem in failed.value.problems] == [
        "data/more.parquet is not in the manifest",
        "recipe.yaml is not the file of the manifest",
        "rejects.parquet is missing",
    ]


def test_rows_that_another_manifest_vouches_for_are_found_out(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    manifest = mixes.write(folder, mixes.recipe())
    forged = manifest.model_copy(
        update={"digest": manifest.digest.model_copy(update={"rows": "0" * 64})}
    )
    (folder / "manifest.json").write_text(forged.as_text(), encoding="utf-8")
    with pytest.raises(OutputError, match="the rows are not those of the manifest"):
        verify(folder)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "is not a finished mix"),
        ("{", "manifest.json was not written by curate"),
        ('{"curate": "9.0"}', "manifest.json was not written by curate: name: Field required"),
    ],
)
def test_a_folder_without_our_manifest(tmp_path: Path, content: str | None, told: str) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(OutputError, match=told):
        read_manifest(tmp_path)


def test_a_layout_that_is_not_there(tmp_path: Path) -> None:
    mixes.write(tmp_path / "tiny", mixes.recipe())
    with pytest.raises(OutputError, match="no layout sft-text; it has sft-prompt-completion"):
        read_rows(tmp_path / "tiny", "sft-text")


def test_every_layout_can_be_written() -> None:
    assert {*SFT, *DPO, *get_args(TokenLayout), "upstream"} == {
        name for names in LAYOUTS.values() for name in names
    }
