"""The six recipes of the reference model: built from a Hub that has their sources, and published to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from byte_tokens import BYTES
from double import Client, Double, environment
from reference import STAGES, collect
from releases import load, publish
from stand_ins import DELTAS, SMOLTALK2, benchmarks, deltas, smoltalk2

from curate import shipped
from curate.forecasts import forecast
from curate.output.reading import read_rows, verify
from curate.recipe.reading import load_pack

ROUNDTRIP = Path(__file__).parent / "roundtrip.py"

SCALE = 200
"""By how much the mixes are made smaller here."""
ROWS = 100
"""Rows of each curated mix here."""

THINKING = (
    *("smoltalk_systemchats_Qwen3_32B_think", "table_gpt_Qwen3_32B_think"),
    *("smoltalk_everyday_convs_reasoning_Qwen3_32B_think", "multi_turn_reasoning_if_think"),
)
PAIRS = "tulu_3_8b_pref_mix_Qwen3_32B_Qwen3_0.6B_think"


@pytest.fixture(scope="session")
def sources(_hub: Double) -> Double:
    """A double with stand-ins for the sources, longer than what is taken."""
    put_smoltalk2(_hub)
    files, card = deltas(STAGES["stage-3"][0].entries // SCALE * 6 // 5)
    _hub.put(DELTAS, files, card=card)
    packs = {name: load_pack(name, {}) for name in shipped.packs()}
    for name, (files, card) in benchmarks(packs).items():
        _hub.put(name, files, card=card)
    _hub.put("HuggingFaceTB/SmolLM2-135M", {"tokenizer.json": tokenizer()})
    return _hub


def put_smoltalk2(hub: Double) -> None:
    """Every split that any stage reads."""
    splits = {
        (part.subset, part.split): max(part.entries // SCALE * 6 // 5, ROWS // 2)
        for parts in STAGES.values()
        for part in parts
        if part.subset is not None
    }
    splits |= {("SFT", split): ROWS // 2 for split in THINKING}
    splits["Preference", PAIRS] = ROWS * 2
    files, card = smoltalk2(splits)
    hub.put(SMOLTALK2, files, card=card)


def tokenizer() -> bytes:
    """A tokenizer that cuts at white space."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    made = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return made.to_str().encode()


# What runs in the client's process.


def build_faithful(stage: str, folder: Path, scale: int) -> Path:
    """Build a shipped faithful recipe with smaller counts."""
    from curate.pipeline import build
    from curate.recipe.reading import load

    recipe = load(f"trlm/faithful/{stage}")
    smaller = {
        name: source.model_copy(update={"take": (source.rows_taken or 0) // scale})
        for name, source in recipe.sources.items()
    }
    made = recipe.model_copy(update={"sources": smaller})
    return build(made, folder, workers=1, cache=folder / "cache").folder


def build_curated(folder: Path, rows: int) -> list[Path]:
    """Build the three curated recipes, one after the other."""
    from curate.pipeline import build
    from curate.recipe.reading import load_folder

    built: list[Path] = []
    for recipe in load_folder("trlm/curated", {"rows": str(rows)}):
        made = build(recipe, folder, workers=1, cache=folder / "cache", earlier=built)
        built.append(made.folder)
    return built


# Built once, by a process of its own; published over LFS and over Xet.


@pytest.fixture(scope="session")
def builder(_hub: Double, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Client(_hub, tmp_path_factory.mktemp("home")) as client:
        yield client


@pytest.fixture(scope="session")
def faithful(
    sources: Double, builder: Client, tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    folder = tmp_path_factory.mktemp("faithful")
    return [builder.call(build_faithful, stage, folder, SCALE) for stage in STAGES]


@pytest.fixture(scope="session")
def curated(
    sources: Double, builder: Client, tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    return builder.call(build_curated, tmp_path_factory.mktemp("curated"), ROWS)


def test_the_faithful_mixes_are_the_references_row_for_row(
    faithful: list[Path], builder: Client, tmp_path: Path
) -> None:
    for folder, (stage, parts) in zip(faithful, STAGES.items(), strict=True):
        (place := tmp_path / stage).mkdir()
        theirs = builder.call(collect, parts, SCALE, 100, place)
        ours = read_rows(folder).collect().to_dicts()
        assert len(theirs) == sum(part.entries // SCALE for part in parts)
        assert ours == theirs
        assert list(map(list, ours)) == list(map(list, theirs))


def test_the_curated_mixes_are_exact_and_share_no_prompt(curated: list[Path]) -> None:
    assert [folder.name for folder in curated] == [f"trlm-{stage}-curated" for stage in STAGES]
    prompts: set[str] = set()
    for folder in curated:
        verify(folder)
        rows = read_rows(folder).collect()
        assert rows.height == ROWS
        asked = {str(turns) for turns in rows["prompt"].to_list()}
        assert not prompts & asked
        prompts |= asked
        card = (folder / "README.md").read_text(encoding="utf-8")
        assert SMOLTALK2 in card.split("\n---\n")[0]


def test_all_six_are_loaded_from_the_hub_as_they_were_built(
    faithful: list[Path], curated: list[Path], client: Client
) -> None:
    for folder in (*faithful, *curated):
        repo = f"ann/{folder.name}-{client.xet}"
        assert client.call(publish, str(folder), "--to", repo).published
        assert client.call(load, repo) == read_rows(folder).collect().to_dicts()


@pytest.mark.slow
def test_the_first_faithful_mix_at_its_full_size(
    hub: Double, builder: Client, tmp_path: Path
) -> None:
    parts = STAGES["stage-1"]
    files, card = smoltalk2({("SFT", part.split): part.entries + 100 for part in parts})
    hub.put(SMOLTALK2, files, card=card)
    try:
        theirs = builder.call(collect, parts, 1, 5_000, tmp_path)
        folder = builder.call(build_faithful, "stage-1", tmp_path, 1)
    finally:
        put_smoltalk2(hub)
    assert read_rows(folder).collect().to_dicts() == theirs
    assert len(theirs) == 58_000


@pytest.mark.slow
def test_the_smoke_run_makes_loads_and_deletes(
    hub: Double, sources: Double, token: str, tmp_path: Path
) -> None:
    """What `make hub-smoke` does with the real Hub, in fewer rows of fewer recipes."""
    told = environment(hub, tmp_path / "home", token=token)
    recipes = "demo/stage-1 trlm/faithful/stage-2"
    words = f"--namespace ann --prefix smoke- --rows 20 --delete --recipes {recipes}"
    done = subprocess.run(
        [sys.executable, str(ROUNDTRIP), str(tmp_path / "out"), *words.split()],
        env={**os.environ, **told, "PYTHONPATH": str(ROUNDTRIP.parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert all(line.endswith("loaded again and equal") for line in lines)
    assert "published ann/smoke-trlm-stage-2-faithful: 120 rows, loaded again and equal" in lines
    assert not [name for name in hub.repositories if "/smoke-" in name]
    assert token not in done.stdout + done.stderr


def test_what_a_trainer_keeps_is_told_of_both(faithful: list[Path], curated: list[Path]) -> None:
    """The reference's mixes beside ours, each in its own columns and with its own template."""
    for number, (reference, ours) in enumerate(zip(faithful, curated, strict=True), 1):
        trainer = "trl-dpo" if number == 3 else "trl-sft"
        template = f"trlm-stage-{number}"
        there = forecast(reference, 1500, tokenizer=BYTES, template=template, by="_source_split")
        here = forecast(ours, 1500, tokenizer=BYTES)
        for told, folder in ((there, reference), (here, ours)):
            assert told.trainer.name == trainer
            assert told.total.rows == read_rows(folder).collect().height
        assert set(there.sources) == {part.split for part in STAGES[f"stage-{number}"]}
        assert there.total.closing.had == (0 if number == 1 else there.total.rows)
