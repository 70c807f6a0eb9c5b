"""The trainer's configuration in a folder: by layout, with a length that is known to be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mixes
import polars as pl
import pytest
import yaml

from curate.output.reading import read_rows
from curate.output.trainer import VERB
from curate.recipe.model import LAYOUTS, PlainLayout, Publish, Tokens
from curate.rows import Kind
from curate.step import TemplateUse
from curate.steps.fits import Fits

BYTES = Path(__file__).parents[1] / "data" / "bytes.json"
NO_BLOCKS = Path(__file__).parents[1] / "data" / "no_blocks.jinja"


def told(
    folder: Path, kind: Kind, *layouts: PlainLayout | Tokens, name: str = "trl.yaml", **more: Any
) -> dict[str, Any]:
    mixes.write(folder, mixes.recipe(kind, *layouts, **more))
    return yaml.safe_load((folder / name).read_text(encoding="utf-8"))


COMMON: dict[str, Any] = {"dataset_name": "../tiny", "dataset_train_split": "train"}
TEMPLATE: dict[str, Any] = {"chat_template_path": "chat_template.jinja"}


@pytest.mark.parametrize(
    ("kind", "layout", "more"),
    [
        ("conversation", "sft-prompt-completion", {**TEMPLATE, "completion_only_loss": True}),
        ("conversation", "sft-messages", {**TEMPLATE, "assistant_only_loss": True}),
        ("conversation", "sft-text", {"dataset_text_field": "text"}),
        ("preference", "dpo-explicit", {}),
        ("preference", "dpo-implicit", {}),
    ],
)
def test_plain_layouts(
    tmp_path: Path, kind: Kind, layout: PlainLayout, more: dict[str, Any]
) -> None:
    steps = (Fits(max_length=512),)
    found = told(tmp_path / "tiny", kind, layout, steps=steps, tokenizer=BYTES)
    assert found == {**COMMON, "max_length": 512, **more}
    text = (tmp_path / "tiny" / "trl.yaml").read_text(encoding="utf-8")
    card = (tmp_path / "tiny" / "README.md").read_text(encoding="utf-8")
    assert "Train with `max_length=512` or more" in card
    verb = "sft" if kind == "conversation" else "dpo"
    assert text.startswith(f"# trl {verb} --config trl.yaml --model_name_or_path MODEL ")
    assert "max_length: 512  # step fits leaves no row that is longer\n" in text


def test_every_layout_trl_reads_is_told_of() -> None:
    every = {layout for layouts in LAYOUTS.values() for layout in layouts}
    assert every - VERB.keys() == {"dpo-message", "upstream"}


def test_a_layout_trl_does_not_read_has_none(tmp_path: Path) -> None:
    mixes.write(tmp_path / "tiny", mixes.recipe("preference", "dpo-message", "dpo-explicit"))
    assert not (tmp_path / "tiny" / "trl.yaml").exists()
    assert (tmp_path / "tiny" / "trl-dpo-explicit.yaml").exists()


@pytest.mark.parametrize(
    ("tokenizer", "how"),
    [(BYTES, "counted on every row"), (None, "guessed from characters, for want of a tokenizer")],
)
def test_without_fits_the_length_is_the_cards(
    tmp_path: Path, tokenizer: Path | None, how: str
) -> None:
    manifest = mixes.write(tmp_path / "tiny", mixes.recipe(tokenizer=tokenizer))
    text = (tmp_path / "tiny" / "trl.yaml").read_text(encoding="utf-8")
    told = f"max_length: {manifest.max_length}  # 99% of the rows have no more tokens, {how}\n"
    assert told in text


def test_a_template_without_blocks_trains_all(tmp_path: Path) -> None:
    use = TemplateUse(NO_BLOCKS)
    found = told(tmp_path / "tiny", "conversation", "sft-messages", template=use)
    assert found["assistant_only_loss"] is False


def test_token_layouts(tmp_path: Path) -> None:
    found = told(tmp_path / "a" / "tiny", "conversation", Tokens(), tokenizer=BYTES)
    longest = read_rows(tmp_path / "a" / "tiny").select(pl.col("input_ids").list.len().max())
    assert found == {**COMMON, "max_length": longest.collect().item()}
    card = (tmp_path / "a" / "tiny" / "README.md").read_text(encoding="utf-8")
    assert f"Train with `max_length={found['max_length']}` or more" in card
    packed = Tokens(max_length=300, packing="first_fit_decreasing")
    found = told(
        tmp_path / "b", "conversation", "sft-text", packed, tokenizer=BYTES, name="trl-tokens.yaml"
    )
    assert found == {
        **COMMON,
        "dataset_config": "tokens",
        "max_length": None,
        "packing": False,
        "padding_free": True,
    }


def test_a_mix_that_is_published_may_be_trained_from_there(tmp_path: Path) -> None:
    mixes.write(tmp_path / "tiny", mixes.recipe(publish=Publish(to="org/tiny")))
    text = (tmp_path / "tiny" / "trl.yaml").read_text(encoding="utf-8")
    assert (
        "dataset_name: ../tiny  # this folder, in which trl is run, or org/tiny once it is published\n"
        in text
    )
