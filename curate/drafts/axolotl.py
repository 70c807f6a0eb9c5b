"""The configuration of axolotl."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from curate.drafts.draft import Draft, DraftSource, named
from curate.drafts.foreign import Foreign, read, said_of
from curate.drafts.mixture import held_out, window
from curate.drafts.places import place, without_slice


class Entry(Foreign):
    """One data set, and how its records are to be read."""

    path: str
    name: str | None = None
    split: str | None = None
    revision: str | None = None
    type: str | dict[str, Any] | None = None
    data_files: str | tuple[str, ...] | None = None
    ds_type: str | None = None
    field_messages: str | None = None
    field_system: str | None = None
    field_tools: str | None = None
    message_property_mappings: dict[str, str] | None = None
    message_field_role: str | None = None
    message_field_content: str | None = None
    roles: dict[str, tuple[str, ...]] | None = None
    roles_to_train: Any = None
    train_on_eos: Any = None
    trust_remote_code: Any = None


class Config(Foreign):
    """Data sets put together, and what else decides the mix."""

    datasets: tuple[Entry, ...] = Field(min_length=1)
    rl: str | None = None
    seed: int | None = None
    val_set_size: float | None = Field(default=None, ge=0)
    sequence_len: int | None = None
    base_model: str | None = None


SHAPES: dict[str, str] = {
    "chat_template": "messages",
    "sharegpt": "sharegpt",
    "alpaca": "instruction",
    "alpaca_chat": "instruction",
    "instruct": "instruction",
    "input_output": "auto",
}
"""The shape of what axolotl's types read, by the word before the first dot."""

_DICT_PARTS = {
    "field_instruction": "instruction",
    "field_input": "input",
    "field_output": "output",
    "field_system": "system",
}


def draft(said: dict[str, Any], file: Path) -> Draft:
    """The rows of all data sets, shaped. Raises RecipeError where it is no such file."""
    config = read(Config, said, file)
    fields: dict[str, Any] = {
        "name": file.stem,
        **({"kind": "preference"} if config.rl else {}),
        **({"seed": config.seed} if config.seed is not None else {}),
        **held_out(config.val_set_size),
    }
    lost = said_of(config.strangers, "settings of the trainer")
    if config.sequence_len:
        lost += (window(config.sequence_len, config.base_model),)
    if config.rl not in (None, "dpo", "ipo", "orpo", "simpo"):
        lost += (f"rl: {config.rl} is not trained on pairs; see which shape its data has",)
    about = f"Drafted from {file.name}, a configuration of axolotl. Rows are drawn and shuffled by seed and row."
    sources = named(_source(entry, file, config.rl) for entry in config.datasets)
    return Draft(about, fields, sources, ("tidy_text", "no_empty_turns", "role_order"), lost)


def _source(entry: Entry, file: Path, rl: str | None) -> tuple[str, DraftSource]:
    files = (
        [entry.data_files] if isinstance(entry.data_files, str) else list(entry.data_files or ())
    )
    split, sliced = without_slice(entry.split)
    name, fields = place(entry.path, file, entry.name, split, files)
    if entry.revision and "hub" in fields:
        fields["revision"] = entry.revision
    lost = [*sliced, *said_of(entry.strangers, "fields without a counterpart")]
    shape, columns = ("auto", {}) if rl else _layout(entry, lost)
    if shape != "auto":
        fields["shape"] = shape
    if columns:
        fields["columns"] = columns
    fields["take"] = "all"
    if entry.roles_to_train or entry.train_on_eos:
        lost.append("which turns are trained: the template says it here")
    return name, DraftSource(fields, lost=tuple(lost))


def _layout(entry: Entry, lost: list[str]) -> tuple[str, dict[str, str]]:
    """The shape and the columns of a data set; notes in `lost` a type without counterpart."""
    if isinstance(entry.type, dict):
        told = entry.type
        lost += [
            f"type.{name}: prompts are written by the chat template"
            for name in told
            if "format" in name
        ]
        columns = {part: str(told[name]) for name, part in _DICT_PARTS.items() if told.get(name)}
        return "instruction", columns
    word = (entry.type or "").partition(".")[0]
    shape = SHAPES.get(word, "auto")
    if entry.type and word not in SHAPES:
        lost.append(
            f"type {entry.type}: the shape is recognised from the columns, or is to be named"
        )
    if shape not in ("messages", "sharegpt"):
        return shape, {}
    mapping = entry.message_property_mappings or {}
    words = {
        "role": mapping.get("role") or entry.message_field_role,
        "content": mapping.get("content") or entry.message_field_content,
        **_roles(entry.roles or {}, lost),
    }
    if words["role"] == "from" and words["content"] == "value":
        shape = "sharegpt"
        del words["role"], words["content"]
    part = "messages" if shape == "messages" else "conversations"
    columns = {
        part: entry.field_messages,
        **words,
        "system": entry.field_system,
        "tools": entry.field_tools,
    }
    return shape, {name: column for name, column in columns.items() if column and column != name}


def _roles(roles: dict[str, tuple[str, ...]], lost: list[str]) -> dict[str, str]:
    """The words for user and assistant; several words for one role are known to the shapes or not."""
    lost += [
        f"roles.{role}: {', '.join(words)}; of these the first is read as one"
        for role, words in roles.items()
        if len(words) > 1 and not set(words) <= _KNOWN
    ]
    told = {
        role: words[0] for role, words in roles.items() if role in ("user", "assistant") and words
    }
    return {role: word for role, word in told.items() if word not in _KNOWN}


_KNOWN = frozenset({"user", "human", "assistant", "gpt", "model", "bot", "system", "tool"})
"""Words for roles that the shapes know."""
