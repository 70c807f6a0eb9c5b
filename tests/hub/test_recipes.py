"""The six recipes of the reference model: built from a Hub that has their sources, and published to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from double import Client, Double
from reference import STAGES, collect
from stand_ins import DELTAS, SMOLTALK2, deltas, smoltalk2

SCALE = 100
"""By how much the mixes are made smaller here."""


@pytest.fixture(scope="session")
def sources(_hub: Double) -> Double:
    """A double with stand-ins for the reference's sources, a fifth longer than what is taken."""
    splits = {
        (part.subset, part.split): part.entries // SCALE * 6 // 5
        for parts in STAGES.values()
        for part in parts
        if part.subset is not None
    }
    files, card = smoltalk2(splits)
    _hub.put(SMOLTALK2, files, card=card)
    files, card = deltas(STAGES["stage-3"][0].entries // SCALE * 6 // 5)
    _hub.put(DELTAS, files, card=card)
    return _hub


# What runs in the client's process.


def build_faithful(stage: str, folder: Path, scale: int) -> dict[str, Any]:
    """Build a shipped faithful recipe with smaller counts; gives its rows, or what went wrong."""
    from curate.errors import CurateError
    from curate.pipeline import build
    from curate.recipe.reading import load

    recipe = load(f"trlm/faithful/{stage}")
    smaller = {
        name: source.model_copy(update={"take": (source.rows_taken or 0) // scale})
        for name, source in recipe.sources.items()
    }
    made = recipe.model_copy(update={"sources": smaller})
    try:
        built = build(made, folder / "out", workers=1, cache=folder / "cache")
    except CurateError as error:
        return {"problems": [problem.what for problem in error.problems]}
    return {"folder": built.folder, "rows": built.rows.to_dicts()}


@pytest.mark.parametrize("stage", STAGES)
def test_a_faithful_mix_is_the_references_row_for_row(
    stage: str, sources: Double, client: Client, tmp_path: Path
) -> None:
    theirs = client.call(collect, STAGES[stage], SCALE, 100, tmp_path)
    ours = client.call(build_faithful, stage, tmp_path, SCALE)
    assert "problems" not in ours, ours
    assert len(theirs) == sum(part.entries for part in STAGES[stage]) // SCALE
    assert ours["rows"] == theirs
    assert list(map(list, ours["rows"])) == list(map(list, theirs))
