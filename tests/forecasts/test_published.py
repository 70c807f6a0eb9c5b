"""Where the rows of a set are found: folders, files, splits, configurations; and what is said of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from byte_tokens import BYTES, TEMPLATE

from curate.describe import describe_all
from curate.errors import CurateError
from curate.forecasts import Forecast, forecast

ROW = {
    "messages": [
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "So."},
    ]
}


def write(file: Path, *rows: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".parquet":
        pl.DataFrame(rows).write_parquet(file)
    else:
        lines = [json.dumps(row) + "\n" for row in rows]
        file.write_text("".join(lines), encoding="utf-8")


def tell(data: Path | str, length: int = 99, **options: Any) -> Forecast:
    return forecast(data, length, tokenizer=BYTES, **options)


def rows(data: Path | str, **options: Any) -> dict[str, int]:
    return {name: account.rows for name, account in tell(data, **options).sources.items()}


def test_a_folder_is_read_as_datasets_reads_it(tmp_path: Path) -> None:
    write(tmp_path / "data/train-00000-of-00002.parquet", ROW | {"source": "a"})
    write(tmp_path / "data/train-00001-of-00002.parquet", ROW | {"source": "b"})
    write(tmp_path / "data/test-00000-of-00001.parquet", ROW | {"source": "c"})
    assert rows(tmp_path) == {"a": 1, "b": 1}
    assert rows(tmp_path, split="test") == {"c": 1}
    assert rows(tmp_path / "data/test-00000-of-00001.parquet") == {"c": 1}


def test_a_card_names_configurations(tmp_path: Path) -> None:
    write(tmp_path / "data/train.parquet", ROW)
    write(tmp_path / "pairs/train.jsonl", {"chosen": "a b", "rejected": "a c"})
    card = "---\nconfigs:\n- config_name: default\n  data_files: data/*\n- config_name: pairs\n  data_files: pairs/*\n---\n"
    (tmp_path / "README.md").write_text(card, encoding="utf-8")
    assert tell(tmp_path).trainer.name == "trl-sft"
    assert tell(tmp_path, config="pairs").trainer.name == "trl-dpo"
    with pytest.raises(CurateError) as caught:
        tell(tmp_path, config="pair")
    assert "did you mean 'pairs'?" in describe_all(caught.value)


def test_sources_are_told_by_a_column(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    write(file, *(ROW | {"source": name, "topic": "x"} for name in "aab"))
    assert rows(file) == {"a": 2, "b": 1}
    assert rows(file, by="topic") == {"x": 3}
    write(file, ROW)
    assert rows(file) == {"rows.jsonl": 1}


def test_a_folder_s_template_comes_first(tmp_path: Path) -> None:
    write(tmp_path / "rows.jsonl", ROW)
    assert tell(tmp_path).total.trained.all == len("U:Why?;A:So.;")
    loud = TEMPLATE.replace("A:", "ASSISTANT:")
    (tmp_path / "chat_template.jinja").write_text(loud, encoding="utf-8")
    assert tell(tmp_path).total.trained.all == len("U:Why?;ASSISTANT:So.;")
    plain = tell(tmp_path, template=str(BYTES.with_name("chat_template.jinja")))
    assert plain.total.trained.all == len("U:Why?;A:So.;")


WRONG: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "columns": ({"question": "a"}, {}, "this trainer cannot read such a row"),
    "pairs for sft": ({"chosen": "a", "rejected": "b"}, {"trainer": "trl-sft"}, "it has `chosen`"),
    "half a row": ({"prompt": "a"}, {}, "`prompt` needs a `completion` of its kind"),
    "variables": (ROW | {"chat_template_kwargs": "{}"}, {}, "chat_template_kwargs are text"),
    "tools": (ROW | {"tools": "{"}, {}, "tools are not JSON"),
    "template": (ROW, {"template": "none"}, "there is no template 'none'"),
    "column": (ROW, {"by": "topic"}, "the rows have no column 'topic'"),
    "setting": (ROW, {"source_length": 9}, "trl-sft has no setting source_length"),
    "tokenizer": (ROW, {"tokenizer": "nowhere"}, "there is no tokenizer at 'nowhere'"),
    "assistant": ({"text": "a"}, {"assistant_only": True}, "assistant_only_loss needs turns"),
    "tokens": ({"input_ids": [1], "labels": [1]}, {}, "the rows are token ids"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told(name: str, tmp_path: Path) -> None:
    record, options, expected = WRONG[name]
    write(tmp_path / "rows.jsonl", record)
    given: dict[str, Any] = {"tokenizer": BYTES, **options}
    with pytest.raises(CurateError) as caught:
        forecast(tmp_path / "rows.jsonl", 9, **given)
    assert expected in describe_all(caught.value)


def test_a_row_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    write(tmp_path / "rows.jsonl", ROW, ROW, {"messages": []})
    with pytest.raises(CurateError) as caught:
        tell(tmp_path / "rows.jsonl")
    assert "rows.jsonl row 3" in describe_all(caught.value)


@pytest.mark.parametrize("name", ["nowhere/at all", "", "a/b/c"])
def test_nothing_there_is_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CurateError):
        tell(name)


def test_one_of_several_mixes_is_to_be_named(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name / "data/train.parquet", ROW)
        (tmp_path / name / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(CurateError, match="is not a mix, but holds some"):
        tell(tmp_path)
    assert rows(tmp_path / "one") == {"one": 1}


def test_a_template_without_blocks_has_no_assistant(tmp_path: Path) -> None:
    write(tmp_path / "rows.jsonl", ROW)
    (tmp_path / "t.jinja").write_text("{{ messages[-1].content }};", encoding="utf-8")
    with pytest.raises(CurateError, match="marks nothing of this row as the assistant's"):
        tell(tmp_path / "rows.jsonl", template=tmp_path / "t.jinja", assistant_only=True)
