"""The reference mixes made the reference's way, to compare with: what a client process is given to run.

First rows in streaming order, columns dropped and renamed, three columns of provenance, chunks put one after
the other, one shuffle with seed 42.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (datasets tells no types)

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from stand_ins import DELTAS, SMOLTALK2


class Part(NamedTuple):
    """One entry of a reference mix."""

    name: str
    subset: str | None
    split: str
    entries: int
    drop: tuple[str, ...] = ()
    rename: tuple[tuple[str, str], ...] = ()


_KWARGS = ("chat_template_kwargs",)

STAGES: dict[str, tuple[Part, ...]] = {
    "stage-1": (
        Part(SMOLTALK2, "SFT", "smoltalk_smollm3_smol_magpie_ultra_no_think", 33_500),
        Part(SMOLTALK2, "SFT", "smoltalk_smollm3_smol_summarize_no_think", 7_500),
        Part(SMOLTALK2, "SFT", "smoltalk_smollm3_smol_rewrite_no_think", 7_500),
        Part(SMOLTALK2, "SFT", "smoltalk_smollm3_systemchats_30k_no_think", 2_500),
        Part(SMOLTALK2, "SFT", "smoltalk_smollm3_explore_instruct_rewriting_no_think", 2_500),
        Part(SMOLTALK2, "SFT", "tulu_3_sft_personas_instruction_following_no_think", 2_500),
        Part(SMOLTALK2, "SFT", "smoltalk_smollm3_everyday_conversations_no_think", 2_000),
    ),
    "stage-2": (
        Part(SMOLTALK2, "Mid", "Llama_Nemotron_Post_Training_Dataset_reasoning_r1", 40_200, _KWARGS),
        Part(SMOLTALK2, "Mid", "OpenThoughts3_1.2M", 20_000, _KWARGS),
        Part(SMOLTALK2, "SFT", "multi_turn_reasoning_if_think", 10_000, _KWARGS),
        Part(SMOLTALK2, "SFT", "aya_dataset_Qwen3_32B_think", 5_000, _KWARGS),
        Part(SMOLTALK2, "SFT", "smoltalk_everyday_convs_reasoning_Qwen3_32B_think", 2_000, _KWARGS),
        Part(SMOLTALK2, "SFT", "s1k_1.1_think", 800, _KWARGS),
    ),
    "stage-3": (
        Part(DELTAS, None, "train", 50_000, ("prompt", "category", "prompt_id"), (("dataset", "source"),)),
    ),
}  # fmt: skip


def collect(parts: tuple[Part, ...], scale: int, chunk: int, folder: Path) -> list[dict[str, Any]]:
    """The mix of these entries, each `scale` times as small, gathered in chunks of so many rows."""
    from datasets import Dataset, concatenate_datasets, load_dataset

    rows: list[dict[str, Any]] = []
    for part in parts:
        streamed: Any = load_dataset(part.name, part.subset, split=part.split, streaming=True)
        for found in islice(streamed, part.entries // scale):
            row = {name: value for name, value in found.items() if name not in part.drop}
            for old, new in part.rename:
                if old in row and new not in row:
                    row[new] = row.pop(old)
            provenance = {
                "_source_dataset": part.name,
                "_source_subset": part.subset,
                "_source_split": part.split,
            }
            rows.append(row | provenance)
    files: list[str] = []
    for start in range(0, len(rows), chunk):
        files.append(str(folder / f"chunk-{start}.parquet"))
        Dataset.from_list(rows[start : start + chunk]).to_parquet(files[-1])
    chunks = [Dataset.from_parquet(file, cache_dir=str(folder)) for file in files]
    return concatenate_datasets(chunks).shuffle(seed=42).to_list()
