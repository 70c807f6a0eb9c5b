"""Builds from end to end: small sources in, finished folders out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builds import chats, hashes, ids, made, recipe, rejects, write

import curate
from curate.describe import describe_all
from curate.errors import (
    CurateError,
    OutputError,
    RecipeError,
    ShapeError,
    ShortageError,
    StepError,
)
from curate.funnel import REJECTS
from curate.pipeline import build
from curate.recipe.model import Recipe, Source
from curate.recipe.reading import load, load_folder
from curate.steps.exact_duplicates import ExactDuplicates

GOLDEN = Path(__file__).parent / "golden"

CONVERSATIONS = """
sources:
  chat:
    embedded: {like: chat, rows: 300, seed: 1}
    take: 120
    candidates: 280
    steps:
      - length: {of: answer, unit: words, min: 5}
  reasoning:
    embedded: {like: reasoning, rows: 200, seed: 2}
    take: 60
    steps:
      - thinking: require
steps:
  - tidy_text
  - no_empty_turns
  - role_order
  - exact_duplicates
  - near_duplicates: {of: conversation, similarity: 0.8}
  - length: {of: conversation, max: 6000}
"""

PREFERENCES = """
kind: preference
sources:
  native:
    embedded: {like: preference, rows: 240, seed: 3}
    take: 60
    keep: {score_chosen: score_chosen}
    steps:
      - score: {column: score_chosen, min: 6}
  graded:
    embedded: {like: samples, rows: 80, seed: 4}
    take: 40
    steps:
      - rationale_to_thinking
      - pairs: {min_score: 1.0, margin: 1.0}
      - length: {of: chosen, max: 5000}
steps:
  - no_empty_turns
  - different
  - exact_duplicates
  - near_duplicates: {of: pair, similarity: 0.8}
  - length: {of: prompt, max: 400}
"""

FOLDER = {
    "README.md",
    "chat_template.jinja",
    "data/train-00000-of-00001.parquet",
    "manifest.json",
    "recipe.yaml",
    "explain.json",
    "rejects.parquet",
    "serve/chat_template.jinja",
    "trl.yaml",
}


@pytest.fixture(scope="module")
def conversations(tmp_path_factory: pytest.TempPathFactory) -> curate.Built:
    return made(tmp_path_factory.mktemp("conversations"), CONVERSATIONS)


@pytest.fixture(scope="module")
def preferences(tmp_path_factory: pytest.TempPathFactory) -> curate.Built:
    return made(tmp_path_factory.mktemp("preferences"), PREFERENCES)


@pytest.fixture(params=["conversations", "preferences"])
def built(request: pytest.FixtureRequest) -> curate.Built:
    return request.getfixturevalue(request.param)


# The folder ---------------------------------------------------------------------------------------


def test_a_folder_holds_what_it_should_and_nothing_else_is_left(built: curate.Built) -> None:
    assert set(hashes(built.folder)) == FOLDER
    assert [path.name for path in built.folder.parent.iterdir()] == ["mix"]


def test_counts_are_exact(conversations: curate.Built, preferences: curate.Built) -> None:
    for mix, counts in ((conversations, (120, 60)), (preferences, (60, 40))):
        found = mix.rows.group_by("source").len().sort("len", descending=True)["len"]
        assert tuple(found) == counts
        assert {name: count.drawn for name, count in mix.funnel.sources.items()} == dict(
            zip(mix.funnel.sources, counts, strict=True)
        )
        assert mix.rows["id"].is_unique().all()


def test_rows_are_shuffled(conversations: curate.Built) -> None:
    half = conversations.rows.head(90).filter(pl.col("source") == "chat").height
    assert 45 < half < 75  # 60 are expected, of a standard deviation of 4.5


def test_what_leaves_one_stop_enters_the_next(built: curate.Built) -> None:
    assert built.funnel.imbalances() == []
    assert built.funnel == curate.funnel.Funnel.from_json(built.manifest.funnel)


def test_every_dropped_row_is_recorded_once(built: curate.Built) -> None:
    found = rejects(built)
    dropped = {
        (stop.key, name): count.dropped
        for name in built.funnel.sources
        for stop, count in built.funnel.path(name)
        if count.dropped and not count.made
    }
    assert found.schema == pl.Schema(REJECTS)
    counted = found.group_by("step", "source").len()
    assert {(step, source): n for step, source, n in counted.iter_rows()} == dropped
    assert len(dropped) > 4
    assert found.equals(found.sort(list(REJECTS)))
    assert found["threshold"].null_count() == 0
    assert found.select("id", "step").is_unique().sum() >= found.height - 2 * 8  # exact repeats
    near = found.filter(pl.col("step").str.ends_with("near_duplicates"))
    assert near["because_of"].null_count() == 0
    assert not set(near["because_of"]) & set(near["id"])
    assert near["measure"].cast(pl.Float64).is_between(0.3, 1).all()


def test_no_row_is_both_dropped_and_drawn(built: curate.Built) -> None:
    repeats = pl.col("id") == pl.col("because_of")  # equal records have one id
    assert not set(rejects(built).filter(~repeats.fill_null(value=False))["id"]) & set(ids(built))


def test_pairs_are_of_one_prompt(preferences: curate.Built) -> None:
    made_of = preferences.rows.filter(pl.col("source") == "graded")
    assert (made_of["prompt"].list.len() > 0).all()
    assert (made_of["chosen"] != made_of["rejected"]).all()
    (count,) = (count for stop, count in preferences.funnel.path("graded") if stop.name == "pairs")
    assert (count.dropped, count.made > 40) == (count.rows_in, True)


def test_a_rebuild_is_the_same_byte_for_byte(
    conversations: curate.Built, preferences: curate.Built, tmp_path: Path
) -> None:
    for mix, text in ((conversations, CONVERSATIONS), (preferences, PREFERENCES)):
        again = made(tmp_path, text)
        assert hashes(again.folder) == hashes(mix.folder)


def test_datasets_reads_what_polars_reads(conversations: curate.Built) -> None:
    dataset = conversations.dataset()
    assert dataset.num_rows == 180
    assert dataset["id"] == conversations.rows["id"].to_list()


def test_a_recipe_made_in_python_is_settled(tmp_path: Path) -> None:
    pair = {"prompt": "Which is it?", "chosen": "This one.", "rejected": "No idea."}
    write(tmp_path / "pairs.jsonl", [pair, pair | {"rejected": "Who knows."}, pair])
    source = Source(files=("pairs.jsonl",), root=str(tmp_path), take=2)
    mix = Recipe(
        name="mix", kind="preference", sources={"pairs": source}, steps=(ExactDuplicates(),)
    )
    told = rejects(build(mix, tmp_path, workers=1))
    assert told["threshold"].to_list() == ["first row with this pair"]


def test_making_pairs_is_a_sources_own_business(tmp_path: Path) -> None:
    text = PREFERENCES + "  - pairs: {min_score: 1.0, margin: 1.0}\n"
    with pytest.raises(RecipeError) as caught:
        load(recipe(tmp_path, text))
    (problem,) = caught.value.problems
    assert "stands among that source's steps" in problem.what
    assert problem.place is not None
    assert (problem.place.line, problem.place.column) == (len(text.splitlines()), 5)


def test_a_conversation_is_no_pair(tmp_path: Path) -> None:
    text = PREFERENCES.replace("kind: preference", "").replace("  - different\n", "")
    with pytest.raises(RecipeError, match="'pairs' makes preference rows"):
        load(recipe(tmp_path, text))


# Which rows ---------------------------------------------------------------------------------------

TEXTS = """
sources:
  one: {{files: [one.jsonl], {one}}}
  two: {{files: [two.jsonl], take: 10}}
steps:
  - exact_duplicates
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "one.jsonl", chats(60))
    write(tmp_path / "two.jsonl", chats(30, start=100))
    return tmp_path


def texts(folder: Path, one: str, out: str = "out") -> curate.Built:
    return made(folder, TEXTS.format(one=one), out=out)


def prompts(mix: curate.Built, source: str = "one") -> list[int]:
    """The numbers of the questions, in the order of the mix."""
    rows = mix.rows.filter(pl.col("source") == source)
    told = rows["prompt"].list.first().struct.field("content")
    return [int(number) for number in told.str.extract(r"question(\d+)")]


def test_asking_for_more_only_adds_rows(folder: Path) -> None:
    few, more = texts(folder, "take: 20", "few"), texts(folder, "take: 35", "more")
    assert set(ids(few, "one")) < set(ids(more, "one"))
    assert set(ids(few, "two")) == set(ids(more, "two"))
    assert len(ids(more, "one")) == 35


def test_another_seed_draws_others(folder: Path) -> None:
    one = texts(folder, "take: 20")
    other = made(folder, "seed: 7" + TEXTS.format(one="take: 20"), out="other")
    assert 0 < len(set(ids(one, "one")) & set(ids(other, "one"))) < 20


def test_candidates_are_the_first_in_the_seeded_order(folder: Path) -> None:
    whole = texts(folder, "take: 20", "whole")
    some = texts(folder, "take: 20, candidates: 1.5x", "some")
    assert set(ids(some, "one")) == set(ids(whole, "one"))
    stop, count = some.funnel.path("one")[0]
    assert (stop.name, count.rows_in, count.dropped) == ("candidates", 60, 30)
    assert some.funnel.imbalances() == []
    assert (
        rejects(some).filter(pl.col("step") == stop.key)["threshold"].to_list()
        == ["first 30 rows in the seeded order"] * 30
    )


def test_the_first_rows_as_stored(folder: Path) -> None:
    assert sorted(prompts(texts(folder, "take: 7, order: first"))) == list(range(7))


def test_the_first_candidates_are_read_and_no_more(folder: Path) -> None:
    with (folder / "one.jsonl").open("a") as file:
        file.write("no json at all\n")
    mix = texts(folder, "take: 20, candidates: 2x, order: first")
    assert sorted(prompts(mix)) == list(range(20))
    assert mix.funnel.sources["one"].candidates == 40
    with pytest.raises(CurateError, match="JSON"):
        texts(folder, "take: 20, order: first")


def test_shares_of_a_total(folder: Path) -> None:
    text = """
total: {rows: 11}
sources:
  one: {files: [one.jsonl], share: 0.75}
  two: {files: [two.jsonl], share: 0.25}
"""
    mix = made(folder, text)
    assert (len(ids(mix, "one")), len(ids(mix, "two"))) == (8, 3)


def test_a_cap(folder: Path) -> None:
    assert len(ids(texts(folder, "take: 50, at_most: 12"), "one")) == 12


def test_repeats_are_told_apart(folder: Path) -> None:
    mix = texts(folder, "take: 25, repeat: 3")
    drawn = ids(mix, "one")
    assert len(set(drawn)) == 25
    uses = [
        int(number or 1)
        for _, number in (use.split("#") if "#" in use else (use, 0) for use in drawn)
    ]
    assert sorted(uses) == [1] * 9 + [2] * 8 + [3] * 8
    assert len({use.partition("#")[0] for use in drawn}) == 9


def test_preferred_rows_come_first(tmp_path: Path) -> None:
    records = [row | {"good": n % 3 == 0} for n, row in enumerate(chats(60))]
    write(tmp_path / "one.jsonl", records)
    text = "sources: {one: {files: [one.jsonl], take: TAKE, keep: {good: good}, prefer: good}}"
    assert set(made(tmp_path, text.replace("TAKE", "15")).rows["good"]) == {"true"}
    more = made(tmp_path, text.replace("TAKE", "25")).rows["good"]
    assert (more == "true").sum() == 20


def test_preferring_what_has_no_order(tmp_path: Path) -> None:
    write(tmp_path / "one.jsonl", [row | {"good": "very"} for row in chats(3)])
    text = "sources: {one: {files: [one.jsonl], take: 3, keep: {good: good}, prefer: good}}"
    with pytest.raises(StepError, match="'prefer: good' cannot order"):
        made(tmp_path, text)


def test_exact_repeats_are_rows_of_their_own(tmp_path: Path) -> None:
    write(tmp_path / "one.jsonl", chats(10) + chats(10))
    mix = made(tmp_path, "sources: {one: {files: [one.jsonl], take: 20}}")
    assert len(set(ids(mix))) == 20
    assert sum("#2" in row for row in ids(mix)) == 10


def test_a_budget_of_tokens(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    words: Any = models.WordLevel({"[UNK]": 0}, unk_token="[UNK]")
    tokenizer: Any = Tokenizer(words)
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    write(tmp_path / "one.jsonl", chats(40, words=9))
    text = "tokenizer: tokenizer.json\nsources: {one: {files: [one.jsonl], tokens: TOKENS}}"
    # "Human: " and "Assistant: " stand before ten words each; white space alone ends a turn.
    mix = made(tmp_path, text.replace("TOKENS", "100"))
    assert len(ids(mix)) == 4
    assert set(ids(mix)) < set(ids(made(tmp_path, text.replace("TOKENS", "221"))))
    with pytest.raises(ShortageError, match="tokens short"):
        made(tmp_path, text.replace("TOKENS", "10000"))


# Several recipes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["unseen", "near_duplicates: {of: prompt, similarity: 0.8}"])
def test_a_later_recipe_sees_the_prompts_of_an_earlier_one(tmp_path: Path, step: str) -> None:
    write(tmp_path / "data.jsonl", chats(40))
    source = "sources: {one: {files: [../data.jsonl], take: TAKE}}"
    for number, take in ((1, 25), (2, 15)):
        text = f"{source.replace('TAKE', str(take))}\nsteps:\n  - {step}\n"
        recipe(tmp_path / "recipes", text, f"stage-{number}")
    first, second = load_folder(tmp_path / "recipes")
    one = build(first, tmp_path / "out", workers=1)
    two = build(second, tmp_path / "out", workers=1, earlier=[one.folder])
    assert set(prompts(one)) | set(prompts(two)) == set(range(40))
    assert two.funnel.dropped(step.partition(":")[0]) == 25
    assert set(rejects(two)["because_of"]) == set(ids(one))
    assert two.funnel.imbalances() == []
    assert set(two.funnel.sources) == {"one"}


@pytest.mark.parametrize("step", ["unseen", "near_duplicates: {of: prompt, keep: score}"])
def test_a_mix_can_be_kept_apart_from_one_built_before(tmp_path: Path, step: str) -> None:
    write(tmp_path / "data.jsonl", [{**chat, "score": 1} for chat in chats(40)])
    source = "sources: {one: {files: [data.jsonl], keep: {score: score}, take: TAKE}}"
    first = made(tmp_path, source.replace("TAKE", "25"), out="first")
    folder = first.folder.relative_to(tmp_path)
    step = (
        f"{step[:-1]}, against: [{folder}]}}"
        if step.endswith("}")
        else f"{step}: {{against: [{folder}]}}"
    )
    text = f"{source.replace('TAKE', '15')}\nsteps:\n  - {step}\n"
    second = made(tmp_path, text, out="second")
    assert set(prompts(first)) | set(prompts(second)) == set(range(40))
    assert set(rejects(second)["because_of"]) == set(ids(first))


def test_what_a_mix_is_kept_apart_from_must_be_there(tmp_path: Path) -> None:
    write(tmp_path / "data.jsonl", chats(4))
    text = """
sources:
  one: {files: [data.jsonl], take: all}
steps:
  - unseen: {against: [nowhere]}
"""
    with pytest.raises(OutputError, match="nowhere"):
        made(tmp_path, text)
    text = """
sources:
  one:
    files: [data.jsonl]
    take: all
    steps:
      - unseen: {against: [nowhere]}
"""
    with pytest.raises(StepError, match="cannot look beyond"):
        made(tmp_path, text)


# What goes wrong ----------------------------------------------------------------------------------


def test_a_shortage_names_every_source(
    folder: Path, golden: Callable[[str, Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    text = """
sources:
  one:
    files: [one.jsonl]
    take: 40
    candidates: 50
    steps:
      - length: {of: prompt, max: 80}
  two: {files: [two.jsonl], take: 31}
  three: {files: [two.jsonl], take: 10}
steps:
  - exact_duplicates: prompt
"""
    with pytest.raises(ShortageError) as caught:
        made(folder, text)
    golden(describe_all(caught.value) + "\n", GOLDEN / "shortage.txt")
    assert [path.name for path in (folder / "out").iterdir()] == [".mix.shelf"]


def test_a_mix_without_a_row_is_none(folder: Path) -> None:
    text = """
sources:
  one: {files: [one.jsonl], take: all}
steps:
  - length: {of: prompt, max: 1}
"""
    with pytest.raises(ShortageError) as caught:
        made(folder, text)
    (problem,) = caught.value.problems
    assert problem.what == "mix would have no row: none of 60 records is left"
    assert problem.help == "'length' took 60; loosen 'length'"
    assert [path.name for path in (folder / "out").iterdir()] == [".mix.shelf"]


def test_what_is_kept_after_a_shortage_is_used(folder: Path) -> None:
    with pytest.raises(ShortageError):
        texts(folder, "take: 70")
    shelf = folder / "out" / ".mix.shelf"
    before = {path.name: path.stat().st_mtime_ns for path in shelf.glob("*.rows")}
    with pytest.raises(ShortageError):
        texts(folder, "take: 80")
    assert {path.name: path.stat().st_mtime_ns for path in shelf.glob("*.rows")} == before
    assert len(before) == 2
    texts(folder, "take: 60")
    assert not shelf.exists()


def test_a_bad_record_stops_the_build_or_is_rejected(folder: Path) -> None:
    write(folder / "one.jsonl", [*chats(20), {"messages": "none"}, *chats(20, start=20)])
    with pytest.raises(ShapeError) as caught:
        texts(folder, "take: 30")
    (problem,) = caught.value.problems
    assert problem.place is not None
    assert problem.place.row == 21
    mix = texts(folder, "take: 40, on_bad_row: reject")
    assert (mix.funnel.sources["one"].candidates, mix.funnel.sources["one"].bad) == (41, 1)
    assert mix.funnel.imbalances() == []
    (told,) = rejects(mix).iter_rows(named=True)
    assert (told["id"], told["source"], told["step"]) == ("one.jsonl record 21", "one", "shape")
    assert told["measure"]


def test_lone_surrogates_are_replaced_and_counted(tmp_path: Path) -> None:
    records = chats(5)
    records[2]["messages"][1]["content"] = "half \ud83d of a pair, and \udc00 another"
    write(tmp_path / "one.jsonl", records)
    mix = made(tmp_path, "sources: {one: {files: [one.jsonl], take: 5}}")
    assert mix.funnel.sources["one"].surrogates == 2
    answers = mix.rows["completion"].list.first().struct.field("content").to_list()
    assert "half \ufffd of a pair, and \ufffd another" in answers


def test_preference_pairs_are_no_conversations(tmp_path: Path) -> None:
    text = "sources: {one: {embedded: {like: preference, rows: 20}, take: 5}}"
    with pytest.raises(CurateError, match="holds preference pairs"):
        made(tmp_path, text)


def test_a_column_nobody_kept(folder: Path) -> None:
    with pytest.raises(CurateError) as caught:
        made(folder, TEXTS.format(one="take: 5") + "  - score: {min: 1}\n")
    (problem,) = caught.value.problems
    assert re.match(r"'score' reads a column the rows do not have: .*score", problem.what)


def test_someone_elses_folder_is_left_alone(folder: Path) -> None:
    theirs = folder / "out" / "mix" / "thesis.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("years of work")
    with pytest.raises(CurateError, match="not a mix that curate built"):
        texts(folder, "take: 5")
    assert theirs.read_text() == "years of work"


def test_two_builds_do_not_meet_on_one_shelf(folder: Path) -> None:
    from curate.shelf import Shelf

    loaded = load(recipe(folder, TEXTS.format(one="take: 5")))
    with Shelf(folder / "out" / ".mix.shelf").held(), pytest.raises(CurateError, match="another"):
        build(loaded, folder / "out", workers=1)
    assert build(loaded, folder / "out", workers=1).folder.is_dir()


def test_a_place_that_cannot_be_written(folder: Path) -> None:
    (folder / "out").write_text("a file where a folder should be")
    with pytest.raises(CurateError, match="cannot be written"):
        texts(folder, "take: 5")
