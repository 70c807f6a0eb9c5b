"""The forecast beside TRL, which finds out what it cuts by preparing the rows: CPU time, in turns.

OMP_NUM_THREADS=1 .venv-train/bin/python benchmarks/forecast/run.py FOLDER --tokenizer DIR --rows 6000

FOLDER is a finished mix of conversations; DIR also holds a tokenizer_config.json. Both must leave out the same number of rows.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import argparse
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

LENGTH = 1024


def main() -> None:
    """Read the command line, and print the seconds of each."""
    import polars as pl
    from datasets import Dataset, disable_progress_bars
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    from trl import SFTConfig, SFTTrainer

    from curate import forecast

    parser = argparse.ArgumentParser(description="Time the forecast beside TRL.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=6_000)
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    disable_progress_bars()
    template = asked.folder / "chat_template.jinja"
    rows = pl.scan_parquet(asked.folder / "data" / "train-*.parquet").head(asked.rows).collect()
    tokenizer: Any = PreTrainedTokenizerFast.from_pretrained(str(asked.tokenizer))
    tokenizer.chat_template = template.read_text(encoding="utf-8")
    size = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    model = LlamaForCausalLM(
        LlamaConfig(vocab_size=len(tokenizer), num_attention_heads=2, num_key_value_heads=2, **size)
    )
    print({name: version(name) for name in ("trl", "transformers", "tokenizers", "polars")})
    with tempfile.TemporaryDirectory() as place:
        rows.write_parquet(f"{place}/train.parquet")
        for turn in range(asked.turns):
            begun = time.process_time()
            told = forecast(place, LENGTH, tokenizer=asked.tokenizer, template=template).total
            ours = time.process_time() - begun
            settings: dict[str, Any] = {"output_dir": place, "report_to": "none", "use_cpu": True}
            data = Dataset.from_list([*rows.to_dicts(), rows.row(turn, named=True)])  # no cache
            begun = time.process_time()
            made: Any = SFTTrainer(
                model,
                SFTConfig(**settings, bf16=False, max_length=LENGTH),
                train_dataset=data.select(range(len(rows))),
                processing_class=tokenizer,
            )
            theirs = time.process_time() - begun
            assert len(made.train_dataset) == told.rows - told.left_out
            print(f"forecast {ours:6.2f} s   TRL {theirs:6.2f} s   {theirs / ours:.1f} times")


if __name__ == "__main__":
    main()
