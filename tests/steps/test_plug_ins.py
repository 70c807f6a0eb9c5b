"""Steps announced by other packages."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints

import pytest

import curate.steps
from curate.errors import StepError
from curate.steps import ENTRY_POINTS, step_types
from curate.steps.length import Length


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]
    step_types.cache_clear()
    yield
    step_types.cache_clear()


def announce(monkeypatch: pytest.MonkeyPatch, word: str, value: str) -> None:
    points = EntryPoints([EntryPoint(word, value, ENTRY_POINTS)])

    def entry_points(*, group: str) -> EntryPoints:
        return points.select(group=group)

    monkeypatch.setattr(curate.steps, "entry_points", entry_points)


def test_another_packages_step_stands_last(monkeypatch: pytest.MonkeyPatch) -> None:
    announce(monkeypatch, "brevity", "curate.steps.length:Length")
    assert list(step_types())[-1] == "brevity"
    assert step_types()["brevity"] is Length


@pytest.mark.parametrize(
    ("word", "value", "why"),
    [
        ("length", "curate.steps.score:Score", "the word is taken"),
        ("brevity", "no.such.module:Step", "No module named 'no'"),
        ("brevity", "curate.steps.score:Missing", "Missing"),
        ("brevity", "curate.errors:CurateError", "it is no `curate.step.Step`"),
        ("brevity", "curate.answers:same", "it is no `curate.step.Step`"),
    ],
)
def test_what_cannot_be_used_is_told(
    monkeypatch: pytest.MonkeyPatch, word: str, value: str, why: str
) -> None:
    announce(monkeypatch, word, value)
    with pytest.raises(StepError, match=why):
        step_types()
