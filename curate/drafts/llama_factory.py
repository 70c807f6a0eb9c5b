"""LLaMA-Factory's `dataset_info.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from curate.drafts.draft import Draft, DraftSource, named
from curate.drafts.foreign import Foreign, read, said_of
from curate.drafts.places import is_data, place, without_slice


class Tags(Foreign):
    """The words within one turn."""

    role_tag: str = "from"
    content_tag: str = "value"
    user_tag: str = "human"
    assistant_tag: str = "gpt"
    observation_tag: str | None = None
    function_tag: str | None = None
    system_tag: str | None = None


class Entry(Foreign):
    """One data set, where it stands, and the columns of its records."""

    hf_hub_url: str | None = None
    file_name: str | None = None
    formatting: str = "alpaca"
    ranking: bool = False
    subset: str | None = None
    split: str | None = None
    folder: str | None = None
    num_samples: int | None = None
    columns: dict[str, str | None] = Field(default_factory=dict)
    tags: Tags = Field(default_factory=Tags)
    file_sha1: str | None = None


PLACES = ("hf_hub_url", "file_name", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name")
"""The fields one of which every entry has."""

_COLUMNS = {
    "alpaca": {
        "prompt": "instruction",
        "query": "input",
        "response": "output",
        "history": "history",
        "system": "system",
        "tools": "tools",
    },
    "sharegpt": {"messages": "conversations", "system": "system", "tools": "tools"},
    "pair": {"messages": "prompt", "prompt": "prompt", "query": "input", "chosen": "chosen", "rejected": "rejected"},
}  # fmt: skip
"""By layout, the part of a shape that a column of theirs is."""
_MEDIA = ("images", "videos", "audios", "kto_tag")


def draft(said: dict[str, Any], file: Path) -> Draft:
    """All data sets of one kind, shaped. Raises RecipeError where it is no such file."""
    entries = {name: read(Entry, one, file) for name, one in said.items()}
    usable = {name: entry for name, entry in entries.items() if not _unusable(entry)}
    lost = [f"{name}: {why}" for name, entry in entries.items() if (why := _unusable(entry))]
    is_ranking = bool(usable) and all(entry.ranking for entry in usable.values())
    kept = {name: entry for name, entry in usable.items() if entry.ranking == is_ranking}
    lost += [
        f"{name}: preference pairs, for which a recipe of `kind: preference` is"
        for name in usable.keys() - kept.keys()
    ]
    fields = {"name": file.parent.resolve().name} | ({"kind": "preference"} if is_ranking else {})
    about = (
        f"Drafted from {file.name} of LLaMA-Factory: every data set it describes. Leave out those the training "
        "does not name."
    )
    sources = named((name, _source(entry, file)) for name, entry in kept.items())
    return Draft(
        about, fields, sources, ("tidy_text", "no_empty_turns", "role_order"), tuple(sorted(lost))
    )


def _unusable(entry: Entry) -> str | None:
    """Why a data set cannot be a source; None where it can."""
    if media := [name for name in _MEDIA if entry.columns.get(name)]:
        return f"{', '.join(media)} are not for text alone"
    if entry.hf_hub_url or (entry.file_name and is_data(entry.file_name)):
        return None
    where = next(
        (name for name in PLACES if name in entry.strangers or getattr(entry, name, None)), None
    )
    return f"{where} is not read" if where else "it does not say where its records stand"


def _source(entry: Entry, file: Path) -> DraftSource:
    files = [f"{entry.folder}/*"] if entry.folder else []
    path = entry.hf_hub_url or entry.file_name or ""
    split, sliced = without_slice(entry.split)
    _, fields = place(path, file, entry.subset, split, files)
    lost = [*sliced, *said_of(entry.strangers, "fields without a counterpart")]
    shape, columns = _layout(entry)
    fields |= {"shape": shape} | ({"columns": columns} if columns else {})
    fields["take"] = entry.num_samples or "all"
    return DraftSource(fields, lost=tuple(lost))


def _layout(entry: Entry) -> tuple[str, dict[str, str]]:
    if entry.ranking:
        return "pair", _parts(entry, "pair")
    if entry.formatting == "alpaca":
        return "instruction", _parts(entry, "alpaca")
    columns, tags = _parts(entry, "sharegpt"), entry.tags
    shape = "sharegpt" if (tags.role_tag, tags.content_tag) == ("from", "value") else "messages"
    if entry.formatting == "openai":
        shape, tags = (
            "messages",
            Tags(
                role_tag="role", content_tag="content", user_tag="user", assistant_tag="assistant"
            ),
        )
    if shape == "messages":
        column = columns.pop(
            "conversations", "conversations" if entry.formatting == "sharegpt" else None
        )
        columns |= {"messages": column} if column and column != "messages" else {}
    words = {"role": tags.role_tag, "content": tags.content_tag} if shape == "messages" else {}
    words |= {"user": tags.user_tag, "assistant": tags.assistant_tag}
    usual = {"user": ("user", "human"), "assistant": ("assistant", "gpt")}
    return shape, columns | {
        part: word for part, word in words.items() if word not in usual.get(part, (part,))
    }


def _parts(entry: Entry, layout: str) -> dict[str, str]:
    told = {_COLUMNS[layout].get(name): column for name, column in entry.columns.items() if column}
    return {part: column for part, column in told.items() if part and part != column}
