"""Templates are found in files, configs and folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curate.chat_template.origin import Origin, find, tokens_beside
from curate.errors import TemplateError

SPECIAL: dict[str, Any] = {"bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": False}}


def written(folder: Path, **files: Any) -> Path:
    names = {"jinja": "chat_template.jinja", "config": "tokenizer_config.json"}
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / names[name]).write_text(text, encoding="utf-8")
    return folder


def test_a_file(tmp_path: Path) -> None:
    written(tmp_path, jinja="x", config=SPECIAL)
    assert find(tmp_path / "chat_template.jinja") == Origin("x")


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"jinja": "x", "config": SPECIAL}, "x"),
        ({"jinja": "x", "config": {**SPECIAL, "chat_template": "y"}}, "x"),
        ({"config": {**SPECIAL, "chat_template": "y"}}, "y"),
        (
            {
                "config": {
                    **SPECIAL,
                    "chat_template": [
                        {"name": "tool_use", "template": "t"},
                        {"name": "default", "template": "d"},
                    ],
                }
            },
            "d",
        ),
    ],
)
def test_a_folder(files: dict[str, Any], text: str, tmp_path: Path) -> None:
    assert find(written(tmp_path, **files)) == Origin(text, "<s>", "</s>")
    if "jinja" not in files:
        assert find(tmp_path / "tokenizer_config.json") == Origin(text, "<s>", "</s>")


def test_tokens_beside_a_tokenizer(tmp_path: Path) -> None:
    assert tokens_beside(tmp_path) == (None, None)
    written(tmp_path, config=SPECIAL)
    assert tokens_beside(tmp_path) == tokens_beside(tmp_path / "tokenizer.json") == ("<s>", "</s>")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "neither chat_template.jinja nor tokenizer_config.json"),
        ({"config": SPECIAL}, "it has no chat_template"),
        ({"config": "{"}, "it is not JSON"),
        ({"config": "[]"}, "it is not a JSON object"),
        ({"config": {"chat_template": [{"name": "rag", "template": "r"}]}}, "called default: rag"),
    ],
)
def test_what_is_no_template(files: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=words) as caught:
        find(written(tmp_path, **files))
    (problem,) = caught.value.problems
    assert problem.help
    assert problem.place
    assert str(problem.place.file).startswith(str(tmp_path))


@pytest.mark.real
def test_a_real_tokenizer(shared: Path) -> None:
    folder = shared / "data/tokenizers/smollm2"
    found = find(folder)
    assert found.text == (folder / "chat_template.jinja").read_text(encoding="utf-8")
    assert (found.bos_token, found.eos_token) == ("<|im_start|>", "<|im_end|>")
