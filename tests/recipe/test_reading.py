"""Recipes read from YAML: types, variables, groups, paths, and laws about all of them."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from curate import shipped
from curate.describe import describe_all
from curate.errors import Problem, RecipeError
from curate.recipe.model import (
    Embedded,
    Mask,
    Packing,
    Publish,
    Recipe,
    Source,
    TinyLlama,
    Tokens,
    TokenUse,
    Total,
    Truncation,
)
from curate.recipe.nodes import LONGEST
from curate.recipe.reading import BESIDE, find, load, load_folder
from curate.recipe.values import fields_of
from curate.recipe.writing import write
from curate.step import Step, TemplateUse
from curate.steps.language import Language
from curate.steps.length import Length
from curate.steps.thinking import Thinking
from curate.steps.tidy_text import TidyText
from curate.steps.where import Where

CHAT = "sources:\n  chat:\n    embedded: {like: chat, rows: 10}\n    take: 5\n"


def recipe(folder: Path, text: str, variables: Mapping[str, str] = {}) -> Recipe:
    file = folder / "mix.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file, variables)


def problems(folder: Path, text: str, variables: Mapping[str, str] = {}) -> tuple[Problem, ...]:
    with pytest.raises(RecipeError) as caught:
        recipe(folder, text, variables)
    return caught.value.problems


# Types -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("take: 33_500", {"take": 33_500}),
        ("take: '12'", {"take": 12}),
        ("take: 5\nsystem: 12e4567", {"system": "12e4567"}),
        ("take: 5\nsystem: no", {"system": "no"}),
        ("take: 5\nsystem: null", {"system": None}),
        ("take: 5\nsystem: 'null'", {"system": "null"}),
        ("take: 5\nsystem: ''", {"system": ""}),
        ("take: 5\nsystem: $$name", {"system": "$name"}),
        ("take: 5\nsystem: $5", {"system": "$5"}),
        ("take: 5\nimplied_opening: yes", {"implied_opening": True}),
        ("take: 5\nimplied_opening: off", {"implied_opening": False}),
        ("take: 5\ncandidates: 2x", {"candidates": "2x"}),
        ("take: 5\ncandidates: 7_000", {"candidates": 7000}),
        ("take: 5\nkeep: {no: 1.10}", {"keep": {"no": "1.10"}}),
        ("take: 5\nsystem: &a one\nprefer: *a", {"system": "one", "prefer": "one"}),
    ],
)
def test_the_declared_type_reads_the_scalar(
    tmp_path: Path, written: str, value: dict[str, Any]
) -> None:
    lines = "\n".join(f"    {line}" for line in written.split("\n"))
    source = recipe(
        tmp_path, f"sources:\n  chat:\n    embedded: {{like: chat, rows: 10}}\n{lines}\n"
    ).sources["chat"]
    assert {name: getattr(source, name) for name in value} == value


@pytest.mark.parametrize(
    ("written", "step"),
    [
        ("tidy_text", TidyText()),
        ("tidy_text:", TidyText()),
        ("thinking: forbid", Thinking(mode="forbid")),
        ("language: [en, no]", Language(allowed=("en", "no"))),
        ("language: no", Language(allowed=("no",))),
        ("language: {allowed: no, of: [prompt]}", Language(allowed=("no",), of=("prompt",))),
        ("length: {of: total, max: 8_000}", Length(of="total", max=8000)),
        ("where: {column: correct, equals: true}", Where(column="correct", equals=True)),
        ("where: {column: correct, equals: 'true'}", Where(column="correct", equals="true")),
        ("where: {column: level, equals: 5}", Where(column="level", equals=5)),
        ("where: {column: level, equals: 0.5}", Where(column="level", equals=0.5)),
        ("where: {column: level, equals: 5 or so}", Where(column="level", equals="5 or so")),
    ],
)
def test_a_step_is_a_name_with_fields(tmp_path: Path, written: str, step: Step) -> None:
    (read,) = recipe(tmp_path, f"{CHAT}steps:\n  - {written}\n").steps
    assert read == step
    assert not isinstance(step, Where) or type(read.equals) is type(step.equals)  # type: ignore[attr-defined]


def test_what_is_not_said_has_defaults(tmp_path: Path) -> None:
    read = recipe(tmp_path, CHAT)
    assert (read.name, read.kind, read.seed) == ("mix", "conversation", 42)
    assert read.template == TemplateUse(shipped.templates()["human_assistant"])
    assert read.layouts == ("sft-prompt-completion",)
    assert read.path == tmp_path / "mix.yaml"


def test_a_name_that_looks_like_a_number_stays_text(tmp_path: Path) -> None:
    text = CHAT.replace("chat:\n", "1e5:\n")
    assert list(recipe(tmp_path, text + "name: 007\n").sources) == ["1e5"]
    assert recipe(tmp_path, text + "name: 007\n").name == "007"


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("take: 1.5", "expected a whole number, got '1.5'"),
        ("take: 0", "expected at least 1, got 0"),
        ("take: " + "9" * 5000, "expected a whole number, got " + "9" * 60 + "…"),
        ("take: 5\n    candidates: " + "9" * 5000, "expected a count or a multiple such as 2x"),
        ("take: 5\n    candidates: [2x]", "expected a whole number, got a list"),
        ("take: [5]", "expected a whole number, got a list"),
        ("take:", "a source says how many rows it gives"),
        ("share: lots", "expected a number, got 'lots'"),
        ("share: .nan", "expected a number, got '.nan'"),
        ("share: nan", "expected a number, got nan"),
        ("share: 1.01", "expected at most 1.0, got 1.01"),
        ("take: 5\n    header: maybe", "expected yes or no, got 'maybe'"),
        ("take: 5\n    keep: [score]", "expected a table of names, got a list"),
        ("take: 5\n    system: {a: b}", "expected text, got a table"),
    ],
)
def test_a_value_of_another_type(tmp_path: Path, written: str, what: str) -> None:
    found = problems(tmp_path, CHAT.replace("take: 5", written))
    assert [problem.what[: len(what)] for problem in found] == [what]


def test_a_template_may_be_given_values(tmp_path: Path) -> None:
    template = (
        "template: {use: chatml_think, bos_token: <s>, think_mode: full, depth: 3, on: true}\n"
    )
    assert recipe(tmp_path, CHAT + template).template == TemplateUse(
        shipped.templates()["chatml_think"],
        bos_token="<s>",
        variables={"think_mode": "full", "depth": 3, "on": True},
    )


def test_a_tokenizer_is_a_file_or_its_folder(tmp_path: Path) -> None:
    (tmp_path / "tok").mkdir()
    file = tmp_path / "tok" / "tokenizer.json"
    file.write_text("{}")
    for written in ("tok", "tok/tokenizer.json", "./tok/../tok"):
        assert recipe(tmp_path, f"{CHAT}tokenizer: {written}\n").tokenizer == file


# Inheritance, variables, groups ------------------------------------------------------------------


def test_a_child_replaces_what_it_says_and_only_three_tables_merge(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        "name: base\nseed: 7\nvars: {rows: 10, take: 3}\npublish: {to: a/b, private: yes}\n"
        "groups:\n  tidy: [tidy_text]\n  long: [length: {of: prompt, max: 5}]\n"
    )
    read = recipe(
        tmp_path,
        "extends: base.yaml\nvars: {take: 4}\npublish: {to: c/d}\n"
        "groups:\n  long: [length: {of: prompt, max: 9}]\n"
        "sources:\n  chat:\n    embedded: {like: chat, rows: $rows}\n    take: $take\n"
        "steps: [use: tidy, use: long]\n",
    )
    assert read.name == "mix"
    assert read.seed == 7
    assert read.publish == Publish(to="c/d")
    assert read.sources["chat"] == Source(embedded=Embedded(like="chat", rows=10), take=4)
    assert read.steps == (TidyText(), Length(of="prompt", max=9))
    assert read.variables == {"rows": "10", "take": "4"}


def test_set_is_read_by_the_type_of_the_place(tmp_path: Path) -> None:
    text = "vars: {n: 1, system: x}\n" + CHAT.replace("take: 5", "take: $n\n    system: $system")
    source = recipe(tmp_path, text, {"n": "1_0", "system": "no"}).sources["chat"]
    assert (source.take, source.system) == (10, "no")
    (problem,) = problems(tmp_path, text, {"n": "ten"})
    assert problem.what == "expected a whole number, got 'ten'"


def test_paths_are_relative_to_where_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("mixes", "data", "here"):
        (tmp_path / name).mkdir()
    (tmp_path / "base.yaml").write_text("vars: {data: data, more: data/more}\n")
    monkeypatch.chdir(tmp_path / "here")
    text = (
        "extends: ../base.yaml\nsources:\n"
        "  one: {files: a.jsonl, take: 1}\n"
        "  two: {files: [a.jsonl, 'b*.jsonl'], root: $data, take: 1}\n"
        "  three: {files: $data/c.jsonl, root: x, take: 1}\n"
        "  four: {files: d.jsonl, root: $data/deep, take: 1}\n"
    )

    def roots(variables: Mapping[str, str]) -> dict[str, tuple[str | None, tuple[str, ...] | None]]:
        sources = recipe(tmp_path / "mixes", text, variables).sources
        return {name: (source.root, source.files) for name, source in sources.items()}

    mixes, data, here = (str(tmp_path / name) for name in ("mixes", "data", "here"))
    assert roots({}) == {
        "one": (mixes, ("a.jsonl",)),
        "two": (data, ("a.jsonl", "b*.jsonl")),
        "three": (f"{mixes}/x", (f"{data}/c.jsonl",)),
        "four": (f"{data}/deep", ("d.jsonl",)),
    }
    assert roots({"data": "mine"})["two"] == (f"{here}/mine", ("a.jsonl", "b*.jsonl"))
    assert roots({"data": "/abs"})["three"] == (f"{mixes}/x", ("/abs/c.jsonl",))


def test_the_text_is_the_same_wherever_the_data_lies(tmp_path: Path) -> None:
    text = (
        "vars: {data: ../data, n: 3}\nsources:\n"
        "  one: {files: [b.jsonl, $data/a.jsonl], root: $data/deep, take: $n}\n"
    )
    read = recipe(tmp_path, text)
    assert read.text == recipe(tmp_path, text, {"data": "/elsewhere"}).text
    assert read.digest == recipe(tmp_path, text, {"data": "/elsewhere"}).digest
    assert read.text != recipe(tmp_path, text, {"n": "4"}).text
    assert str(tmp_path) not in read.text
    again = recipe(tmp_path, read.text)
    assert again.sources == read.sources
    assert again.text == read.text


def test_a_shipped_recipe_can_be_extended_and_loaded_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shipped" / "demo").mkdir(parents=True)
    (tmp_path / "shipped" / "demo" / "stage-1.yaml").write_text(CHAT)
    recipes = tmp_path / "shipped"
    known = {"demo": recipes / "demo", "demo/stage-1": recipes / "demo" / "stage-1.yaml"}
    monkeypatch.setattr(shipped, "recipes", lambda: known)
    assert load("demo/stage-1").name == "stage-1"
    assert [one.name for one in load_folder("demo")] == ["stage-1"]
    assert recipe(tmp_path, "extends: demo/stage-1\nseed: 3\n").seed == 3
    with pytest.raises(RecipeError) as caught:
        find("dmo")
    assert caught.value.problems[0].hint == "did you mean 'demo'?"


# Folders -----------------------------------------------------------------------------------------


def test_a_folder_gives_its_recipes_in_name_order(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("vars: {n: 5}\nseed: 3\n")
    (tmp_path / "_notes.yaml").write_text("seed: 3\n")
    (tmp_path / "README.md").write_text("not: a recipe")
    for name in ("stage-2", "stage-1"):
        text = f"extends: base.yaml\n{CHAT}".replace("take: 5", "take: $n")
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "base-mix.yaml").write_text(CHAT)
    read = load_folder(tmp_path, {"n": "7"})
    assert [one.name for one in read] == ["base-mix", "stage-1", "stage-2"]
    assert [one.sources["chat"].take for one in read] == [5, 7, 7]


def test_a_file_that_is_too_large_or_missing(tmp_path: Path) -> None:
    (one,) = problems(tmp_path, "#" * (LONGEST + 1))
    assert "bytes; a recipe has at most 65,536" in one.what
    (tmp_path / "stage-1.yaml").write_text(CHAT)
    with pytest.raises(RecipeError) as caught:
        load(tmp_path / "stage-1")
    assert "no recipe" in describe_all(caught.value)


# Laws --------------------------------------------------------------------------------------------

WORD = st.text(string.ascii_letters, min_size=1, max_size=8)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALAR = TEXT | st.integers() | st.booleans() | st.none() | st.floats(-1e9, 1e9)
STEP: st.SearchStrategy[Step] = st.one_of(
    st.just(TidyText()),
    st.builds(Thinking, mode=st.sampled_from(["require", "forbid", "allow"])),
    st.builds(Length, of=st.sampled_from(["prompt", "total"]), max=st.integers(1, 10**9)),
    st.builds(Where, column=TEXT, equals=TEXT | st.integers() | st.booleans()),
    st.builds(Language, allowed=st.lists(st.sampled_from(["en", "no"]), min_size=1).map(tuple)),
)
STEPS = st.lists(STEP, max_size=3).map(tuple)
ORIGIN: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries(
        {"embedded": st.builds(Embedded, like=st.just("chat"), rows=st.integers(1, 9))}
    ),
    st.fixed_dictionaries(
        {
            "files": st.lists(TEXT.filter(lambda text: text != ""), min_size=1, max_size=2),
            "root": TEXT.filter(lambda text: "\0" not in text).map(
                lambda text: "/" + text.replace("/", "").replace(".", "")
            ),
            "rows": st.none() | TEXT,
            "header": st.booleans(),
            "carry": st.dictionaries(TEXT, TEXT, max_size=2),
        }
    ),
)


@st.composite
def sources(draw: st.DrawFn) -> Source:
    take = draw(st.integers(1, 10**6))
    return Source(
        **draw(ORIGIN),
        take=take,
        candidates=draw(st.sampled_from([None, "2x", "1.5x", take + 3])),
        keep=draw(st.dictionaries(TEXT, TEXT, max_size=3)),
        system=draw(st.none() | TEXT),
        on_bad_row=draw(st.sampled_from(["stop", "reject"])),
        repeat=draw(st.integers(1, 3)),
        steps=draw(STEPS),
    )


RECIPES = st.builds(
    Recipe,
    name=WORD,
    description=TEXT,
    seed=st.integers(0, 2**63),
    sources=st.dictionaries(WORD, sources(), min_size=1, max_size=3),
    steps=STEPS,
    license=st.none() | TEXT,
    publish=st.none() | st.builds(Publish, to=TEXT, private=st.booleans()),
    template=st.builds(
        TemplateUse,
        path=st.sampled_from(sorted(shipped.templates().values())),
        bos_token=st.none() | TEXT,
        variables=st.dictionaries(WORD.map(lambda name: f"v_{name}"), SCALAR, max_size=3),
    ),
)


@given(made=RECIPES)
def test_a_recipe_written_and_read_is_equal(
    made: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> None:
    read = recipe(tmp_path_factory.getbasetemp(), write(made))
    assert read.model_copy(update={"path": None, "places": {}}) == made


BYTES = Path(__file__).parents[1] / "data" / "bytes.json"
TOKENS = st.builds(
    Tokens,
    mask=st.sampled_from(get_args(Mask)),
    max_length=st.integers(2, 10**6),
    truncation=st.sampled_from(get_args(Truncation)),
    packing=st.sampled_from(get_args(Packing)),
) | st.builds(Tokens, mask=st.sampled_from(get_args(Mask)))
TINYLLAMA = st.builds(
    TinyLlama,
    input=st.just("none"),
    source_max_len=st.integers(1, 99),
    train_on_source=st.booleans(),
    bos_token=st.just("<s>"),
    eos_token=st.just("</s>"),
)


@given(tokens=TOKENS | TINYLLAMA, first=st.booleans())
def test_layouts_with_fields_are_written_and_read(
    tokens: TokenUse, first: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = Recipe(
        name="mix",
        sources={"chat": Source(embedded=Embedded(like="chat", rows=5), take=1)},
        layouts=(tokens, "sft-text") if first else ("sft-text", tokens),
        tokenizer=BYTES,
        template=TemplateUse(shipped.templates()["chatml_think"]),
    )
    assert recipe(tmp_path_factory.getbasetemp(), write(made)).layouts == made.layouts


def test_a_bare_name_has_all_its_fields_default(tmp_path: Path) -> None:
    text = f"tokenizer: {BYTES}\ntemplate: chatml_think\nlayouts: tokens\n{CHAT}"
    read = recipe(tmp_path, text)
    assert read.layouts == (Tokens(),)
    assert read.layout_names == ("tokens",)
    assert "\nlayouts:\n- tokens\n" in read.text
    sources = {"chat": Source(embedded=Embedded(like="chat", rows=5), take=1)}
    given: dict[str, Any] = {"name": "mix", "sources": sources, "tokenizer": BYTES}
    assert Recipe(**given, layouts=("tokens",)).layouts == (Tokens(),)  # pyright: ignore[reportArgumentType]


COMPLETE: dict[str, Any] = {
    "extends": "base.yaml",
    "vars": {"n": "5"},
    "groups": {"tidy": ["tidy_text"]},
    "name": "mix",
    "kind": "conversation",
    "description": "One.",
    "seed": "3",
    "total": {"rows": "100"},
    "template": "human_assistant",
    "layouts": ["sft-text"],
    "license": "mit",
    "publish": {"to": "a/b", "private": "yes", "config": "c"},
    "sources": {
        "chat": {
            "embedded": {"like": "chat", "rows": "10", "seed": "1", "defects": "no"},
            "share": "0.5",
            "at_most": "100",
            "repeat": "2",
            "order": "sampled",
            "candidates": 50,
            "prefer": "score",
            "keep": {"score": "score"},
            "columns": {"origin": "source"},
            "shape": "messages",
            "system": "Be brief.",
            "on_bad_row": "reject",
            "implied_opening": "no",
            "steps": [{"thinking": {"mode": "require", "turns": "all"}}],
        }
    },
    "steps": [{"use": "tidy"}, {"length": {"of": "prompt", "min": "1", "max": "9"}}],
}
KEYS: list[tuple[tuple[Any, ...], set[str]]] = [
    *(((name,), {*fields_of(Recipe), *BESIDE}) for name in COMPLETE),
    *((("publish", name), set(fields_of(Publish))) for name in COMPLETE["publish"]),
    *((("total", name), set(fields_of(Total))) for name in COMPLETE["total"]),
    *((("sources", "chat", name), set(fields_of(Source))) for name in COMPLETE["sources"]["chat"]),
    *(
        (("sources", "chat", "embedded", name), set(fields_of(Embedded)))
        for name in COMPLETE["sources"]["chat"]["embedded"]
    ),
    *((("steps", 1, "length", name), set(fields_of(Length))) for name in ("of", "min", "max")),
    (("sources", "chat", "steps", 0, "thinking", "turns"), {"mode", "turns"}),
]
"""Where a key stands in `COMPLETE`, and every key that may stand there."""


def slip(draw: st.DrawFn, word: str) -> str:
    """A word with one letter added, left out, replaced, or swapped with the next."""
    at = draw(st.integers(0, len(word) - 1))
    letter = draw(st.sampled_from(string.ascii_lowercase))
    swapped = word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
    left_out, replaced = word[:at] + word[at + 1 :], word[:at] + letter + word[at + 1 :]
    return draw(st.sampled_from([word[:at] + letter + word[at:], left_out, replaced, swapped]))


def renamed(value: Any, path: tuple[Any, ...], name: str) -> Any:
    if isinstance(value, list):
        return [
            renamed(item, path[1:], name) if index == path[0] else item
            for index, item in enumerate(value)  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
        ]
    if len(path) == 1:
        return {name if key == path[0] else key: item for key, item in value.items()}
    return {
        key: renamed(item, path[1:], name) if key == path[0] else item
        for key, item in value.items()
    }


@given(data=st.data())
def test_one_slip_in_a_key_is_found_on_its_line_with_the_right_word(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "base.yaml").write_text("seed: 4\n")
    path, allowed = data.draw(st.sampled_from(KEYS))
    typo = data.draw(st.composite(slip)(path[-1]))
    assume(typo and typo not in allowed and typo not in ("y", "n"))
    text = yaml.safe_dump(renamed(COMPLETE, path, typo), sort_keys=False)
    found = [
        problem
        for problem in problems(folder, text)
        if problem.what.startswith(f"'{typo}' is not a field")
    ]
    assert len(found) == 1
    assert found[0].hint is not None
    assert f"'{path[-1]}'" in found[0].hint
    place = found[0].place
    assert place is not None
    assert place.line is not None
    assert place.column is not None
    line = text.splitlines()[place.line - 1]
    assert line == place.text
    assert line[place.column - 1 :].startswith(typo) or line[place.column :].startswith(typo)


def shuffled(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict):
        items: list[tuple[str, Any]] = list(value.items())  # pyright: ignore[reportUnknownArgumentType]
        return {key: shuffled(draw, item) for key, item in draw(st.permutations(items))}
    if isinstance(value, list):
        return [shuffled(draw, item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


@given(data=st.data())
def test_the_order_of_keys_means_nothing(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "base.yaml").write_text("seed: 4\n")
    as_written = yaml.safe_dump(data.draw(st.composite(shuffled)(COMPLETE)), sort_keys=False)
    read = [recipe(folder, text) for text in (as_written, json.dumps(COMPLETE))]
    one, other = (each.model_copy(update={"places": {}}) for each in read)
    assert one == other


@given(text=st.text(st.sampled_from("abc:- \n\t[]{},&*!|>'\"#%@?$<\u2028\x85é\0"), max_size=60))
def test_no_text_whatever_gives_a_traceback(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for found in problems(tmp_path_factory.getbasetemp(), text):
        assert found.what
        assert describe_all(RecipeError(found))
