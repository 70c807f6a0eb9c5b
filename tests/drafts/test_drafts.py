"""First recipes: what they say, that they load, and what they tell of what was lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builds import chats, write
from hypothesis import given
from hypothesis import strategies as st

from curate.describe import describe_all
from curate.drafts.draft import Draft, DraftSource, named, slug
from curate.drafts.drafting import draft
from curate.drafts.drafting import write as write_draft
from curate.errors import CurateError, OutputError
from curate.pipeline import build
from curate.recipe.model import NAME
from curate.recipe.reading import load
from curate.sources.hub.cache import Cache
from curate.sources.hub.repository import Hub

HERE = Path(__file__).parent
CONFIGS = HERE / "configs"
FORMS = sorted(file for file in CONFIGS.rglob("*") if file.suffix in (".yaml", ".json"))


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(Cache.at(tmp_path / "cache"))


def drafted(origin: Path | str, folder: Path, hub: Hub, config: str | None = None) -> Draft:
    return draft(str(origin), folder, config, hub)


@pytest.mark.parametrize(
    "file", FORMS, ids=lambda file: file.stem if isinstance(file, Path) else ""
)
def test_a_configuration_becomes_a_recipe(
    file: Path, hub: Hub, tmp_path: Path, golden: Callable[[str, Path], None]
) -> None:
    made = drafted(file, file.parent, hub)
    told = made.as_text()
    name = file.stem if file.parent == CONFIGS else file.parent.name
    golden(
        told + "".join(f"stderr: {one}\n" for one in made.all_lost), HERE / "golden" / f"{name}.txt"
    )
    (tmp_path / "recipe.yaml").write_text(told, encoding="utf-8")
    recipe = load(tmp_path / "recipe.yaml")
    assert list(recipe.sources) == list(made.sources)


def test_a_trlm_configuration_becomes_what_ships(hub: Hub, tmp_path: Path) -> None:
    """The faithful recipes say what these would, under names of their own."""
    for stage in ("stage-1", "stage-2", "stage-3"):
        ours = load(f"trlm/faithful/{stage}")
        entries: list[dict[str, Any]] = [
            {
                "name": source.hub,
                "subset": source.config,
                "split": source.split,
                "entries": source.take,
                "drop_columns": source.record.drop or None,
                "rename_columns": dict(source.record.rename) or None,
            }
            for source in ours.sources.values()
        ]
        (tmp_path / "said.json").write_text(json.dumps({"name": "a", "datasets": entries}))
        (tmp_path / "said.yaml").write_text((tmp_path / "said.json").read_text())
        made = drafted(tmp_path / "said.yaml", tmp_path, hub)
        write_draft(made, tmp_path / f"{stage}.yaml")
        theirs = load(tmp_path / f"{stage}.yaml")
        assert list(theirs.sources.values()) == list(ours.sources.values())
        assert (theirs.seed, theirs.shuffle, theirs.layouts) == (42, "datasets", ours.layouts)


# Data ------------------------------------------------------------------------------------------------


def thinking(count: int) -> list[Any]:
    records = chats(count)
    for record in records:
        record["messages"][1]["content"] = (
            f"<think>\nhm\n</think>\n\n{record['messages'][1]['content']}"
        )
    return records


PAIRS = [{"prompt": f"p{n}", "chosen": f"good {n} yes", "rejected": f"bad {n}"} for n in range(8)]


@pytest.mark.parametrize(
    ("name", "records", "said"),
    [
        ("talk.jsonl", chats(5), ["shape: messages", "take: all", "5 records", "thinking: forbid"]),
        ("traces.jsonl", thinking(5), ["shape: messages", "thinking: require"]),
        ("pairs.jsonl", PAIRS, ["shape: pair", "kind: preference", "of: pair"]),
        ("odd.jsonl", [{"x": 1}], ["shape: auto", "no shape is recognised"]),
    ],
)
def test_data_becomes_a_recipe_that_builds(
    name: str, records: list[Any], said: list[str], hub: Hub, tmp_path: Path
) -> None:
    write(tmp_path / "data" / name, records)
    (tmp_path / "data" / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n")
    (tmp_path / "recipes").mkdir()
    file = tmp_path / "recipes" / "first.yaml"
    write_draft(drafted(tmp_path / "data" / name, file.parent, hub), file)
    text = file.read_text(encoding="utf-8")
    for words in [*said, "license: cc-by-4.0", f"- ../data/{name}"]:
        assert words in text
    if "auto" not in text:
        assert build(load(file), tmp_path / "out", workers=1).manifest.rows == len(records)


def test_a_folder_becomes_one_source(hub: Hub, tmp_path: Path) -> None:
    write(tmp_path / "data" / "a.jsonl", chats(3))
    write(tmp_path / "data" / "b.jsonl", chats(3, start=3))
    write_draft(drafted(tmp_path / "data", tmp_path, hub), tmp_path / "first.yaml")
    recipe = load(tmp_path / "first.yaml")
    (source,) = recipe.sources.values()
    assert source.files == ("*.jsonl",)
    assert build(recipe, tmp_path / "out", workers=1).manifest.rows == 6


# What goes wrong -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("nothing.yaml", "", "neither data nor a configuration"),
        ("other.yaml", "learning_rate: 1\n", "neither data nor a configuration"),
        ("broken.yaml", "a: [", "not YAML"),
        (
            "trlm.yaml",
            "name: a\ndatasets: [{name: b, split: c, entries: many}]",
            "datasets.0.entries",
        ),
        ("notes.txt", "hello", "neither data nor a configuration"),
        ("broken.json", '{"a": ', "JSON"),
        ("empty.jsonl", "", "the file is empty"),
    ],
)
def test_what_cannot_be_drafted_is_told(
    name: str, content: str, what: str, hub: Hub, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(CurateError) as caught:
        drafted(tmp_path / name, tmp_path, hub)
    assert what in describe_all(caught.value)


def test_nothing_is_overwritten(hub: Hub, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine")
    write(tmp_path / "talk.jsonl", chats(2))
    with pytest.raises(OutputError, match="is there already"):
        write_draft(drafted(tmp_path / "talk.jsonl", tmp_path, hub), file)
    assert file.read_text() == "mine"


def test_a_name_that_is_nothing_is_told(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(CurateError, match="there is no file"):
        drafted(tmp_path / "nowhere.jsonl", tmp_path, hub)


# Laws ------------------------------------------------------------------------------------------------

TEXTS = st.text(max_size=60)


@given(st.lists(TEXTS, max_size=6))
def test_law_every_text_has_a_name_of_its_own(texts: list[str]) -> None:
    found = named((text, DraftSource({})) for text in texts)
    assert len(found) == len(texts)
    assert all(re.fullmatch(NAME, name) for name in found)
    assert all(slug(name) == name for name in found)


@given(about=TEXTS, lost=st.lists(TEXTS, max_size=3), remark=TEXTS, path=TEXTS.filter(bool))
def test_law_comments_never_change_a_recipe(
    about: str, lost: list[str], remark: str, path: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = DraftSource({"files": [path], "take": "all"}, (remark,), tuple(lost))
    made = Draft(about, {"name": "a"}, {"data": source}, ("tidy_text",), tuple(lost))
    file = tmp_path_factory.mktemp("law") / "recipe.yaml"
    file.write_text(made.as_text(), encoding="utf-8")
    assert load(file).sources["data"].files == (path,)
