"""What is published trains: the demo mixes, one after the other, on a tiny model."""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="TRL is in the environment of `make test-train`")

import tiny
import trl_rows
from conftest import texts_of
from datasets import Dataset, load_dataset
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

from curate.forecasts.trainers import TrlDpo, TrlSft

LENGTH = 384
STEPS = 24
_PACE: dict[str, Any] = {
    "max_length": LENGTH,
    "max_steps": STEPS,
    "per_device_train_batch_size": 4,
    "logging_steps": 1,
    "save_strategy": "no",
    "gradient_checkpointing": False,
    "disable_tqdm": True,
}


def published(folder: Path) -> Dataset:
    """A mix as its readers load it, its rows numbered."""
    rows = load_dataset(str(folder), split="train", cache_dir=str(folder.parent / "cache"))
    return rows.add_column("row", list(range(len(rows))))


def losses(trainer: Any, name: str = "loss") -> tuple[float, float]:
    """The mean of the first and of the last five steps."""
    logged = [step[name] for step in trainer.state.log_history if name in step]
    assert len(logged) == STEPS
    return sum(logged[:5]) / 5, sum(logged[-5:]) / 5


def test_the_demo_mixes_train(demo: list[Path], tmp_path: Path) -> None:
    mixes = [published(folder) for folder in demo]
    tokens = tiny.make_tokenizer(texts_of(mixes[0].to_list() + mixes[1].to_list()), tmp_path)
    template = demo[0] / "chat_template.jinja"
    tokenizer = tiny.open_tokenizer(tokens, template)
    model = tiny.make_model(tokenizer)

    for mix, pace in zip(mixes[:2], (1e-2, 1e-2), strict=True):
        settings = trl_rows.config(
            SFTConfig, tmp_path, **_PACE, learning_rate=pace, assistant_only_loss=True
        )
        trainer = SFTTrainer(model, settings, train_dataset=mix, processing_class=tokenizer)
        told = trl_rows.foretell(
            mix.to_list(), TrlSft(LENGTH, assistant_only=True), tokens, template
        )
        assert trl_rows.kept_by(trainer) == told, "masks and cuts are TRL's, in every row"
        trainer.train()
        first, last = losses(trainer)
        assert last < first - 0.3, (first, last)

    settings = trl_rows.config(DPOConfig, tmp_path, **_PACE, learning_rate=1e-3)
    frozen = tiny.make_model(tokenizer)
    frozen.load_state_dict(model.state_dict())
    trainer = DPOTrainer(
        model, frozen, settings, train_dataset=mixes[2], processing_class=tokenizer
    )
    left_out = TrlDpo(LENGTH)
    told = trl_rows.foretell(mixes[2].to_list(), left_out, tokens, template)
    assert [row["row"] for row in trainer.train_dataset] == sorted(told)
    trainer.train()
    first, last = losses(trainer)
    assert last < first - 0.1, (first, last)
    assert losses(trainer, "rewards/margins")[1] > 0.1
