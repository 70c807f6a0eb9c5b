"""The JSON Schema editors get."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from curate import shipped
from curate.recipe.model import Recipe
from curate.recipe.nodes import Items, Node, Scalar, Table, compose
from curate.recipe.schema import schema
from curate.recipe.values import fields_of, undeclared
from curate.steps import step_types

ROOT = Path(__file__).parents[2]
RECIPES = sorted([*shipped.folder("recipes").rglob("*.yaml"), *ROOT.glob("benchmarks/**/*.yaml")])
CHAT = "sources:\n  chat: {embedded: {like: chat, rows: 1_0}, take: 5}\n"
VALIDATOR = Draft202012Validator(schema())


def as_an_editor_reads(node: Node) -> Any:
    """A file's values by YAML 1.2, in which editors read."""
    match node:
        case Scalar():
            digits = node.text.replace("_", "").lstrip("-+").isdigit()
            return node.text if digits and "_" in node.text else undeclared(node)
        case Items():
            return [as_an_editor_reads(value) for value in node.values]
        case Table():
            return {name: as_an_editor_reads(entry.value) for name, entry in node.entries.items()}


def complaints(file: Path) -> list[str]:
    errors = VALIDATOR.iter_errors(as_an_editor_reads(compose(file)))  # pyright: ignore[reportUnknownMemberType]
    return [error.message for error in errors]


def test_it_is_a_schema_of_its_draft() -> None:
    Draft202012Validator.check_schema(schema())


def test_every_field_and_step_is_in_it_and_described() -> None:
    made = schema()
    assert {*fields_of(Recipe), "extends", "vars", "groups"} == set(made["properties"])
    assert all("description" in field for field in made["properties"].values())
    steps = made["$defs"]["Step"]["anyOf"][-1]["properties"]
    assert set(steps) == {*step_types(), "use"}
    assert all(step["description"] for step in steps.values())


@pytest.mark.parametrize("file", RECIPES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_the_recipes_of_this_project_are_valid(file: Path) -> None:
    assert complaints(file) == []


@pytest.mark.parametrize(
    "text",
    [
        CHAT,
        "extends: demo/stage-1\nvars: {n: 5, on: yes}\ngroups: {tidy: [tidy_text, use: more]}\n",
        CHAT + "steps: [tidy_text, tidy_text:, thinking: require, language: [en, no], use: x]\n",
        CHAT + "steps:\n  - length: {of: total, min: $least, max: 8_000}\n",
        CHAT + "layouts: [sft-text, tokens, tokens:, tokens: {mask: all, max_length: 4_096}]\n",
        CHAT + "layouts: sft-text\nseed: $seed\ntokenizer: $data/tok\nname: 7\n",
        CHAT
        + "template: {use: chatml_think, think_mode: full}\npublish: {to: a/b, private: yes}\n",
        "sources:\n  x: {files: $data/a.json, root: ../y, take: $n, candidates: 2x, keep: {a: b}}\n",
    ],
)
def test_what_can_be_read_is_valid(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    assert complaints(tmp_path / "a.yaml") == []


@pytest.mark.parametrize(
    "text",
    [
        "source: {}\n",
        CHAT + "seed: many\n",
        CHAT + "kind: conversatin\n",
        CHAT + "layouts: [sft-txt]\n",
        CHAT + "layouts: [tokens: {mask: al}]\n",
        CHAT + "layouts: [sft-text: {mask: all}]\n",
        CHAT + "steps: [tidy_txt]\n",
        CHAT + "steps: [where]\n",
        CHAT + "steps:\n  - length: {of: promt, max: 5}\n",
        CHAT + "steps:\n  - length: {of: prompt, mx: 5}\n",
        CHAT + "steps:\n  - length: {of: prompt, max: -5}\n",
        CHAT + "steps:\n  - {tidy_text: , thinking: require}\n",
        "sources:\n  x: {files: a.json, tke: 5}\n",
        "sources:\n  x: {embedded: {like: chat}, take: 5}\n",
    ],
)
def test_mistakes_are_not_valid(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    assert complaints(tmp_path / "a.yaml")
