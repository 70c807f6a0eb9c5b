"""The text of a chat template, found where it is kept.

A template is a Jinja file of its own, or stands in a `tokenizer_config.json` beside the tokens that begin
and end texts. A model's folder may have both; then the file is the one that counts, as in transformers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from curate import shipped
from curate.errors import Place, Problem, TemplateError
from curate.spelling import did_you_mean

FILE = "chat_template.jinja"
CONFIG = "tokenizer_config.json"


@dataclass(frozen=True)
class Origin:
    """A template's source, and the tokens its tokenizer puts at the ends; None where nothing tells."""

    text: str
    bos_token: str | None = None
    eos_token: str | None = None


def find(path: Path) -> Origin:
    """The template at a path: a Jinja file, a tokenizer's config in JSON, or a folder that holds either.

    Raises TemplateError where there is none, or it cannot be read.
    """
    if path.is_dir():
        return _of_model(path)
    if path.suffix == ".json":
        return _of_config(path, _config(path))
    return Origin(_read(path))


def write_model(folder: Path, found: Origin) -> None:
    """Write a new folder in which `find` finds the same."""
    folder.mkdir()
    (folder / FILE).write_bytes(found.text.encode("utf-8"))
    tokens = {"bos_token": found.bos_token, "eos_token": found.eos_token}
    if told := {name: token for name, token in tokens.items() if token is not None}:
        (folder / CONFIG).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def locate(word: str) -> Path:
    """Where the template of this name or at this path is. Raises TemplateError where there is none."""
    names = shipped.templates()
    if word in names:
        return names[word]
    if Path(word).exists():
        return Path(word)
    what = f"there is no template '{word}', neither by that name nor at that path"
    hint = did_you_mean(word, names)
    help_ = f"{hint or ''} templates that ship: {', '.join(names)}".strip()
    raise TemplateError(Problem(what, help=help_))


def tokens_beside(tokenizer: Path) -> tuple[str | None, str | None]:
    """BOS and EOS as the config in a tokenizer's folder names them; None where nothing tells."""
    config = (tokenizer if tokenizer.is_dir() else tokenizer.parent) / CONFIG
    told = _config(config) if config.is_file() else {}
    return _token(told.get("bos_token")), _token(told.get("eos_token"))


def _of_model(folder: Path) -> Origin:
    file, config = folder / FILE, folder / CONFIG
    if file.is_file():
        return Origin(_read(file), *tokens_beside(folder))
    if config.is_file():
        return _of_config(config, _config(config))
    raise _unreadable(folder, f"there is no chat template in it: neither {FILE} nor {CONFIG}")


def _of_config(path: Path, told: dict[str, Any]) -> Origin:
    template = told.get("chat_template")
    if isinstance(template, list):
        # Several templates, each under a name; transformers takes this one where none is asked for.
        named = {
            str(one.get("name")): one.get("template")
            for one in cast("list[dict[str, Any]]", template)
            if isinstance(one, dict)  # pyright: ignore[reportUnnecessaryIsInstance] (it is what a file says)
        }
        template = named.get("default")
        if template is None:
            names = ", ".join(named) or "none"
            raise _unreadable(path, f"none of its chat templates is called default: {names}")
    if not isinstance(template, str):
        raise _unreadable(path, "it has no chat_template")
    return Origin(template, _token(told.get("bos_token")), _token(told.get("eos_token")))


def _token(told: Any) -> str | None:
    """A token, which a config writes as text or as a table of its properties."""
    if isinstance(told, dict):
        told = cast("dict[str, Any]", told).get("content")
    return told if isinstance(told, str) else None


def _config(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(_read(path))
    except json.JSONDecodeError as error:
        raise _unreadable(path, f"it is not JSON: {error}") from error
    if not isinstance(told, dict):
        raise _unreadable(path, "it is not a JSON object")
    return cast("dict[str, Any]", told)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"it is not UTF-8: {error.reason} at byte {error.start}") from error


def _unreadable(path: Path, why: str) -> TemplateError:
    help_ = "Name a template that ships, a Jinja file, a tokenizer_config.json or a model's folder."
    return TemplateError(
        Problem(f"the chat template cannot be read: {why}", Place(path), help=help_)
    )
