"""What a build found out beside its rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from curate.output.manifest import Certificate
from curate.output.promises import Seen

NOTES = "explain.json"


@dataclass(frozen=True)
class Findings:
    """Certificates, what set steps note for `curate explain` by stop, how the chat template did, and tokens."""

    certificates: tuple[Certificate, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    seen: tuple[Seen, ...] = ()
    counted: pl.DataFrame | None = None
    """The tokens of all rows, in the columns of `token_lengths.COUNTED`; None without a tokenizer."""

    def write_notes(self, folder: Path) -> None:
        """Write the notes beside the mix, if there are any."""
        if self.notes:
            text = json.dumps(self.notes, indent=1, sort_keys=True, ensure_ascii=False)
            (folder / NOTES).write_text(text + "\n", encoding="utf-8")


NOTHING = Findings()


def read_notes(folder: Path) -> dict[str, Any]:
    """The notes of a finished folder; none where it has none."""
    file = folder / NOTES
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
