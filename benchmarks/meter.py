"""What a build costs, its worker processes included."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field

import psutil

EVERY = 0.1
"""Seconds between two looks at the memory, at least."""
REST = 9
"""So many times as long as a look took nobody looks: all looks take a tenth of a core at most, of those the build needs."""


@dataclass
class Meter:
    """Seconds on the clock, processor seconds and peak memory of this process and its children.

    Memory is the sum of their proportional set sizes in bytes, which counts shared pages once. Children
    count towards processor time once they have ended; what looking at the memory takes (10 ms a process
    and look) does not.
    """

    wall: float = 0.0
    cpu: float = 0.0
    peak: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _looking: float = 0.0

    def __enter__(self) -> Meter:
        self._me = psutil.Process()
        self._begun = time.perf_counter(), _cpu()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.wall = time.perf_counter() - self._begun[0]
        self.cpu = _cpu() - self._begun[1] - self._looking

    def _watch(self) -> None:
        pause = EVERY
        while not self._stop.wait(pause):
            total, begun = 0, time.thread_time()
            for process in [self._me, *self._me.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total)
            self._looking = time.thread_time()
            pause = max(EVERY, REST * (self._looking - begun))


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
