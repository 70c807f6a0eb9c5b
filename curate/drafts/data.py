"""A first recipe for data, from what stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from curate.drafts.draft import Draft, DraftSource, named
from curate.drafts.looking import Look, look_at
from curate.drafts.places import found_endings
from curate.errors import Problem, SourceError
from curate.sources.hub.repository import Hub
from curate.sources.hub.splits import list_splits
from curate.spelling import did_you_mean

TAKE = 1_000
"""Rows asked of a split on the Hub: all of it may be more than anybody wants to fetch."""
_HELD_BACK = re.compile(r"(?:^|[._-])(test|valid|validation|val|dev|eval)(?:$|[._-])")
"""Names of splits that are not to be trained on."""


def draft_files(path: Path, hub: Hub) -> Draft:
    """A recipe for a file or the files of a folder. Raises SourceError where they cannot be read."""
    fields: dict[str, Any] = {"files": [str(path.absolute())]}
    card = path.with_name("README.md")
    if path.is_dir():
        card = path / "README.md"
        patterns = [f"*{ending}" for ending in found_endings(path)]
        if not patterns:
            raise SourceError(Problem(f"there is no data in the folder {path}"))
        fields = {"root": str(path.absolute()), "files": patterns}
    if licence := _licence(card):
        fields["license"] = licence
    name = path.absolute().name.partition(".")[0]
    return _draft(f"Drafted from {path.name}.", name, {name: fields}, hub)


def draft_repository(name: str, config: str | None, hub: Hub) -> Draft:
    """A recipe for a data set of the Hub: the splits of one configuration that are to be trained on.

    Raises SourceError or RemoteError where it cannot be read.
    """
    repository = hub.repository(name, "main")
    configs = list_splits(repository)
    chosen = config or ("default" if "default" in configs else next(iter(configs)))
    if chosen not in configs:
        raise SourceError(
            Problem(
                f"{name} has no configuration `{chosen}`",
                hint=did_you_mean(chosen, configs),
                help=f"its configurations: {', '.join(configs)}",
            )
        )
    splits = [split for split in configs[chosen] if not _HELD_BACK.search(split)]
    short = name.rpartition("/")[2]
    places = {
        split if len(splits) > 1 else short: {
            "hub": name,
            **({"config": chosen} if len(configs) > 1 else {}),
            **({"split": split} if splits != ["train"] else {}),
        }
        for split in splits
    }
    told = f"Drafted from {name}, commit {repository.commit[:12]}, licence {repository.license or 'not said'}."
    if left := [split for split in configs[chosen] if split not in splits]:
        told += f" Left out: {', '.join(left)}."
    if others := [other for other in configs if other != chosen]:
        told += f" Other configurations (--config NAME): {', '.join(others)}."
    return _draft(told, short, places, hub)


def _draft(about: str, name: str, places: dict[str, dict[str, Any]], hub: Hub) -> Draft:
    looks = {wished: look_at(fields, hub) for wished, fields in places.items()}
    kinds = {look.kind for look in looks.values() if look.kind}
    kind = "preference" if kinds == {"preference"} else "conversation"
    told = {wished: look for wished, look in looks.items() if look.kind in (None, kind)}
    lost = tuple(f"{wished}: it holds preference pairs" for wished in looks.keys() - told.keys())
    sources = named((wished, _source(places[wished], look)) for wished, look in told.items())
    fields = {"name": name} | ({"kind": kind} if kind == "preference" else {})
    return Draft(about, fields, sources, _steps(kind, list(told.values())), lost)


def _source(fields: dict[str, Any], look: Look) -> DraftSource:
    said = fields | {"shape": look.shape or "auto"}
    said["take"] = min(TAKE, look.rows or TAKE) if "hub" in fields else "all"
    records = "records" if look.rows is None else f"{look.rows:,} records"
    remarks = (f"{records} of {look.columns}",) if look.columns else ()
    return DraftSource(said, remarks, (look.trouble,) if look.trouble else ())


def _steps(kind: str, looks: list[Look]) -> tuple[Any, ...]:
    """Steps that suit nearly all data of this kind."""
    steps: list[Any] = ["tidy_text", "no_empty_turns", "role_order"]
    thinks = {look.thinks for look in looks}
    if kind == "conversation" and len(thinks) == 1 and None not in thinks:
        steps.append({"thinking": "require" if thinks == {True} else "forbid"})
    whole = "pair" if kind == "preference" else "conversation"
    return (*steps, "exact_duplicates", {"near_duplicates": {"of": whole, "similarity": 0.8}})


def _licence(card: Path) -> str | None:
    """What a card beside the data says of its licence."""
    if not card.is_file():
        return None
    header = re.match(r"---\s*\n(.*?)\n---", card.read_text(encoding="utf-8"), re.DOTALL)
    try:
        said: Any = yaml.safe_load(header[1]) if header else None
    except yaml.YAMLError:
        return None
    licence = said.get("license") if isinstance(said, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return licence if isinstance(licence, str) else None
