"""What every verb prints at 100 columns, held to golden files."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from typer.testing import Result

from curate.cli.draw_lock import draw_locking
from curate.cli.terminal import Terminal
from curate.locking import Locking
from curate.recipe.lock import Lock, LockedSource

GOLDEN = Path(__file__).parent / "golden"

BUILD = ("build", "mixes", "-o", "out", "--workers", "1")

PAGES: dict[str, tuple[str, ...]] = {
    "help": ("--help",),
    "help-build": ("build", "--help"),
    "help-check": ("check", "--help"),
    "help-explain": ("explain", "--help"),
    "help-lock": ("lock", "--help"),
    "help-preview": ("preview", "--help"),
    "help-publish": ("publish", "--help"),
    "help-new": ("new", "--help"),
    "new": ("new", "mixes/pairs.jsonl"),
    "check": ("check", "mixes", "unscored.yaml", "template.yaml"),
    "check-mistakes": ("check", "mixes", "mistaken.yaml", "nowhere.yaml"),
    "check-sample": ("check", "greedy.yaml", "mixes", "--sample", "20"),
    "check-plan": ("check", "mixes", "--plan", "--workers", "2"),
    "lock": ("lock", "mixes"),
    "lock-no-source": ("lock", "mixes", "--upgrade", "tolk"),
    "build": BUILD,
    "build-locked": (*BUILD, "--locked"),
    "build-short": ("build", "greedy.yaml", "-o", "out", "--workers", "1"),
    "preview": ("preview", "mixes", "-n", "3"),
    "preview-step": ("preview", "mixes", "--step", "no_empty_turns"),
    "preview-no-step": ("preview", "mixes", "--step", "no_empty_turn"),
    "steps-one": ("steps", "score"),
    "steps-none": ("steps", "scored"),
    "verb-none": ("biuld", "demo"),
}


def normal(text: str) -> str:
    """The text without what may differ: times, sizes of files, white space at line ends."""
    text = re.sub(r"\bin (\d+ min )?[\d.]+ s\b", "in TIME", text)
    text = re.sub(r"\b[\d,.]+ [kMG]B\b", "SIZE", text)
    return re.sub(r"(?m) +$", "", text)


def page(result: Result) -> str:
    parts = [normal(result.stdout)]
    if result.stderr:
        parts += ["--- stderr", normal(result.stderr)]
    return "\n".join([*parts, f"--- exit {result.exit_code}", ""])


@pytest.mark.parametrize("name", PAGES)
def test_a_verb_prints_its_page(
    name: str, curate: Callable[..., Result], golden: Callable[[str, Path], None]
) -> None:
    golden(page(curate(*PAGES[name])), GOLDEN / f"{name}.txt")


def test_inspect_prints_its_page(
    curate: Callable[..., Result], golden: Callable[[str, Path], None]
) -> None:
    assert curate(*BUILD).exit_code == 0
    golden(page(curate("inspect", "out/1-small-talk")), GOLDEN / "inspect.txt")
    golden(page(curate("inspect", "out")), GOLDEN / "inspect-parent.txt")
    shard = Path("out/1-small-talk/data/train-00000-of-00001.parquet")
    shard.write_bytes(shard.read_bytes().replace(b"PAR1", b"PAR2", 1))
    golden(page(curate("inspect", "out/1-small-talk")), GOLDEN / "inspect-changed.txt")


def test_a_lock_tells_what_moved(
    curate: Callable[..., Result], golden: Callable[[str, Path], None]
) -> None:
    assert curate("lock", "mixes").exit_code == 0
    talk = Path("mixes/talk.jsonl")
    talk.write_text(talk.read_text() * 2)
    golden(page(curate(*BUILD)), GOLDEN / "build-drifted.txt")
    golden(page(curate("lock", "mixes", "--upgrade", "talk")), GOLDEN / "lock-upgrade.txt")
    assert curate(*BUILD, "--locked").exit_code == 0


def test_a_pack_is_locked_and_moved_by_its_name(curate: Callable[..., Result]) -> None:
    Path("tests.jsonl").write_text('{"prompt": "What is the capital of the land?"}\n')
    Path("mine.yaml").write_text(
        "sources: {test: {files: [tests.jsonl], shape: prompt, take: all}}\n"
    )
    Path("mix.yaml").write_text(
        "sources: {talk: {embedded: {like: chat, rows: 9}, take: 9}}\n"
        "steps: [{decontaminate: {against: [mine.yaml]}}]\n"
    )
    assert "mine/test" in page(curate("lock", "mix.yaml"))
    Path("tests.jsonl").write_text('{"prompt": "Who wrote the book of the year?"}\n')
    build = ("build", "mix.yaml", "-o", "out", "--workers", "1")
    refused = curate(*build)
    assert refused.exit_code == 1
    assert "tests.jsonl has changed since the lock was written" in page(refused)
    assert "mine/test changed" in page(curate("lock", "mix.yaml", "--upgrade", "mine"))
    assert curate(*build, "--locked").exit_code == 0
    assert "did you mean 'mine'?" in page(curate("lock", "mix.yaml", "--upgrade", "mime"))


def test_sources_of_a_pack_at_one_commit_stand_on_one_line(
    golden: Callable[[str, Path], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    pin = LockedSource(origin="", hub="org/tests", commit="c" * 40, rows=2)
    names = ("bbh", "bbh/a", "bbh/b", "arc/easy", "hub:org/tests")
    lock = Lock(recipe="mix", template="", libraries={}, sources=dict.fromkeys(names, pin))
    draw_locking(Terminal(), Locking(Path("mix.lock"), lock, ()))
    golden(capsys.readouterr().out, GOLDEN / "lock-packs.txt")


def test_explain_prints_its_pages(
    curate: Callable[..., Result], golden: Callable[[str, Path], None]
) -> None:
    assert curate("build", "alike.yaml", "-o", "out", "--workers", "1").exit_code == 0
    rejects = pl.read_parquet("out/alike/rejects.parquet")
    gone, short = (
        rejects.filter(pl.col("step").str.ends_with(step))["id"][0]
        for step in ("near_duplicates", "length")
    )
    stays = rejects["because_of"].drop_nulls()[0]
    for name, words in {
        "explain": (),
        "explain-alike": ("near_duplicates",),
        "explain-what-if": ("near_duplicates", "--what-if", "0.7", "0.9"),
        "explain-not-kept": ("near_duplicates", "--what-if", "0.72"),
        "explain-length": ("length",),
        "explain-no-step": ("near_duplicate",),
        "explain-dropped": (gone,),
        "explain-short": (short,),
        "explain-stays": (stays[:12],),
    }.items():
        golden(page(curate("explain", "out/alike", *words)), GOLDEN / f"{name}.txt")


def test_steps_are_listed_by_kind(curate: Callable[..., Result]) -> None:
    from curate.steps import step_types

    said = curate("steps").stdout
    for name in step_types():
        assert re.search(rf"(?m)^  {name}  +[A-Z]", said), name
    order = [said.index(kind) for kind in ("edits  ", "filters  ", "choices  ", "makers  ")]
    assert order == sorted(order)


def test_a_field_that_may_be_left_empty_says_so(curate: Callable[..., Result]) -> None:
    said = curate("steps", "decontaminate").stdout
    assert " ".join(said.split()).count("default: none") == 2


def test_nothing_is_guessed_of_sources_that_give_all_they_have(
    curate: Callable[..., Result],
) -> None:
    Path("all.yaml").write_text("sources: {talk: {embedded: {like: chat, rows: 9}, take: all}}\n")
    said = page(curate("check", "all.yaml", "--sample", "9"))
    assert "rows read" in said
    assert "asked for" not in said


@pytest.mark.parametrize("columns", [40, 60, 100, 200])
def test_nothing_is_wider_than_the_terminal(
    columns: int, curate: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for words in (("preview", "mixes"), ("steps", "language"), ("check", "mixes", "--sample", "9")):
        lines = curate(*words).stdout.splitlines()
        wide = [line for line in lines if len(line.rstrip()) > min(columns, 100)]
        assert not [line for line in wide if not re.search("[0-9a-f]{32}|rendered by", line)]


def test_trained_text_is_marked_without_colour(curate: Callable[..., Result]) -> None:
    said = curate("preview", "mixes/2-better-answers.yaml", "-n", "1").stdout
    assert "Assistant:⟦ 2 + 2 is 4.⟧" in said
    assert "\x1b" not in said


def test_what_a_row_says_does_not_command_the_terminal(curate: Callable[..., Result]) -> None:
    said = curate("preview", "greedy.yaml", "-n", "9").stdout
    assert "What does ␛[31m do in a terminal?" in said


def test_every_verb_is_in_the_readme() -> None:
    from curate.cli.main import app

    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"curate {command.callback.__name__}" in readme
