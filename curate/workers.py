"""Pure functions run on other processes, results in the order of the tasks."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue
from typing import Any, Protocol, TypeVar

from curate.errors import CurateError, Problem

T = TypeVar("T")
R = TypeVar("R")


class Listener(Protocol):
    """Someone who wants to see work go on."""

    def begin(self, stage: str, totals: dict[str, int]) -> None:
        """A stage starts: its name, and how much there is to do under each heading."""
        ...

    def advance(self, heading: str, weight: int, rows: int) -> None:
        """Some of a heading's weight is done, and gave this many rows."""
        ...


class Silent:
    """A listener who does not."""

    def begin(self, stage: str, totals: dict[str, int]) -> None:
        """Ignore it."""

    def advance(self, heading: str, weight: int, rows: int) -> None:
        """Ignore it."""


Told = tuple[str, int, int]
_tell: Callable[[Told], None] | None = None


def tell(heading: str, weight: int, rows: int) -> None:
    """Report progress from within a task, wherever it runs."""
    if _tell is not None:
        _tell((heading, weight, rows))


def _join_pool(queue: SimpleQueue[Told | None]) -> None:
    global _tell  # noqa: PLW0603  (one per worker process, set once at its start)
    _tell = queue.put


class Workers:
    """A fixed number of processes; with one, tasks run here and now."""

    def __init__(self, count: int, listener: Listener) -> None:
        self.count = count
        self.listener = listener
        self._pool: ProcessPoolExecutor | None = None
        self._queue: SimpleQueue[Told | None] | None = None

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
        """Give `function(task)` for every task, in order.

        The function must be importable and pure: what it gives may not depend on where it runs.
        Raises what it raises; CurateError where a worker died.
        """
        if self.count == 1 or len(tasks) == 0:
            yield from map(function, tasks)
            return
        pool = self._open()
        futures: list[Future[R]] = [pool.submit(function, task) for task in tasks]
        try:
            for future in futures:
                yield future.result()
        except BrokenProcessPool as error:
            raise CurateError(
                Problem(
                    "a worker process died; most often the machine ran out of memory",
                    help="build again with fewer workers, such as --workers 1; finished parts are kept",
                )
            ) from error
        finally:
            for future in futures:
                future.cancel()

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # spawn, because polars' threads hold locks that a forked child would inherit.
            context = multiprocessing.get_context("spawn")
            self._queue = context.SimpleQueue()
            # Parallelism is one process a core here; more threads inside only cost memory.
            os.environ.setdefault("POLARS_MAX_THREADS", "1")
            os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
            self._pool = ProcessPoolExecutor(
                self.count, mp_context=context, initializer=_join_pool, initargs=(self._queue,)
            )
            threading.Thread(target=self._listen, args=(self._queue,), daemon=True).start()
        return self._pool

    def _listen(self, queue: SimpleQueue[Any]) -> None:
        while (told := queue.get()) is not None:
            self.listener.advance(*told)

    def close(self) -> None:
        """End the processes, dropping tasks that have not begun."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        if self._queue is not None:
            self._queue.put(None)


@contextmanager
def working(count: int, listener: Listener) -> Iterator[Workers]:
    """Workers for the length of a `with` block."""
    global _tell  # noqa: PLW0603  (tasks that run in this process report to the listener directly)
    workers = Workers(count, listener)
    _tell = lambda told: listener.advance(*told)  # noqa: E731
    try:
        yield workers
    finally:
        _tell = None
        workers.close()
