"""Pure functions run on other processes, results in the order of the tasks."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Protocol, TypeVar

from curate.errors import CurateError, Problem

T = TypeVar("T")
R = TypeVar("R")


class Listener(Protocol):
    """Someone who wants to see work go on."""

    def begin(self, stage: str, totals: dict[str, int]) -> None:
        """A stage starts: its name, and how much there is to do under each heading, if that is known."""
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


def _join_pool(pipe: Connection) -> None:
    """Begin as a worker."""
    global _tell
    # No lock: so short a message is written whole, and a worker killed with a lock would keep it.
    _tell = pipe.send
    # Ctrl-C reaches every process of a terminal; the first one says what there is to say.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_follow, args=(multiprocessing.parent_process(),), daemon=True).start()


def _follow(parent: BaseProcess) -> None:
    """End with the first process, however it ends: nobody else would tell this one to."""
    parent.join()
    os._exit(1)


class Workers:
    """A fixed number of processes; with one, tasks run here and now."""

    def __init__(self, count: int, listener: Listener) -> None:
        self.count = count
        self.listener = listener
        self._pool: ProcessPoolExecutor | None = None
        self._writing: Connection | None = None

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
        """Give `function(task)` for every task, in order.

        The function must be importable and pure: what it gives may not depend on where it runs.
        Raises what it raises; CurateError where a worker died.
        """
        if self.count == 1 or len(tasks) == 0:
            yield from map(function, tasks)
            return
        try:
            pool = self._open()
            futures: list[Future[R]] = [pool.submit(function, task) for task in tasks]
            # Results are let go of as they are given: there may be many.
            while futures:
                yield futures.pop(0).result()
        except BrokenProcessPool as error:
            raise CurateError(
                Problem(
                    "a worker process died; most often the machine ran out of memory",
                    help="build again with fewer workers, such as --workers 1; finished parts are "
                    "kept. A script that calls `curate.build` does so under "
                    '`if __name__ == "__main__":`, for workers import it',
                )
            ) from error

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # spawn, because polars' threads hold locks that a forked child would inherit.
            context = multiprocessing.get_context("spawn")
            reading, self._writing = context.Pipe(duplex=False)
            # Parallelism is one process a core here; more threads inside only cost memory.
            os.environ.setdefault("POLARS_MAX_THREADS", "1")
            os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
            self._pool = ProcessPoolExecutor(
                self.count, mp_context=context, initializer=_join_pool, initargs=(self._writing,)
            )
            threading.Thread(target=self._listen, args=(reading,), daemon=True).start()
        return self._pool

    def _listen(self, pipe: Connection) -> None:
        """Pass on what workers tell, until all of them are gone."""
        with pipe, suppress(EOFError):
            while True:
                self.listener.advance(*pipe.recv())

    def close(self) -> None:
        """End the processes, dropping tasks that have not begun; new tasks start new ones."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
        if self._writing is not None:
            self._writing.close()
            self._writing = None


@contextmanager
def working(count: int, listener: Listener) -> Generator[Workers]:
    """Workers for the length of a `with` block."""
    global _tell
    workers = Workers(count, listener)
    # Tasks that run in this process report to the listener directly.
    _tell = lambda told: listener.advance(*told)  # noqa: E731
    try:
        yield workers
    finally:
        _tell = None
        workers.close()
