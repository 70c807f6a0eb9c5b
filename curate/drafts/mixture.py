"""The `dataset_mixture` of open-r1, and what TRL's own scripts are given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field

from curate.drafts.draft import Draft, DraftSource, named
from curate.drafts.foreign import Foreign, read, said_of
from curate.drafts.places import place, without_slice


class Part(Foreign):
    """One data set; `weight` is the share of its rows that is taken, after a shuffle."""

    id: str = Field(validation_alias=AliasChoices("id", "path"))
    config: str | None = Field(default=None, validation_alias=AliasChoices("config", "name"))
    split: str | None = None
    data_dir: str | None = None
    data_files: str | tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None
    weight: float | None = Field(default=None, ge=0)


class Mixture(Foreign):
    """Data sets put together."""

    datasets: tuple[Part, ...] = Field(min_length=1)
    seed: int | None = None
    test_split_size: float | None = Field(default=None, gt=0)


def draft(said: dict[str, Any], file: Path) -> Draft:
    """The rows of all data sets, shaped and shuffled. Raises RecipeError where it is no such file."""
    whole = said.get("dataset_mixture") or said
    if "datasets" not in whole and "dataset_name" in said:
        one = {
            "path": said["dataset_name"],
            "name": said.get("dataset_config"),
            "split": said.get("dataset_train_split"),
        }
        whole = {"datasets": [one]}
    mixture = read(Mixture, whole, file)
    columns = {name for part in mixture.datasets for name in part.columns or ()}
    seed = mixture.seed if mixture.seed is not None else said.get("seed")
    fields: dict[str, Any] = {
        "name": file.stem,
        **({"kind": "preference"} if {"chosen", "rejected"} & columns else {}),
        **({"seed": seed} if isinstance(seed, int) else {}),
        **held_out(mixture.test_split_size),
    }
    settings = [name for name in said if name not in _TAKEN and said is not whole]
    settings += [name for name in mixture.strangers if name not in _TAKEN]
    lost = said_of(settings, "settings of the trainer")
    length = next((said[name] for name in ("max_length", "max_seq_length") if name in said), None)
    if length:
        lost += (window(length, said.get("model_name_or_path")),)
    about = (
        f"Drafted from {file.name}, a mixture for TRL. Rows are drawn and shuffled by seed and row here: not the "
        "same ones in the same order."
    )
    sources = named(_source(part, file) for part in mixture.datasets)
    return Draft(about, fields, sources, ("tidy_text", "no_empty_turns", "role_order"), lost)


_TAKEN = (
    "dataset_mixture",
    "datasets",
    "dataset_name",
    "dataset_config",
    "dataset_train_split",
    "seed",
)


def held_out(size: float | None) -> dict[str, Any]:
    """A test split of so many rows, or of a share below 1."""
    if not size:
        return {}
    return {"held_out": {"share": size} if size < 1 else {"rows": int(size)}}


def window(length: Any, model: Any) -> str:
    """What to do so that no row is longer than a trainer's window."""
    tokenizer = f"tokenizer: {model}" if model else "tokenizer: MODEL"
    return f"the window of {length} tokens: add `{tokenizer}` and the step `fits: {length}`"


def _source(part: Part, file: Path) -> tuple[str, DraftSource]:
    files = [part.data_files] if isinstance(part.data_files, str) else list(part.data_files or ())
    if part.data_dir and not files:
        files = [f"{part.data_dir.rstrip('/')}/*"]
    split, sliced = without_slice(part.split)
    name, fields = place(part.id, file, part.config, split, files)
    remarks: list[str] = []
    lost = [*sliced, *said_of(part.strangers, "fields without a counterpart")]
    fields["take"] = "all"
    if part.weight is not None and 0 < part.weight < 1:
        fields["steps"] = [{"hashed_share": {"of": "prompt", "below": part.weight}}]
        remarks.append(f"weight {part.weight:g}: about that part of its prompts, told by a hash")
    elif part.weight not in (None, 1):
        lost.append(f"weight {part.weight:g}: say with `take` how many rows it is to give")
    return name, DraftSource(fields, tuple(remarks), tuple(lost))
