"""The README says what is true."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import yaml

import curate
from curate.recipe.model import Mask, Packing, Tokens, Truncation
from curate.sequences.columns import schema
from curate.step import Choice, Edit, Filter, Maker, Setting
from curate.steps import step_types
from curate.steps.language import Language

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
KINDS = ((Filter, "filter"), (Edit, "edit"), (Choice, "choice"), (Maker, "maker"))


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_its_recipe_loads(tmp_path: Path) -> None:
    file = tmp_path / "stage-2.yaml"
    file.write_text(blocks("yaml")[0], encoding="utf-8")
    recipe = curate.load(file)
    assert recipe.name == "stage-2-reasoning"
    assert [step.name for step in recipe.steps][-1] == "near_duplicates"


def test_its_token_layout_loads(tmp_path: Path) -> None:
    tokenizer = Path(__file__).parent / "data" / "bytes.json"
    source = "sources: {chat: {embedded: {like: chat, rows: 9}, take: 5}}\n"
    file = tmp_path / "mix.yaml"
    file.write_text(source + blocks("yaml")[1].replace("./smollm2", str(tokenizer)))
    (_, tokens) = curate.load(file).layouts
    assert isinstance(tokens, Tokens)
    assert tokens.max_length == 4096
    folded = README.replace("\n", " ")
    assert all(f"`{column}`" in folded for column in schema(packed=False))
    for field in (Mask, Truncation, Packing):
        assert all(word in blocks("yaml")[1] for word in get_args(field))


def test_its_language_rules_are_rules() -> None:
    [rules] = [block for block in blocks("yaml") if "allowed: [prompt]" in block]
    steps = [step["language"] for step in yaml.safe_load(rules)["steps"]]
    assert steps[0] == "en"
    for fields in steps[1:]:
        Language.model_validate_json(json.dumps(fields)).settle(Setting())


def test_its_steps_are_the_steps() -> None:
    for word, step in step_types().items():
        kind = next(name for base, name in KINDS if issubclass(step, base))
        first = " ".join((step.__doc__ or "").strip().split("\n\n")[0].split())
        assert f"| `{word}` | {kind} | {first} |" in README


def test_its_commands_exist() -> None:
    from curate.cli.main import app

    verbs = {
        line.split()[2] for line in "".join(blocks("console")).splitlines() if "$ curate " in line
    }
    assert verbs == {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if command.callback
    } | {group.typer_instance.info.name for group in app.registered_groups if group.typer_instance}


def test_its_places_exist() -> None:
    root = Path(__file__).parent.parent
    for place in re.findall(r"`((?:curate|tests|docs|recipes)/[\w/.-]+)`", README):
        assert (root / place).exists(), place


def test_its_python_names_are_public() -> None:
    for name in re.findall(r"curate\.(\w+)\(", "".join(blocks("python"))):
        assert name in curate.__all__
