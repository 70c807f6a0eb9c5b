"""Tokenizers of models on the Hub."""

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# (parts of huggingface_hub have no types)

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from curate.errors import Problem, StepError
from curate.hub.client import api
from curate.hub.refusals import told
from curate.recipe.paths import MODEL

FILE = "tokenizer.json"

BESIDE = ("tokenizer_config.json", "chat_template.jinja")
"""What may stand beside it: which tokens begin and end texts, and how turns become one."""


def fetch_tokenizer(model: str, revision: str | None = None) -> Path:
    """A model's tokenizer.json, in the cache that all tools of the Hub share; one request where it is there.

    Raises RemoteError where the Hub refuses, or the model has none.
    """
    with told(model, revision, FILE, kind="model"):
        return Path(api().hf_hub_download(model, FILE, revision=revision))


def fetch_with_template(model: str, revision: str | None = None) -> Path:
    """The same, in a folder that also has the model's template and what its texts end with, where there are any."""
    from huggingface_hub.errors import EntryNotFoundError

    file = fetch_tokenizer(model, revision)
    for name in BESIDE:
        with told(model, revision, name, kind="model"), suppress(EntryNotFoundError):
            api().hf_hub_download(model, name, revision=revision)
    return file


def find_tokenizer(
    named: str | Path, fetch: Callable[[str, str | None], Path] = fetch_tokenizer
) -> Path:
    """The tokenizer.json that is named: itself, by the folder that holds it, or by a model of the Hub as `org/name`.

    Raises StepError where there is none, RemoteError where the Hub does not give it.
    """
    path = Path(named).absolute()
    file = path / FILE if path.is_dir() else path
    if file.is_file():
        return file
    if isinstance(named, Path) or not re.fullmatch(MODEL, named):
        raise StepError(
            Problem(
                f"there is no tokenizer at '{named}'",
                help="name a tokenizer.json, a folder that holds one, or a model of the Hub as `org/name`",
            )
        )
    model, _, revision = named.partition("@")
    return fetch(model, revision or None)
