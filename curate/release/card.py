"""The card of a repository: what its owners wrote, and the cards of the mixes in it.

A mix's card stands between two comments, the first of which also has the header the mix came with. So a
later release knows which words of the header are its own, and leaves alone what people wrote.

```markdown
Written by hand.

<!-- curate: begin stage-1 {"license": "mit", "tags": ["sft"]} -->
# stage-1
…
<!-- curate: end stage-1 -->
```
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import yaml

from curate.errors import OutputError, Problem
from curate.output.address import DEFAULT
from curate.output.metadata import size_category
from curate.release.parcels import Parcel

Header = dict[str, Any]

_HEADER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_PART = re.compile(
    r"<!-- curate: begin (?P<config>\S+) (?P<header>\{.*?\}) -->\n(?P<body>.*?)\n"
    r"<!-- curate: end (?P=config) -->",
    re.DOTALL,
)

_TAG = re.compile(r'revision="([^"]+)"\)')

_BY_CONFIG = ("configs", "dataset_info")
"""Lists of the header with one entry a configuration."""


def merge_card(there: str, parcel: Parcel) -> str:
    """The repository's card with a mix's card in it, in place of the one it had of this configuration.

    Doing it again changes nothing. Raises OutputError where the card that is there has a broken header.
    """
    theirs, text = _split(there, parcel.to)
    ours, body = _split(parcel.card, str(parcel.folder))
    ours = _renamed(ours, parcel)
    parts = {found["config"]: _remembered(found["header"]) for found in _PART.finditer(text)}
    part = _part(parcel, ours, body)
    if parcel.config in parts:
        part = _tagged(text, parcel, ours) or part
        text = _PART.sub(lambda found: part if found["config"] == parcel.config else found[0], text)
    else:
        text = f"{text.strip()}\n\n{part}\n"
    others = {name: said for name, said in parts.items() if name != parcel.config}
    header = _merge(theirs, parts.get(parcel.config, {}), ours, list(others.values()))
    for key, tell in (("pretty_name", _name), ("size_categories", _size)):
        own = [tell(theirs, parts, parcel), *(said.get(key) for said in parts.values())]
        if theirs.get(key) in (None, *own):  # no one has told it by hand
            header[key] = tell(header, {**others, parcel.config: ours}, parcel)
    header = {key: value for key, value in header.items() if value is not None}
    told = yaml.safe_dump(header, sort_keys=False, allow_unicode=True, width=2**20)
    return f"---\n{told}---\n\n{text.lstrip()}"


def data_patterns(parcel: Parcel) -> list[str]:
    """The patterns of files that a mix's card has `datasets` read as rows, in the repository."""
    header, _ = _split(parcel.card, str(parcel.folder))
    return [
        str(file["path"])
        for config in _renamed(header, parcel).get("configs", [])
        for file in config["data_files"]
    ]


def _split(card: str, where: str) -> tuple[Header, str]:
    """The header of a card, and what follows it."""
    card = card.replace("\r\n", "\n")
    found = _HEADER.match(card)
    try:
        header: Any = yaml.safe_load(found[1]) if found else None
    except yaml.YAMLError as error:
        what = f"the card of {where} has a header that is no YAML"
        raise OutputError(Problem(what, help="Mend its README.md there first.")) from error
    text = card[found.end() :] if found else card
    return (cast("Header", header) if isinstance(header, dict) else {}), text


def _tagged(text: str, parcel: Parcel, ours: Header) -> str | None:
    """The part that stands in a card, where it is what this parcel's would be with a tag it has there."""
    found = next((one for one in _PART.finditer(text) if one["config"] == parcel.config), None)
    tag = found and _TAG.search(found["body"])
    if found is None or not tag or parcel.address.tag is not None:
        return None
    tagged = replace(parcel, address=replace(parcel.address, tag=tag[1]))
    _, body = _split(tagged.card, str(parcel.folder))
    return found[0] if _part(tagged, ours, body) == found[0] else None


def _remembered(text: str) -> Header:
    """The header a mix came with; none of it where someone edited the comment."""
    try:
        said: Any = json.loads(text)
    except ValueError:
        return {}
    return cast("Header", said) if isinstance(said, dict) else {}


def _renamed(header: Header, parcel: Parcel) -> Header:
    """The header of a mix as it stands in a repository: its first configuration has the parcel's name."""
    config = parcel.config
    if config == DEFAULT:
        return header
    first = header["configs"][0]["config_name"]
    names = {
        name: config if name == first else parcel.address.layout(name)
        for name in (one["config_name"] for one in header["configs"])
    }
    configs: list[Header] = [
        {
            **one,
            "config_name": names[one["config_name"]],
            "data_files": [
                {**file, "path": parcel.prefix + file["path"]} for file in one["data_files"]
            ],
        }
        for one in header["configs"]
    ]
    infos = [
        {**one, "config_name": names.get(one["config_name"], config)}
        for one in header.get("dataset_info", [])
    ]
    return header | {"configs": configs, "dataset_info": infos}


def _merge(theirs: Header, before: Header, ours: Header, others: Sequence[Header]) -> Header:
    """A header with our words put in place of those we put `before`; `others` are other mixes'."""
    merged: Header = {}
    for key in dict.fromkeys((*theirs, *before, *ours)):
        if key not in before and key not in ours:
            merged[key] = theirs[key]
            continue
        if key in _BY_CONFIG:
            merged[key] = _merged_configs(theirs.get(key), before.get(key, []), ours.get(key, []))
            continue
        mine, old, there = (_listed(header.get(key)) for header in (ours, before, theirs))
        shared = [word for other in others for word in _listed(other.get(key))]
        kept = [word for word in there if word not in old or word in shared]
        is_text = not any(isinstance(h.get(key), list) for h in (theirs, ours) if key in h)
        if is_text and key != "license":
            merged[key] = (kept or mine or [None])[0]
            continue
        words = list(dict.fromkeys([*kept, *mine]))
        merged[key] = words[0] if is_text and len(words) == 1 else words
    return {key: value for key, value in merged.items() if value not in (None, [])}


def _merged_configs(theirs: Any, before: list[str], ours: list[Header]) -> list[Header]:
    """Entries by `config_name`: ours, and those of theirs that were not ours and are not now."""
    there = cast("list[Header]", theirs if isinstance(theirs, list) else [theirs] if theirs else [])
    told = {one["config_name"]: one for one in ours}
    kept = {one.get("config_name", DEFAULT): one for one in there}
    merged = {
        name: told.get(name, one)
        for name, one in kept.items()
        if name in told or name not in before
    }
    return list((merged | told).values())


def _name(header: Header, mixes: Mapping[str, Header], parcel: Parcel) -> Any:
    """What a repository of these mixes is called: as its only one, or by its own name."""
    del header
    if len(mixes) == 1:
        return next(iter(mixes.values())).get("pretty_name")
    return parcel.to.rpartition("/")[2]


def _size(header: Header, mixes: Mapping[str, Header], parcel: Parcel) -> Any:
    """The Hub's bin for all rows of these mixes, each in its first layout."""
    del parcel
    infos = _merged_configs(header.get("dataset_info"), [], [])
    rows = sum(
        split.get("num_examples", 0)
        for info in infos
        if info.get("config_name", DEFAULT) in mixes
        for split in info.get("splits", [])
    )
    return [size_category(rows)]


def _listed(value: Any) -> list[Any]:
    """A value of a header as a list."""
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _part(parcel: Parcel, ours: Mapping[str, Any], body: str) -> str:
    """A mix's card between its comments."""
    names = {key: [one["config_name"] for one in ours.get(key, [])] for key in _BY_CONFIG}
    header = json.dumps({**ours, **names}, ensure_ascii=False).replace(">", "\\u003e")
    body = body.strip().replace("<!-- curate:", "<!-- curate")  # a row may say anything
    name = parcel.config
    if name != DEFAULT:
        body = f"Configuration `{name}`, in the folder `{name}/`.\n\n{body}"
    return f"<!-- curate: begin {name} {header} -->\n{body}\n<!-- curate: end {name} -->"
