"""The forecast says, row by row and token by token, what TRL 1.16 keeps of 200 real rows."""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="TRL is in the environment of `make test-train`")

import polars as pl
import trl_rows

from curate import shipped
from curate.forecasts import forecast
from curate.forecasts.account import Account
from curate.forecasts.trainers import Trainer, TrlDpo, TrlSft

Rows = tuple[str, list[dict[str, Any]], Path]


def as_messages(record: dict[str, Any]) -> dict[str, Any]:
    return {"messages": record["prompt"] + record["completion"]}


def as_text(record: dict[str, Any]) -> dict[str, Any]:
    (text,) = (turn["content"] for turn in record["completion"])
    return {"text": text}


def as_texts(record: dict[str, Any]) -> dict[str, Any]:
    sides = [name for name in ("completion", "chosen", "rejected") if name in record]
    prompt = "\n".join(turn["content"] for turn in record["prompt"]) + "\n"
    return {"prompt": prompt} | {name: record[name][0]["content"] for name in sides}


def as_whole_sides(record: dict[str, Any]) -> dict[str, Any]:
    return {side: record["prompt"] + record[side] for side in ("chosen", "rejected")}


def as_whole_texts(record: dict[str, Any]) -> dict[str, Any]:
    texts = as_texts(record)
    return {side: texts["prompt"] + texts[side] for side in ("chosen", "rejected")}


def as_it_is(record: dict[str, Any]) -> dict[str, Any]:
    return record


OURS, CHATML, TRLM = "human_assistant", "chatml_think", "trlm-stage-2"
CASES = [
    ("conversation", as_it_is, OURS, TrlSft(700)),
    ("conversation", as_it_is, CHATML, TrlSft(700, assistant_only=True)),
    ("conversation", as_it_is, TRLM, TrlSft(700, keep_end=True)),
    ("conversation", as_it_is, TRLM, TrlSft(160)),
    ("conversation", as_messages, CHATML, TrlSft(700)),
    ("conversation", as_messages, OURS, TrlSft(400, assistant_only=True)),
    ("conversation", as_text, OURS, TrlSft(400)),
    ("conversation", as_texts, OURS, TrlSft(400)),
    ("preference", as_it_is, OURS, TrlDpo(1400)),
    ("preference", as_it_is, TRLM, TrlDpo(700)),
    ("preference", as_it_is, CHATML, TrlDpo(900, keep_end=True)),
    ("preference", as_whole_sides, CHATML, TrlDpo(1100)),
    ("preference", as_texts, OURS, TrlDpo(500)),
    ("preference", as_whole_texts, OURS, TrlDpo(900)),
]


def ids(case: tuple[str, Any, str, Trainer]) -> str:
    kind, form, template, trainer = case
    return f"{kind}-{form.__name__}-{template}-{trainer.about}"


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_it_is_what_trl_keeps(rows: Rows, case: tuple[str, Any, str, Any], tmp_path: Path) -> None:
    kind, records, tokens = rows
    if kind != case[0]:
        pytest.skip("rows of another kind")
    _, form, name, trainer = case
    template = shipped.templates()[name]
    given = [form(record) for record in records]
    kept = trl_rows.keep(given, trainer, tokens, template)
    told = trl_rows.foretell(given, trainer, tokens, template)
    assert kept.keys() == told.keys()
    differing = [row for row in kept if kept[row] != told[row]]
    assert not differing
    whole = trl_rows.foretell(given, trainer.__class__(1 << 20), tokens, template)
    cut = sum(whole[row] != told.get(row) for row in whole)
    assert cut > 20, "nothing was cut, so nothing was shown"
    alike = sum(
        len(kept[row]) == 2 and kept[row][0] == kept[row][1] and whole[row][0] != whole[row][1]
        for row in kept
    )
    pl.DataFrame(given).write_parquet(tmp_path / "train.parquet")
    total = _total(tmp_path, trainer, tokens, template)
    assert total.rows == len(given)
    assert total.left_out == len(given) - len(kept)
    assert total.identical == alike
    assert total.trained.kept == sum(
        label != -100 for sides in kept.values() for _, labels in sides for label in labels
    )


def _total(data: Path, trainer: Any, tokens: Path, template: Path) -> Account:
    """What `curate.forecast` tells of all rows."""
    options: dict[str, Any] = {"assistant_only": True} if _asks_template(trainer) else {}
    return forecast(
        data,
        trainer.max_length,
        trainer=trainer.name,
        tokenizer=tokens,
        template=template,
        keep_end=trainer.keep_end,
        **options,
    ).total


def _asks_template(trainer: Any) -> bool:
    return isinstance(trainer, TrlSft) and trainer.assistant_only
