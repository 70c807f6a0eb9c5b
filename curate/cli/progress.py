"""Progress on stderr while a build goes on."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Bars:
    """A bar a source: how much of it is done, the rows that gave, their rate, and the time left.

    Draws nothing where stderr is not a terminal.
    """

    def __init__(self, out: Console) -> None:
        self._progress = Progress(
            TextColumn("  {task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.percentage:>4.0f}%"),
            TextColumn("{task.fields[rows]:>12,} rows"),
            TextColumn("{task.fields[rate]:>9,}/s"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=out,
            transient=True,
            disable=not out.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def begin(self, stage: str, totals: dict[str, int]) -> None:
        """Start a stage with new bars."""
        for task in self._tasks.values():
            self._progress.remove_task(task)
        self._tasks = {
            heading: self._progress.add_task(f"{stage}  {heading}", total=total, rows=0, rate=0)
            for heading, total in totals.items()
        }

    def advance(self, heading: str, weight: int, rows: int) -> None:
        """Move a bar on."""
        task = self._tasks.get(heading)
        if task is None:
            return
        state = self._progress.tasks[self._progress.task_ids.index(task)]
        total = int(state.fields["rows"]) + rows
        rate = int(total / max(state.elapsed or 0.0, 0.1))
        self._progress.update(task, advance=weight, rows=total, rate=rate)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
