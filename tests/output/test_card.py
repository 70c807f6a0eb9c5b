"""The card: a golden file for each kind, YAML the Hub takes, texts that stay in their place."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (datasets tells no types)

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import mixes
import polars as pl
import pytest
import yaml

from curate.chat_template.conversation import open_template
from curate.fingerprint import rank
from curate.output.carried import survey
from curate.output.example import example, mark
from curate.output.folder import write_folder
from curate.output.lengths import Lengths, advise, percentiles
from curate.output.manifest import SourceStamp
from curate.output.metadata import features, size_category
from curate.output.sample import Sample
from curate.recipe.model import Embedded, Source
from curate.rows import Kind, Row, assistant, frame
from curate.steps.language import Language

HERE = Path(__file__).parent


def card(folder: Path, **more: Any) -> str:
    mixes.write(folder, mixes.recipe(**more))
    return (folder / "README.md").read_text(encoding="utf-8")


def header(text: str) -> dict[str, Any]:
    return yaml.safe_load(text.split("---\n")[1])


@pytest.mark.parametrize("kind", ["conversation", "preference"])
def test_golden(tmp_path: Path, kind: Kind, golden: Callable[[str, Path], None]) -> None:
    written = card(
        tmp_path / "tiny",
        kind=kind,
        layouts=("sft-messages", "sft-text") if kind == "conversation" else (),
    )
    golden(_steady(written), HERE / "golden" / f"card-{kind}.md")


def _steady(written: str) -> str:
    """The card but for what another version of a library may change."""
    return re.sub(r"(download_size: |in order: `)\w+", r"\1…", written)


def test_header(tmp_path: Path) -> None:
    steps = (Language(allowed=("en", "zh-cn", "zh-tw")),)
    said = header(
        card(
            tmp_path / "tiny",
            license="CC-BY-4.0",
            steps=steps,
            layouts=("sft-messages", "sft-text"),
        )
    )
    assert said["license"] == "cc-by-4.0"
    assert said["language"] == ["en", "zh"]
    assert said["pretty_name"] == "tiny"
    assert said["task_categories"] == ["text-generation"]
    assert said["size_categories"] == ["n<1K"]
    assert said["tags"] == ["reasoning", "sft", "curate"]
    assert said["configs"] == [
        {"config_name": "default", "data_files": [{"split": "train", "path": "data/train-*"}]},
        {"config_name": "sft-text", "data_files": [{"split": "train", "path": "sft-text/train-*"}]},
    ]
    default = said["dataset_info"][0]
    assert default["splits"] == [
        {"name": "train", "num_bytes": default["dataset_size"], "num_examples": 6}
    ]
    stored = (tmp_path / "tiny" / "data" / "train-00000-of-00001.parquet").stat().st_size
    assert default["download_size"] == stored


def test_the_licence_follows_from_the_sources(tmp_path: Path) -> None:
    sources = {
        "one": Source(embedded=Embedded(like="chat", rows=10), take=3, license="cc-by-nc-4.0"),
        "two": Source(files=("a.jsonl",), take=3),
    }
    written = card(tmp_path / "tiny", kind="preference", sources=sources)
    said = header(written)
    assert (said["license"], said["license_name"]) == ("other", "see-sources")
    assert "- Not for commercial use: one (cc-by-nc-4.0)." in written
    assert "- Of unknown licence, to be asked for: two." in written
    assert said["tags"] == ["reasoning", "dpo", "curate"]
    assert "language" not in said


@pytest.mark.parametrize(
    ("rows", "name"),
    [(0, "n<1K"), (999, "n<1K"), (1_000, "1K<n<10K"), (58_000, "10K<n<100K"), (10**9, "n>100M")],
)
def test_size_category(rows: int, name: str) -> None:
    assert size_category(rows) == name


def test_features_are_those_of_datasets(tmp_path: Path) -> None:
    import datasets

    rows = pl.DataFrame(
        {
            "messages": [[{"role": "a", "content": "b"}]],
            "chosen": [{"role": "a"}],
            "spans": [[[0, 1]]],
            "score": [0.5],
            "n": [1],
            "ok": [True],
            "tags": [["a"]],
        }
    )
    theirs: Any = datasets.Features.from_arrow_schema(
        rows.to_arrow(compat_level=pl.CompatLevel.oldest()).schema
    )
    expected = str(theirs._to_yaml_list()).replace("large_", "")  # pyright: ignore[reportPrivateUsage]
    assert str(features(rows.schema)) == expected


def test_text_of_a_row_cannot_break_out_of_the_card(tmp_path: Path) -> None:
    text = "````\n# Not a heading\n</details>"
    rows = frame("one", [Row((mixes.user("a"), assistant(text)))])
    mixes.write(tmp_path / "tiny", mixes.recipe(), rows)
    written = (tmp_path / "tiny" / "README.md").read_text(encoding="utf-8")
    opening = written.index("`````text\n")
    assert opening < written.index("# Not a heading") < written.index("\n`````\n")


def test_marks_by_hand() -> None:
    assert mark("abcdef", [(1, 3), (4, 6)], 100) == "a⟦bc⟧d⟦ef⟧"
    assert mark("abc", [], 100) == "abc"
    long = mark("a" * 30, [(0, 30)], 20)
    assert long == "⟦aaaaaaaaa\n… 12 characters left out …\naaaaaaaaa⟧"


def test_example_of_a_pair_has_both_sides() -> None:
    shown = example(mixes.rows("preference"), "preference", open_template(mixes.template()))
    assert shown is not None
    chosen, rejected = shown.marked(1_000)
    assert "⟦<think>\nSum.\n</think>\n\n4<|im_end|>⟧" in chosen
    assert "⟦5<|im_end|>⟧" in rejected


def test_no_example_without_rows_or_turns() -> None:
    template = open_template(mixes.template())
    assert example(mixes.rows().clear(), "conversation", template) is None
    assert example(frame("one", [Row(())]), "conversation", template) is None


@pytest.mark.parametrize("cuts", [(), (1, 2), (3,)])
def test_sample_is_the_rows_of_lowest_rank(cuts: tuple[int, ...]) -> None:
    rows = mixes.rows()
    sample = Sample(7, 3)
    places = [0, *cuts, rows.height]
    for start, end in pairwise(places):
        sample.add(rows[start:end])
    kept = sample.rows()
    assert kept is not None
    assert kept["id"].to_list() == sorted(rows["id"], key=lambda identity: rank(7, identity))[:3]
    assert kept.columns == rows.columns


def test_percentiles_by_hand() -> None:
    assert percentiles(pl.Series(range(1, 201))) == {
        "p50": 100, "p90": 180, "p95": 190, "p99": 198, "max": 200,
    }  # fmt: skip
    assert percentiles(pl.Series([7])) == dict.fromkeys(("p50", "p90", "p95", "p99", "max"), 7)
    assert percentiles(pl.Series(dtype=pl.UInt32)) == {}


def test_lengths_count_thinking_and_the_longer_side() -> None:
    conversation = Lengths("conversation")
    conversation.add(frame("one", [Row((mixes.user("abc"), assistant("<think>de</think>f")))]))
    assert conversation.percentiles()["max"] == len("abc\n\nde\n\nf")
    pair = Lengths("preference")
    pair.add(frame("one", [Row((mixes.user("abc"),), (assistant("d"),), (assistant("efg"),))]))
    assert pair.percentiles()["max"] == len("abcefg")
    assert Lengths("conversation").percentiles() == {}


@pytest.mark.parametrize(
    ("characters", "tokens", "advice"),
    [
        ({}, None, 0),
        ({"p99": 768}, None, 256),
        ({"p99": 769}, None, 512),
        ({"p99": 9}, {"p99": 257}, 512),
    ],
)
def test_advice(characters: dict[str, int], tokens: dict[str, int] | None, advice: int) -> None:
    assert advise(characters, tokens) == advice


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    """A tokenizer that cuts at white space."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    made = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.save(str(tmp_path / "tokenizer.json"))
    return tmp_path / "tokenizer.json"


def test_tokens_are_counted_where_there_is_a_tokenizer(tmp_path: Path, tokenizer: Path) -> None:
    manifest = mixes.write(tmp_path / "tiny", mixes.recipe(tokenizer=tokenizer))
    assert manifest.lengths["tokens"]["max"] > 5
    assert manifest.tokens.keys() == {"one", "two"}
    spread = manifest.tokens["one"]
    assert spread.rows == sum(spread.histogram.values()) == 3
    assert spread.tokens <= 3 * spread.lengths["max"]
    assert manifest.tokenizer is not None
    assert manifest.max_length == 256
    assert "| tokens |" in (tmp_path / "tiny" / "README.md").read_text(encoding="utf-8")


def test_sources_of_the_hub_are_named_with_their_commit(tmp_path: Path) -> None:
    commit = "0123456789abcdef" * 2 + "01234567"
    stamps = (
        SourceStamp(
            name="one",
            hub="org/data",
            revision=commit,
            license="apache-2.0",
            languages=("fr", "en"),
        ),
        SourceStamp(name="two", stamp="reasoning"),
    )
    sources = {
        "one": Source(hub="org/data", config="SFT", split="a", take=3),
        "two": Source(embedded=Embedded(like="reasoning", rows=10), take=3),
    }
    made = mixes.recipe(sources=sources)
    frames = [mixes.rows()]
    write_folder(
        tmp_path / "tiny", made, {"train": frames}, [], survey(frames), mixes.FUNNEL, stamps
    )
    written = (tmp_path / "tiny" / "README.md").read_text(encoding="utf-8")
    link = f"https://huggingface.co/datasets/org/data/tree/{commit}"
    assert f"| one | [org/data]({link}) SFT a @ `0123456789ab` | apache-2.0 |" in written
    assert header(written)["source_datasets"] == ["org/data"]
    assert header(written)["license"] == "apache-2.0"
    assert header(written)["language"] == ["en", "fr"]  # no step asks for one


@pytest.mark.parametrize("kind", ["conversation", "preference"])
def test_the_hub_and_datasets_take_the_header(tmp_path: Path, kind: Kind) -> None:
    from datasets import DatasetInfo
    from huggingface_hub import DatasetCard, DatasetCardData

    layouts = ("sft-messages", "sft-text") if kind == "conversation" else ()
    written = card(tmp_path / "tiny", kind=kind, layouts=layouts, license="mit")
    said = DatasetCard(written).data
    assert isinstance(said, DatasetCardData)
    assert said.to_dict() == header(written)
    for info in said.to_dict()["dataset_info"]:
        read = DatasetInfo._from_yaml_dict(info)  # pyright: ignore[reportPrivateUsage]
        assert read.splits is not None
        assert read.splits["train"].num_examples == 6
