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


def _join_pool(pipe: Connection, leash: Connection) -> None:
    """Begin as a worker."""
    global _tell
    # No lock: so short a message is written whole, and a worker killed with a lock would keep it.
    _tell = pipe.send
    # Ctrl-C reaches every process of a terminal; the first one says what there is to say.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_follow, args=(leash,), daemon=True).start()


@contextmanager
def _interrupts_held() -> Generator[None]:
    """Hold Ctrl-C back here, and in processes begun meanwhile until they can end without a word."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _follow(leash: Connection) -> None:
    """End when the first process lets go of its end, or ends itself, however it does."""
    with suppress(EOFError):
        leash.recv()
    os._exit(1)


class Workers:
    """A fixed number of processes; with one, tasks run here and now."""

    def __init__(self, count: int, listener: Listener) -> None:
        self.count = count
        self.listener = listener
        self._pool: ProcessPoolExecutor | None = None
        self._pipes: list[Connection] = []

    def begin(self, function: Callable[[T], object], task: T) -> None:
        """Have every process, once it has started, run `function(task)` while this one does something else.

        What it gives is never looked at, nor what it raises: it is there to load what later tasks need.
        """
        if self.count == 1:
            return
        pool = self._open()
        # Where one has died by now, `run` says so.
        with _interrupts_held(), suppress(BrokenProcessPool):
            for _ in range(self.count):
                pool.submit(function, task)

    def run(
        self,
        function: Callable[[T], R],
        tasks: Sequence[T],
        weigh: Callable[[T], int] = lambda _: 0,
    ) -> Iterator[R]:
        """Give `function(task)` for every task, in order.

        The heaviest begin first: a long one that began last would keep one worker while others have nothing to do.
        The function must be importable and pure: what it gives may not depend on where it runs.
        Raises what it raises; CurateError where a worker died.
        """
        if self.count == 1 or len(tasks) == 0:
            yield from map(function, tasks)
            return
        try:
            pool = self._open()
            begun: dict[int, Future[R]] = {}
            with _interrupts_held():
                for place in sorted(range(len(tasks)), key=lambda place: -weigh(tasks[place])):
                    begun[place] = pool.submit(function, tasks[place])
            # Results are let go of as they are given: there may be many.
            for place in range(len(tasks)):
                yield begun.pop(place).result()
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
            reading, telling = context.Pipe(duplex=False)
            leash, held = context.Pipe(duplex=False)
            self._pipes = [held, leash, telling]
            # Parallelism is one process a core here; more threads inside only cost memory.
            os.environ.setdefault("POLARS_MAX_THREADS", "1")
            os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
            self._pool = ProcessPoolExecutor(
                self.count, mp_context=context, initializer=_join_pool, initargs=(telling, leash)
            )
            threading.Thread(target=self._listen, args=(reading,), daemon=True).start()
        return self._pool

    def _listen(self, pipe: Connection) -> None:
        """Pass on what workers tell, until all of them are gone."""
        with pipe, suppress(EOFError):
            while True:
                self.listener.advance(*pipe.recv())

    def close(self) -> None:
        """End the processes, and drop tasks that have not; new tasks start new ones."""
        if self._pool is None:
            return
        # Let go of, they end at once; asked to end, they take half a second to take themselves apart.
        self._pipes[0].close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None
        for pipe in self._pipes:
            pipe.close()


@contextmanager
def working(count: int, listener: Listener) -> Generator[Workers]:
    """Workers for the length of a `with` block."""
    global _tell
    workers, before = Workers(count, listener), _tell
    # Tasks that run in this process report to the listener directly.
    _tell = lambda told: listener.advance(*told)  # noqa: E731
    try:
        yield workers
    finally:
        _tell = before
        workers.close()
