"""Publishing in a client's process, as the command line does it."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (datasets tells no types)

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from builds import chats, made, write

RECIPE = """
kind: conversation
seed: 7
license: MIT
sources:
  talk: {files: [talk.jsonl], take: %d}
"""


def mix(folder: Path, rows: int, *, name: str = "mix", more: str = "", start: int = 0) -> Path:
    """Build a mix of so many rows, below `folder`."""
    write(folder / "talk.jsonl", chats(rows, start=start, words=30))
    text = f"name: {name}\n{RECIPE % rows}{more}"
    return made(folder, text, out=f"out-{rows}-{start}").folder


@dataclass(frozen=True)
class Ran:
    """What a command ended with, and the seconds it wanted to wait between tries."""

    code: int
    out: str
    err: str
    waited: tuple[float, ...]

    @property
    def published(self) -> list[dict[str, Any]]:
        """What `--json` told."""
        assert self.code == 0, self.err
        return json.loads(self.out)["published"]


def curate(*words: str, patience: float = 30.0) -> Ran:
    """Run the command line in this process, without waiting where it would."""
    from huggingface_hub import close_session
    from typer.testing import CliRunner

    from curate.cli.main import app
    from curate.hub import client

    if patience != client.PATIENCE:
        client.PATIENCE = patience
        close_session()  # the next one is as patient
    waited: list[float] = []
    with mock.patch("time.sleep", waited.append):
        result = CliRunner().invoke(app, list(words), catch_exceptions=False, prog_name="curate")
    return Ran(result.exit_code, result.stdout, result.stderr, tuple(waited))


def publish(*words: str, **more: Any) -> Ran:
    """Publish, and tell what came of it as JSON."""
    return curate("publish", "--json", *words, **more)


def load(repository: str, config: str | None = None, revision: str | None = None) -> list[Any]:
    """The rows as `datasets` loads them."""
    from datasets import DownloadMode, load_dataset

    mode = DownloadMode.FORCE_REDOWNLOAD
    found: Any = load_dataset(
        repository, config, split="train", revision=revision, download_mode=mode
    )
    return list(found)
