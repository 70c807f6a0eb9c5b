"""A finished folder is enough to build it again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from builds import made

from curate import shipped
from curate.locking import lock
from curate.recipe.reading import load
from curate.sources.hub.cache import Cache
from curate.sources.hub.repository import Hub

SOURCES = "sources: {chat: {embedded: {like: chat, rows: 30}, take: 20}}\n"
TEMPLATE = shipped.templates()["guanaco"].read_text(encoding="utf-8")
CONFIG = json.dumps({"chat_template": TEMPLATE, "eos_token": {"content": "<end>"}})

TEMPLATES: dict[str, tuple[str, Mapping[str, str]]] = {
    "one that ships": ("hh", {}),
    "a file": ("mine.jinja", {"mine.jinja": TEMPLATE}),
    "a file elsewhere": ("sub/../sub/chat_template.jinja", {"sub/chat_template.jinja": TEMPLATE}),
    "a config": ("model/tokenizer_config.json", {"model/tokenizer_config.json": CONFIG}),
    "a model": (
        "model",
        {"model/chat_template.jinja": TEMPLATE, "model/tokenizer_config.json": CONFIG},
    ),
    "values": ("{use: mine.jinja, eos_token: <stop>}", {"mine.jinja": TEMPLATE}),
    "a variable": ("$mine", {"other.jinja": TEMPLATE}),
}


def files(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


@pytest.mark.parametrize("case", TEMPLATES)
def test_a_template_comes_with_the_folder(case: str, tmp_path: Path) -> None:
    use, there = TEMPLATES[case]
    for name, content in there.items():
        (tmp_path / "here" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "here" / name).write_text(content, encoding="utf-8")
    text = f"name: mix\n{SOURCES}template: {use}\nvars: {{mine: other.jinja}}\n"
    first = made(tmp_path / "here", text).folder
    shutil.copytree(first, tmp_path / "there")
    shutil.rmtree(tmp_path / "here" / "model", ignore_errors=True)
    again = made(tmp_path / "there", (first / "recipe.yaml").read_text(encoding="utf-8")).folder
    assert files(again) == files(first)


def test_a_lock_knows_a_template_wherever_it_stands(tmp_path: Path) -> None:
    digests: set[str] = set()
    for case in ("a config", "a model"):
        use, there = TEMPLATES[case]
        folder = tmp_path / case.replace(" ", "-")
        for name, content in there.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content, encoding="utf-8")
        (folder / "mix.yaml").write_text(f"{SOURCES}template: {use}\n")
        hub = Hub(Cache.at(tmp_path / "cache"))
        digests.add(lock(load(folder / "mix.yaml"), hub).lock.template)
    (folder / "model" / "tokenizer_config.json").write_text(CONFIG.replace("<end>", "<other>"))
    digests.add(lock(load(folder / "mix.yaml"), hub).lock.template)
    assert len(digests) == 2
