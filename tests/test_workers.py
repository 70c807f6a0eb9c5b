"""Functions run on other processes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from math import factorial
from typing import ClassVar, TypeVar

import polars as pl
import pytest

from curate.errors import CurateError
from curate.partitions import rehearse
from curate.rows import text
from curate.step import Filter
from curate.steps.fits import Fits
from curate.steps.pairs import Pairs
from curate.steps.score import Score
from curate.workers import Silent, Workers, working

R = TypeVar("R")


def test_one_worker_is_this_process() -> None:
    with working(1, Silent()) as workers:
        assert list(workers.run(_where, [0, 1])) == [(0, os.getpid()), (1, os.getpid())]


@pytest.mark.slow
def test_results_come_in_the_order_of_the_tasks() -> None:
    tasks = [900, 0, 500, 1, 2, 3, 1200, 4]
    with working(2, Silent()) as workers:
        assert list(workers.run(factorial, tasks)) == [factorial(task) for task in tasks]
        assert len({pid for _, pid in workers.run(_where, range(40))} - {os.getpid()}) > 0
        workers.close()
        assert list(workers.run(factorial, [3])) == [6]


class _Pool(ProcessPoolExecutor):
    """Does tasks as they are handed in, and keeps which they were."""

    def __init__(self) -> None:
        self.handed: list[object] = []

    def submit(self, fn: Callable[..., R], /, *args: object, **kwargs: object) -> Future[R]:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.handed += args
        done: Future[R] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def test_heavy_tasks_begin_first_and_results_come_in_the_order_of_the_tasks() -> None:
    workers, pool = Workers(2, Silent()), _Pool()
    workers._open = lambda: pool  # pyright: ignore[reportPrivateUsage]
    assert list(workers.run(factorial, range(6), lambda task: task)) == [1, 1, 2, 6, 24, 120]
    assert pool.handed == [5, 4, 3, 2, 1, 0]


@pytest.mark.slow
def test_what_a_task_raises_is_raised_here() -> None:
    with working(2, Silent()) as workers:
        results = workers.run(factorial, [3, -1, 4])
        assert next(results) == 6
        with pytest.raises(ValueError, match="negative"):
            next(results)


@pytest.mark.slow
def test_a_worker_that_dies_is_an_error_with_a_reason() -> None:
    with working(2, Silent()) as workers, pytest.raises(CurateError, match="a worker process died"):
        list(workers.run(os._exit, [1, 1]))


class _Ear:
    def __init__(self) -> None:
        self.heard: list[tuple[str, int, int]] = []
        self.all = threading.Event()

    def begin(self, stage: str, totals: dict[str, int]) -> None:
        raise AssertionError((stage, totals))

    def advance(self, heading: str, weight: int, rows: int) -> None:
        self.heard.append((heading, weight, rows))
        if len(self.heard) == 3:
            self.all.set()


@pytest.mark.parametrize("count", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_what_tasks_tell_is_heard(count: int) -> None:
    ear = _Ear()
    with working(count, ear) as workers:
        assert list(workers.run(_telling, [1, 2, 3])) == [1, 2, 3]
        assert ear.all.wait(30)
    assert sorted(ear.heard) == [("heading", n, 2 * n) for n in (1, 2, 3)]


@pytest.mark.parametrize("count", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_workers_may_be_begun_before_there_are_tasks(count: int) -> None:
    with working(count, Silent()) as workers:
        workers.begin(factorial, 2)
        assert list(workers.run(factorial, [3, 4])) == [6, 24]


@pytest.mark.slow
def test_workers_that_died_before_their_tasks_are_an_error_with_a_reason() -> None:
    with working(2, Silent()) as workers:
        with pytest.raises(CurateError, match="a worker process died"):
            list(workers.run(os._exit, [1]))
        workers.begin(factorial, 2)
        with pytest.raises(CurateError, match="a worker process died"):
            list(workers.run(factorial, [3]))


def test_what_tasks_tell_is_heard_again_after_other_workers_have_been_and_gone() -> None:
    ear = _Ear()
    with working(1, ear) as workers:
        with working(1, Silent()) as others:
            assert list(others.run(_telling, [7])) == [7]
        assert list(workers.run(_telling, [1, 2, 3])) == [1, 2, 3]
    assert sorted(ear.heard) == [("heading", n, 2 * n) for n in (1, 2, 3)]


class Loading(Filter):
    """Keeps count of the rows it judges."""

    name: ClassVar[str] = "loading"
    judged: ClassVar[list[int]] = []

    def measure(self) -> pl.Expr:
        return text("answer").map_batches(self._load, return_dtype=pl.String)

    def _load(self, texts: pl.Series) -> pl.Series:
        self.judged.append(len(texts))
        return texts

    def keep(self, measured: pl.Expr) -> pl.Expr:
        return measured.is_null()

    def threshold(self) -> str:
        return "none"


def test_a_rehearsal_takes_a_row_through_every_step_whatever_others_raise() -> None:
    unsettled = Fits(max_length=9)
    lacking = Score(min=1)
    rehearse((lacking, unsettled, Loading(), Pairs(min_score=1, margin=1), Loading()))
    assert Loading.judged == [1, 1]


def _where(task: int) -> tuple[int, int]:
    time.sleep(0.001)
    return task, os.getpid()


def _telling(task: int) -> int:
    from curate import workers

    workers.tell("heading", task, 2 * task)
    return task
