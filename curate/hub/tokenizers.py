"""Tokenizers of models on the Hub."""

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# (parts of huggingface_hub have no types)

from __future__ import annotations

from pathlib import Path

from curate.hub.client import api
from curate.hub.refusals import told

FILE = "tokenizer.json"


def fetch_tokenizer(model: str, revision: str | None = None) -> Path:
    """A model's tokenizer.json, in the cache that all tools of the Hub share; one request where it is there.

    Raises RemoteError where the Hub refuses, or the model has none.
    """
    with told(model, revision, FILE, kind="model"):
        return Path(api().hf_hub_download(model, FILE, revision=revision))
