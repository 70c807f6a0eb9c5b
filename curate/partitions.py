"""Bounded partitions of rows: read or received, taken through row steps, kept on the shelf.

`make` is the function workers run. What it writes depends on its `Task` alone, so the same task gives
the same bytes on any worker, today or after a restart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import polars as pl

from curate import __version__, arrivals, fingerprint
from curate.errors import Problem, StepError
from curate.funnel import SourceCount, Stop, Timing, Timings
from curate.passage import Passed, Placed, Watch, judging, pass_through
from curate.rows import Message, Row, frame, text, with_texts
from curate.shelf import Partition, Report, Shelf
from curate.step import Choice, Edit, Filter, Maker, SetStep, Step
from curate.steps.digests import digests, plain
from curate.workers import tell

ROWS = 4096
"""Rows a partition holds at most."""
BYTES = 24 * 2**20
"""Bytes of rows a partition holds at most, but for one batch over."""
HASH = "hash"
"""The fact that mixes rows, where it is another than their rank."""
PROMPT = ("prompt.high", "prompt.low")
"""The facts that are equal for rows of one prompt, where rows are held out."""


@dataclass
class Batch:
    """Rows on their way into a partition, and what was counted while they were read."""

    rows: pl.DataFrame
    rejects: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])
    records: int = 0
    weight: int = 0
    bad: int = 0
    surrogates: int = 0


class Feed(Protocol):
    """Where the rows of a task come from."""

    @property
    def stamp(self) -> str:
        """What changes when the rows do."""
        ...

    @property
    def weight(self) -> int:
        """What the weights of its batches amount to."""
        ...

    @property
    def arrived(self) -> int | None:
        """How many rows of its source have arrived with it; None where the source comes whole."""
        ...

    def batches(self, skipped: int) -> Iterator[Batch]:
        """The rows, in order, in small batches; `skipped` records are passed over."""
        ...


@dataclass(frozen=True)
class Kept:
    """The rows of a finished partition that no set step has dropped."""

    partition: Partition
    alive: bytes
    """One byte a row: whether it is still in."""
    stamp: str

    @property
    def weight(self) -> int:
        """Its rows."""
        return self.partition.height

    @property
    def arrived(self) -> int | None:
        """As of the partition."""
        return self.partition.arrived

    def batches(self, skipped: int) -> Iterator[Batch]:
        """All of them at once: the partition is bounded already."""
        del skipped
        alive = pl.Series(memoryview(self.alive).cast("?"), dtype=pl.Boolean)
        yield Batch(pl.read_ipc(self.partition.rows).filter(alive), weight=self.weight)


@dataclass(frozen=True)
class Wanted:
    """The facts to compute of every row, beside its id, source and rank."""

    seed: int
    source: int
    """The source's position in the recipe."""
    earlier: bool = False
    prefer: str | None = None
    """A column whose value the draw prefers high."""
    tokens: Filter | None = None
    """Measures a row's tokens, where the draw counts them."""
    prompts: bool = False
    """Whether rows are held out by their prompts."""
    sets: tuple[SetStep, ...] = ()


@dataclass(frozen=True)
class Task:
    """Rows to take through row steps, and where to keep them."""

    feed: Feed
    source: str
    steps: tuple[Placed, ...]
    wanted: Wanted
    shelf: Path
    counts_candidates: bool
    """Whether these rows come straight from their source."""

    @property
    def key(self) -> str:
        """What the partitions are kept under; their running number follows."""
        wanted = self.wanted
        known = (wanted.seed, wanted.source, wanted.earlier, wanted.prefer, wanted.prompts)
        whole = (__version__, pl.__version__, self.source, self.feed.stamp, str(known))
        steps = [f"{placed.stop}{_told(placed.step)}" for placed in self.steps]
        sets = [_told(step) for step in wanted.sets]
        tokens = None if wanted.tokens is None else _told(wanted.tokens)
        return fingerprint.digest(*whole, tokens, *steps, "|", *sets).hex()


def _told(step: Step) -> str:
    """All that a step's answers depend on."""
    return f"{step.name}{step.model_dump_json()}{step.stamp()}"


def make(task: Task) -> list[tuple[Partition, Report]]:
    """Make a task's partitions, or find those already made.

    Raises SourceError, ShapeError or StepError where the rows cannot be read or judged.
    """
    shelf, key = Shelf(task.shelf), task.key
    made: list[tuple[Partition, Report]] = []
    while found := shelf.find(f"{key}-{len(made):05d}", task.source):
        made.append(found)
        tell(task.source, found[1].weight, found[0].height)
        if found[1].last:
            return made
    skipped = sum(report.records for _, report in made)
    for batch, reading, last in _filled(task.feed.batches(skipped)):
        name = f"{key}-{len(made):05d}"
        passed = pass_through(batch.rows, task.steps)
        facts, timings = measure_facts(passed.rows, task.wanted, task.feed.arrived)
        watch = Watch()
        shelf.put(name, passed.rows, facts, batch.rejects + passed.rejects)
        timings |= {"read": reading, "keep": watch.stop(int(passed.rows.estimated_size()))}
        report = _report(task, batch, passed, timings, last=last)
        made.append((shelf.mark(name, task.source, report), report))
        tell(task.source, batch.weight, passed.rows.height)
    return made


def rehearse(steps: Sequence[Step]) -> None:
    """Take one small row through each of these steps, so that what they need is loaded."""
    words = "These are a few words."
    turns = Message("user", words), Message("assistant", words, words)
    rows = frame("rehearsal", [Row(turns, turns[1:], turns[1:])])
    for step in steps:
        with suppress(Exception):  # the row may lack what a step reads
            if isinstance(step, Filter | Edit):
                pass_through(rows, [Placed(step, Stop(0, step.name))])
            elif isinstance(step, Choice | Maker):
                measure_facts(rows, Wanted(0, 0, sets=(step,)))


def _filled(batches: Iterator[Batch]) -> Iterator[tuple[Batch, Timing, bool]]:
    """Gather small batches to partitions, told which of them is the last."""
    held: list[Batch] = []
    rows = size = 0
    watch = Watch()
    for batch in batches:
        if rows >= ROWS or size >= BYTES:
            yield _gathered(held), watch.stop(size), False
            held, rows, size, watch = [], 0, 0, Watch()
        held.append(batch)
        rows += batch.rows.height
        size += int(batch.rows.estimated_size())
    if held:
        yield _gathered(held), watch.stop(size), True


def _gathered(held: Sequence[Batch]) -> Batch:
    return Batch(
        pl.concat([batch.rows for batch in held], rechunk=True),
        [reject for batch in held for reject in batch.rejects],
        sum(batch.records for batch in held),
        sum(batch.weight for batch in held),
        sum(batch.bad for batch in held),
        sum(batch.surrogates for batch in held),
    )


def measure_facts(
    rows: pl.DataFrame, wanted: Wanted, arrived: int | None = None
) -> tuple[pl.DataFrame, dict[str, Timing]]:
    """What set steps and the draw need of every row, and what each set step's part took.

    The rank of rows is their hash, `HASH`; where the source arrives in pieces, it is their place in the order
    of arrival, and the hash stands beside it.
    """
    hashes = pl.Series(HASH, fingerprint.ranks(wanted.seed, rows["id"]), dtype=pl.UInt64)
    facts = rows.select(
        "id",
        pl.lit(wanted.source, dtype=pl.UInt16).alias("source"),
        hashes.alias("rank"),
        pl.lit(wanted.earlier).alias("earlier"),
        _preference(rows, wanted.prefer).alias("prefer"),
    )
    if arrived is not None:
        placed = arrivals.places(hashes.to_numpy(), arrived)
        facts = facts.with_columns(pl.Series("rank", placed, dtype=pl.UInt64), hashes)
    if wanted.tokens is not None:
        measure = wanted.tokens.measure()
        facts = facts.hstack(
            with_texts(rows, [measure]).select(measure.alias("tokens").cast(pl.Int64))
        )
    if wanted.prompts:
        prompt = digests(plain(text("prompt")), PROMPT)
        facts = facts.hstack(computed(rows, [prompt]))
    timings: dict[str, Timing] = {}
    for step in wanted.sets:
        watch = Watch()
        expressions = step.facts()
        if wanted.earlier:
            rows = _with_nulls(rows, expressions)
        with judging(step):
            facts = facts.hstack(computed(rows, expressions))
        timings[f"facts of {step.name}"] = watch.stop(int(rows.estimated_size()))
    return facts, timings


def computed(rows: pl.DataFrame, expressions: Sequence[pl.Expr]) -> pl.DataFrame:
    """Facts of rows, the fields of structs as columns.

    Taken apart here, as an expression of each field may compute the whole again.
    """
    return with_texts(rows, expressions).select(expressions).unnest(pl.selectors.struct())


def _with_nulls(rows: pl.DataFrame, expressions: Sequence[pl.Expr]) -> pl.DataFrame:
    """Prompts of earlier mixes, with nulls for what only the recipe's own sources keep."""
    wanted = {root for expression in expressions for root in expression.meta.root_names()}
    missing = [name for name in wanted - set(rows.columns) if not name.startswith("text.")]
    return rows.with_columns(pl.lit(None).alias(name) for name in sorted(missing))


def _preference(rows: pl.DataFrame, column: str | None) -> pl.Series:
    """How soon the draw takes each row: numbers as they are, true before false, null last."""
    if column is None:
        return pl.repeat(None, rows.height, dtype=pl.Float64, eager=True)
    try:
        values = rows[column]
        if values.dtype == pl.String:
            values = values.str.to_lowercase().replace({"true": "1", "false": "0"})
        return values.cast(pl.Float64).fill_nan(None)
    except pl.exceptions.PolarsError as error:
        raise StepError(
            Problem(
                f"'prefer: {column}' cannot order these rows: {error}",
                help="name a kept column of numbers, or of true and false",
            )
        ) from error


def _report(
    task: Task, batch: Batch, passed: Passed, timings: dict[str, Timing], *, last: bool
) -> Report:
    arrived = batch.rows.height + batch.bad if task.counts_candidates else 0
    return Report(
        height=passed.rows.height,
        size=int(passed.rows.estimated_size()),
        counts=SourceCount(arrived, batch.bad, batch.surrogates, passed.counts),
        timings=Timings(passed.timings | timings),
        records=batch.records,
        weight=batch.weight,
        last=last,
        arrived=task.feed.arrived,
    )
