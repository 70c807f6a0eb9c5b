"""Progress on stderr while a build goes on."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    Progress,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from curate.cli.terminal import Terminal, shorten


class TimeLeft(TimeRemainingColumn):
    """The time left, where it can be known."""

    def render(self, task: Task) -> Text:
        """Nothing for work that cannot be measured."""
        return Text() if task.total is None else Text("left ") + super().render(task)


class Bars:
    """A bar a source: how much of it is done, the rows that gave, their rate, and the time left.

    Stages whose work cannot be measured show their name, and that they go on. Draws nothing where
    stderr is not a terminal.
    """

    def __init__(self, out: Terminal) -> None:
        self._progress = Progress(
            TextColumn("  {task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[told]}", justify="right"),
            TimeElapsedColumn(),
            TimeLeft(),
            console=out,
            transient=True,
            disable=not out.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def begin(self, stage: str, totals: dict[str, int]) -> None:
        """Start a stage with new bars; without totals its name is all there is to show."""
        for task in self._tasks.values():
            self._progress.remove_task(task)
        if not totals:
            self._tasks = {stage: self._progress.add_task(shorten(stage, 40), total=None, told="")}
            return
        self._tasks = {
            heading: self._progress.add_task(shorten(heading, 30), total=total, rows=0, told="")
            for heading, total in totals.items()
        }

    def advance(self, heading: str, weight: int, rows: int) -> None:
        """Move a bar on."""
        task = self._tasks.get(heading)
        if task is None:
            return
        state = next(one for one in self._progress.tasks if one.id == task)
        total = int(state.fields["rows"]) + rows
        rate = int(total / max(state.elapsed or 0.0, 0.1))
        told = f"{total:,} rows {rate:>7,}/s"
        self._progress.update(task, advance=weight, rows=total, told=told)

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
