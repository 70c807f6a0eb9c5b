"""What TRL keeps of rows, and what the forecast says it does, as ids and labels."""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

from pathlib import Path
from typing import Any

import tiny

from curate.forecasts.cutting import Cut, cut
from curate.forecasts.forecasting import reader_of
from curate.forecasts.ruler import Ruler
from curate.forecasts.trainers import Trainer, TrlDpo, TrlSft

Kept = dict[int, list[tuple[list[int], list[int]]]]
"""By the row's number, for each of its texts: ids, and labels with -100 for what is not trained."""

_SETTINGS: dict[str, Any] = {"report_to": "none", "use_cpu": True, "bf16": False, "seed": 0}


def config(kind: Any, folder: Path, **settings: Any) -> Any:
    """A trainer's configuration, otherwise TRL's own."""
    return kind(output_dir=str(folder), **_SETTINGS, **settings)


def keep(records: list[dict[str, Any]], trainer: Trainer, tokens: Path, template: Path) -> Kept:
    """What TRL keeps."""
    assert isinstance(trainer, TrlSft | TrlDpo)
    settings: dict[str, Any] = {
        "max_length": trainer.max_length,
        "truncation_mode": "keep_end" if trainer.keep_end else "keep_start",
    }
    numbered = [record | {"row": row} for row, record in enumerate(records)]
    tokenizer = tiny.open_tokenizer(tokens, template)
    if isinstance(trainer, TrlSft):
        settings["assistant_only_loss"] = trainer.assistant_only
        return _sft(numbered, tokenizer, tokens, settings)
    return _dpo(numbered, tokenizer, tokens, settings)


def _sft(records: list[dict[str, Any]], tokenizer: Any, folder: Path, settings: Any) -> Kept:
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    made = SFTTrainer(
        tiny.make_model(tokenizer, 16),
        config(SFTConfig, folder, **settings),
        train_dataset=Dataset.from_list(records),
        processing_class=tokenizer,
    )
    return kept_by(made)


def kept_by(trainer: Any) -> Kept:
    """What an SFTTrainer has prepared."""
    return {row["row"]: [(row["input_ids"], row["labels"])] for row in trainer.train_dataset}


def _dpo(records: list[dict[str, Any]], tokenizer: Any, folder: Path, settings: Any) -> Kept:
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    made = DPOTrainer(
        tiny.make_model(tokenizer, 16),
        tiny.make_model(tokenizer, 16),
        config(DPOConfig, folder, **settings),
        train_dataset=Dataset.from_list(records),
        processing_class=tokenizer,
    )
    kept: Kept = {}
    for row in made.train_dataset:
        batch = made.data_collator([row])
        kept[row["row"]] = [
            _masked(
                *(batch[name][side] for name in ("input_ids", "attention_mask", "completion_mask"))
            )
            for side in (0, 1)
        ]
    return kept


def _masked(ids: Any, attention: Any, completion: Any) -> tuple[list[int], list[int]]:
    length = int(attention.sum())
    whole, trained = ids[:length].tolist(), completion[:length].tolist()
    return whole, [token if is_in else -100 for token, is_in in zip(whole, trained, strict=True)]


def foretell(records: list[dict[str, Any]], trainer: Trainer, tokens: Path, template: Path) -> Kept:
    """What the forecast says."""
    ruler = Ruler(tokens / "tokenizer.json")
    reader = reader_of(template, ruler.tokenizer)
    rows = cut([trainer.passages(record, reader) for record in records], trainer, ruler)
    return {
        number: [_labelled(cut) for cut in row.cuts]
        for number, row in enumerate(rows)
        if not row.is_left_out
    }


def _labelled(cut: Cut) -> tuple[list[int], list[int]]:
    ids = cut.tokens.ids.tolist()
    labels = [-100] * len(ids)
    for part in cut.trained:
        labels[part.start : part.stop] = ids[part.start : part.stop]
    return ids[cut.kept.start : cut.kept.stop], labels[cut.kept.start : cut.kept.stop]
