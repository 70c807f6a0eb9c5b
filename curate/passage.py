"""One frame's passage through row steps."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import polars as pl

from curate import rows as contract
from curate.errors import CurateError, Problem, StepError
from curate.funnel import Count, Stop, Timing
from curate.step import Edit, Filter, Step

_POLARS = "This error occurred in the following expression"


@dataclass(frozen=True)
class Placed:
    """A row step and the stop it makes in the funnel."""

    step: Filter | Edit
    stop: Stop


@dataclass
class Passed:
    """The rows that stay, the record of those that do not, and what each stop counted and took."""

    rows: pl.DataFrame
    rejects: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])
    counts: dict[int, Count] = field(default_factory=dict[int, Count])
    timings: dict[str, Timing] = field(default_factory=dict[str, Timing])


class Watch:
    """Seconds since it was made: on the clock, and of this process's processor time."""

    def __init__(self) -> None:
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def stop(self, size: int = 0) -> Timing:
        """The time gone by, spent on `size` bytes."""
        cpu, wall = time.process_time() - self._cpu, time.perf_counter() - self._wall
        return Timing(cpu, wall, size)


def pass_through(rows: pl.DataFrame, steps: Sequence[Placed]) -> Passed:
    """Take a frame through row steps in the order written.

    Raises StepError where a step reads a column the rows do not have or cannot judge a value.
    """
    passed = Passed(rows)
    for placed in steps:
        watch, size = Watch(), int(passed.rows.estimated_size())
        height, edited = passed.rows.height, 0
        with judging(placed.step):
            if isinstance(placed.step, Filter):
                _filter(passed, placed.step, placed.stop)
            else:
                edited = _edit(passed, placed.step)
        dropped = height - passed.rows.height
        passed.counts[placed.stop.position] = Count(height, dropped, edited)
        passed.timings[placed.stop.key] = watch.stop(size)
    passed.rows = contract.without_texts(passed.rows)
    return passed


@contextmanager
def judging(step: Step) -> Generator[None]:
    """Tell what polars raises while a step looks at rows as that step's mistake: raises StepError."""
    try:
        yield
    except CurateError as error:
        raise _unwrapped(error) from error
    except pl.exceptions.ColumnNotFoundError as error:
        raise StepError(
            Problem(
                f"'{step.name}' reads a column the rows do not have: {error}",
                help="keep the column: add it under `keep:` of every source the step sees",
            )
        ) from error
    except pl.exceptions.PolarsError as error:
        raise StepError(Problem(f"'{step.name}' cannot judge these rows: {error}")) from error


def _unwrapped(error: CurateError) -> CurateError:
    """The error as a step's function raised it: polars makes it anew, with its own words behind."""
    return type(error)(
        *(replace(each, what=each.what.partition(_POLARS)[0].rstrip()) for each in error.problems)
    )


def rejected(
    rows: pl.DataFrame,
    stop: Stop,
    measure: pl.Expr,
    threshold: str,
    because_of: pl.Expr | None = None,
) -> pl.DataFrame:
    """Record rows as dropped at a stop, in the columns of `funnel.REJECTS`."""
    return rows.select(
        "id",
        "source",
        pl.lit(stop.key).alias("step"),
        measure.cast(pl.String).alias("measure"),
        pl.lit(threshold).alias("threshold"),
        (pl.lit(None, dtype=pl.String) if because_of is None else because_of).alias("because_of"),
    )


def _filter(passed: Passed, step: Filter, stop: Stop) -> None:
    measure = step.measure()
    rows = contract.with_texts(passed.rows, [measure])
    measured = rows.select(measure.alias("measure")).to_series()
    kept = (
        measured.to_frame().select(step.keep(pl.col("measure")).fill_null(value=False)).to_series()
    )
    passed.rows = rows.filter(kept)
    if not kept.all():
        dropped = rows.select("id", "source", measured).filter(~kept)
        passed.rejects.append(rejected(dropped, stop, pl.col("measure"), step.threshold()))


def _edit(passed: Passed, step: Edit) -> int:
    before, columns = passed.rows, step.columns()
    rows = contract.with_texts(before, columns)
    passed.rows = contract.without_texts(rows.with_columns(columns))
    if not step.marks:
        return 0
    edited = passed.rows["edited"]
    if "edited" in before.columns:
        passed.rows = passed.rows.with_columns(edited | before["edited"])
    return int(edited.sum())
