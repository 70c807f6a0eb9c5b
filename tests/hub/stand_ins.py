"""Stand-ins for the repositories the reference mixes come from: their schemas, splits and quirks, made-up rows."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (pyarrow ships no types)

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from curate.recipe.model import Embedded, Recipe
from curate.sources.embedded import record

SMOLTALK2 = "HuggingFaceTB/smoltalk2"
DELTAS = "scottgeng00/olmo-3-preference-mix-deltas_reasoning-yolo_scottmix-DECON-chfiltered"

TURNS = pa.list_(pa.struct([("content", pa.string()), ("role", pa.string())]))
TEXTS = pa.list_(pa.string())
ARGUMENTS = pa.struct(
    [
        ("custom_instructions", pa.string()),
        ("enable_thinking", pa.bool_()),
        ("python_tools", TEXTS),
        ("xml_tools", TEXTS),
    ]
)
SOURCE = ("source", pa.string())
SCHEMAS = {
    "Mid": pa.schema([("messages", TURNS), SOURCE]),
    "SFT": pa.schema([("messages", TURNS), ("chat_template_kwargs", ARGUMENTS), SOURCE]),
    "Preference": pa.schema(
        [
            ("chosen", TURNS),
            ("rejected", TURNS),
            ("prompt", pa.string()),
            ("chat_template_kwargs", ARGUMENTS),
            SOURCE,
        ]
    ),
    "deltas": pa.schema(
        [
            ("chosen", TURNS),
            ("rejected", TURNS),
            ("prompt", pa.string()),
            ("category", pa.string()),
            ("prompt_id", pa.string()),
            ("dataset", pa.string()),
            ("score_chosen", pa.float64()),
        ]
    ),
}
ODD = "\x00 \u2028\r\n \U0001f600 <think> e\u0301 \\u0041 "
"""Characters that some way of writing rows down might lose."""

FILES, ROW_GROUP = 3, 32
"""Files of a split, and rows of a row group."""


def smoltalk2(splits: Mapping[tuple[str, str], int]) -> tuple[dict[str, bytes], str]:
    """The files and the card of a repository like smoltalk2, with so many rows in each config's split."""
    files: dict[str, bytes] = {}
    for seed, ((config, split), rows) in enumerate(splits.items()):
        files |= _files(SCHEMAS[config], f"{config}/{split}", _records(config, split, rows, seed))
    configs = [
        {
            "config_name": config,
            "data_files": [
                {"split": split, "path": f"{config}/{split}-*"}
                for other, split in splits
                if other == config
            ],
        }
        for config in dict.fromkeys(config for config, _ in splits)
    ]
    return files, _card(license="apache-2.0", language=["en"], configs=configs)


def deltas(rows: int) -> tuple[dict[str, bytes], str]:
    """The files and the card of a repository like that of the reference's third stage."""
    records = (_odd(_pair(index, 77), index) for index in range(rows))
    return _files(SCHEMAS["deltas"], "data/train", list(records)), _card(license="odc-by")


def benchmarks(packs: Mapping[str, Recipe]) -> dict[str, tuple[dict[str, bytes], str]]:
    """The files and cards of the repositories packs read, each split with a few made-up test items."""
    sources = [source for pack in packs.values() for source in pack.sources.values()]
    made: dict[str, tuple[dict[str, bytes], str]] = {}
    for repository in dict.fromkeys(source.hub for source in sources if source.hub):
        files: dict[str, bytes] = {}
        configs: dict[str, list[dict[str, str]]] = {}
        for source in (source for source in sources if source.hub == repository):
            config, split = source.config or "default", source.split or "train"
            column = source.columns["prompt"]
            items = [{column: f"Item {n} of {config}: {ODD}"} for n in range(3)]
            schema = pa.schema([(column, pa.string())])
            files |= _files(schema, f"{config}/{split}", items)
            patterns = configs.setdefault(config, [])
            patterns.append({"split": split, "path": f"{config}/{split}-*"})
        told = [{"config_name": name, "data_files": paths} for name, paths in configs.items()]
        made[repository] = files, _card(license="mit", configs=told)
    return made


def _records(config: str, split: str, rows: int, seed: int) -> list[dict[str, Any]]:
    return [_odd(one, index) for index, one in enumerate(_made(config, split, rows, seed))]


def _made(config: str, split: str, rows: int, seed: int) -> Iterator[dict[str, Any]]:
    for index in range(rows):
        if config == "Preference":
            arguments = {"enable_thinking": True, "custom_instructions": ""}
            yield _pair(index, seed) | {"chat_template_kwargs": arguments, "source": split}
            continue
        like = "chat" if split.endswith("no_think") else "reasoning"
        made = record(Embedded(like=like, rows=rows, seed=seed, defects=False), index)
        arguments = dict(made["chat_template_kwargs"])
        if index % 7 == 3:
            arguments |= {"python_tools": ["def f(): ..."], "xml_tools": None}
        yield made | {"chat_template_kwargs": arguments}


def _pair(index: int, seed: int) -> dict[str, Any]:
    return record(Embedded(like="preference", rows=index + 1, seed=seed, defects=False), index)


def _odd(made: dict[str, Any], index: int) -> dict[str, Any]:
    """Every fiftieth record ends its last answer with what is easily lost."""
    if index % 50 == 49:
        turns = made.get("messages") or made["chosen"]
        turns[-1] = turns[-1] | {"content": turns[-1]["content"] + ODD}
    return made


def _files(schema: Any, stem: str, records: list[dict[str, Any]]) -> dict[str, bytes]:
    each = -(-len(records) // FILES)
    named: dict[str, bytes] = {}
    for at in range(FILES):
        some = [
            {name: one.get(name) for name in schema.names}
            for one in records[at * each : (at + 1) * each]
        ]
        file = io.BytesIO()
        table = pa.Table.from_pylist(some, schema=schema)
        pq.write_table(table, file, row_group_size=ROW_GROUP, compression="zstd")
        named[f"{stem}-{at:05d}-of-{FILES:05d}.parquet"] = file.getvalue()
    return named


def _card(**header: Any) -> str:
    return f"---\n{yaml.safe_dump(header)}---\n\n# A stand-in\n"
