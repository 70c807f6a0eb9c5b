"""What `--json` prints: JSON alone on stdout, with the keys that are promised."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

Run = Callable[..., Result]

PROMISED: dict[tuple[str, ...], tuple[str, set[str]]] = {
    ("check", "mixes"): (
        "recipes",
        {"name", "path", "kind", "rows", "sources", "steps", "problems"},
    ),
    ("check", "mixes", "--sample", "9"): ("recipes", {"name", "problems", "funnel", "outlook"}),
    ("check", "mixes", "--plan"): ("recipes", {"name", "problems", "plan"}),
    ("lock", "mixes"): ("locks", {"path", "lock", "moves"}),
    ("build", "mixes", "-o", "out", "--workers", "1"): (
        "built",
        {"name", "folder", "rows", "digest", "seconds", "funnel", "timings"},
    ),
    ("preview", "mixes"): ("recipes", {"name", "rows"}),
    ("preview", "mixes", "--step", "exact_duplicates"): ("recipes", {"name", "rows"}),
}


@pytest.mark.parametrize("words", PROMISED, ids=" ".join)
def test_a_verb_tells_its_facts(words: tuple[str, ...], curate: Run) -> None:
    result = curate(*words, "--json")
    heading, keys = PROMISED[words]
    told: dict[str, list[dict[str, Any]]] = json.loads(result.stdout)
    assert list(told) == [heading]
    assert told[heading]
    for facts in told[heading]:
        assert keys <= facts.keys()
    assert (result.exit_code, result.stderr) == (0, "")


def test_counts_are_those_of_the_page(curate: Run) -> None:
    talk, pairs = json.loads(curate("build", "mixes", "-o", "out", "--json").stdout)["built"]
    assert (talk["rows"], pairs["rows"]) == (7, 2)
    assert talk["tokens_counted_whole_because"] is None
    sources = talk["funnel"]["sources"]
    assert [sources[name]["left"] for name in ("talk", "notes")] == [4, 3]
    assert sources["talk"]["surrogates"] == 1


def test_inspect_tells_the_manifest(curate: Run) -> None:
    curate("build", "mixes/2-better-answers.yaml", "-o", "out", "--workers", "1")
    told = json.loads(curate("inspect", "out/2-better-answers", "--json").stdout)
    layout = {"layout": "dpo-explicit", "folder": "data", "rows": {"train": 2}, "tokens": None}
    assert told["layouts"] == [layout]
    assert told["splits"] == {"train": 2}
    assert {
        "digest",
        "files",
        "funnel",
        "lengths",
        "max_length",
        "recipe",
        "sources",
    } <= told.keys()


def test_steps_tell_their_fields(curate: Run) -> None:
    told = json.loads(curate("steps", "length", "--json").stdout)["steps"]
    assert list(told) == ["length"]
    assert told["length"]["kind"] == "filter"
    assert {"of", "unit", "min", "max"} == told["length"]["fields"].keys()
    assert len(json.loads(curate("steps", "--json").stdout)["steps"]) > 15


@pytest.mark.parametrize("words", [("schema",), ("schema", "--json")])
def test_the_schema_is_json_either_way(words: tuple[str, ...], curate: Run) -> None:
    assert json.loads(curate(*words).stdout)["title"] == "curate recipe"


def test_problems_are_json_too(curate: Run) -> None:
    result = curate("build", "mistaken.yaml", "-o", "out", "--json")
    first, second = json.loads(result.stdout)["problems"]
    assert first["what"] == "expected a whole number, got 'fuor'"
    assert (first["place"]["line"], first["place"]["column"]) == (4, 11)
    assert second["hint"] == "did you mean 'tidy_text'?"
    assert result.stderr.startswith("error: ")
    assert result.exit_code == 1


def test_check_tells_the_problems_of_each_recipe(curate: Run) -> None:
    result = curate("check", "mixes", "unscored.yaml", "--json")
    counts = {one["name"]: len(one["problems"]) for one in json.loads(result.stdout)["recipes"]}
    assert counts == {"1-small-talk": 0, "2-better-answers": 0, "unscored": 1}
    assert result.exit_code == 1
