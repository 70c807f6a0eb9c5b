"""Tokenizers of models on the Hub, named by recipes."""

from __future__ import annotations

from pathlib import Path

import pytest
from double import Client, Double
from pulls import set_environment

TEXT = "tokenizer: {model}\nsources:\n  chat:\n    embedded: {{like: chat, rows: 9}}\n    take: 5\n"


def read(folder: Path, model: str) -> tuple[bytes | None, str]:
    """The tokenizer a recipe gets, and the recipe's text; or nothing, and what is wrong."""
    from curate.describe import describe_all
    from curate.errors import RecipeError
    from curate.recipe.reading import load

    file = folder / "mix.yaml"
    file.write_text(TEXT.format(model=model), encoding="utf-8")
    try:
        recipe = load(file)
    except RecipeError as error:
        return None, describe_all(error)
    assert recipe.tokenizer is not None
    return recipe.tokenizer.read_bytes(), recipe.text


@pytest.mark.parametrize("revision", ["", "@main"])
def test_it_is_fetched(
    hub: Double, client: Client, repo: str, tmp_path: Path, revision: str
) -> None:
    hub.put(repo, {"tokenizer.json": b"{}"})
    content, text = client.call(read, tmp_path, repo + revision)
    assert content == b"{}"
    assert f"tokenizer: {repo}{revision}\n" in text


@pytest.mark.parametrize(
    ("suffix", "what"), [("", "there is no"), ("@nowhere", "has no revision `nowhere`")]
)
def test_one_that_is_not_there_is_told(
    hub: Double, client: Client, repo: str, tmp_path: Path, suffix: str, what: str
) -> None:
    hub.put(repo, {"config.json": b"{}"})
    content, told = client.call(read, tmp_path, repo + suffix)
    assert content is None
    assert what in told
    assert "mix.yaml:1:12" in told


def fetched(model: str) -> str:
    from curate.errors import RemoteError
    from curate.hub.tokenizers import find_tokenizer

    try:
        return str(find_tokenizer(model))
    except RemoteError as error:
        return str(error)


def test_one_that_cannot_be_fetched_is_told(
    hub: Double, client: Client, repo: str, tmp_path: Path
) -> None:
    hub.put(repo, {"tokenizer.json": b"{}"})
    with Client(hub, tmp_path / "home", xet=client.xet) as offline:
        offline.call(set_environment, "HF_HUB_OFFLINE", "1")
        told = offline.call(fetched, repo)
    assert told == f"{repo}/tokenizer.json is not in the cache, and the Hub cannot be reached"
