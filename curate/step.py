"""The three kinds of step a recipe is made of.

A `Filter` looks at one row: it *measures* something and states a *rule* on what was measured, so a
drop can be explained and a threshold moved later. An `Edit` says what columns become. A `Choice`
looks at all rows at once, through slim facts. Every step is a frozen model: its fields are what a
recipe may write, and its docstring is its documentation.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, cast

import polars as pl
from pydantic import BaseModel, ConfigDict

from curate.fingerprint import digest
from curate.rows import Kind, Part

PackName = Annotated[str, "the name of a pack that ships, or the path of a pack's file"]


@dataclass(frozen=True)
class TemplateUse:
    """A chat template and the values a recipe gives it."""

    path: Path
    bos_token: str | None = None
    eos_token: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Setting:
    """What a step may need to know of the recipe it stands in."""

    kind: Kind = "conversation"
    seed: int = 0
    tokenizer: Path | None = None
    template: TemplateUse | None = None


class Step(BaseModel, ABC):
    """What all steps share: a name, the value a bare `name: value` means, and a place to be told."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: ClassVar[str]
    """The word a recipe writes."""
    shorthand: ClassVar[str | None] = None
    """The field a bare value sets: `thinking: require` is `thinking: {mode: require}`."""

    def settle(self, setting: Setting) -> Self:
        """This step with what it takes from the recipe filled in.

        Raises StepError where the recipe lacks something the step needs, or the step does not go with
        the recipe's kind.
        """
        del setting
        return self

    def stamp(self) -> str:
        """What its answers depend on beside its fields, such as a file it reads.

        Kept work is found again by the fields and this.
        """
        return ""

    def label(self) -> str:
        """The fields that differ from their defaults, as the funnel shows them."""
        shown: dict[str, Any] = self.model_dump(exclude_defaults=True, mode="json")
        return " ".join(f"{name}={_told(value)}" for name, value in shown.items())


def _told(value: Any) -> str:
    return "+".join(map(str, cast("list[Any]", value))) if isinstance(value, list) else str(value)


class Filter(Step):
    """One row, one answer."""

    @abstractmethod
    def measure(self) -> pl.Expr:
        """What is measured of each row: a number, a word, or a reason code (null where all is well).

        May read the contract's columns, kept extra columns and `rows.text(part)`; keeps row order.
        """

    @abstractmethod
    def keep(self, measured: pl.Expr) -> pl.Expr:
        """Which rows stay, given their measure: a boolean, where null means drop."""

    @abstractmethod
    def threshold(self) -> str:
        """The rule in words, as a reject records it: `at most 8,000 characters`."""


class Edit(Step):
    """What columns become; every row stays."""

    marks: ClassVar[bool] = False
    """Whether one of its columns is `edited`, a Boolean that tells which rows it changes.

    A row that an earlier step marked stays marked.
    """

    @abstractmethod
    def columns(self) -> Sequence[pl.Expr]:
        """The new values, each under the name of the column it replaces or adds.

        New columns hold scalars. Rows must not change their number or order.
        """


class Texts(ABC):
    """The texts of named rows, streamed."""

    @abstractmethod
    def read(self, part: Part, rows: pl.Series) -> Iterator[pl.DataFrame]:
        """Frames of `row` (UInt32) and `text` (String) that together hold exactly the rows asked for.

        Rows come in ascending order; a frame holds a bounded part of them.
        """


@dataclass(frozen=True)
class Facts:
    """What a choice knows of every row: one parquet file a partition, read column by column.

    `columns` gives one frame over all rows that are still in, in row order, with `row` (UInt32, the
    row's position among all rows of the build) and the columns asked for. Always there: `source`
    (UInt16, the position of the source in the recipe), `rank` (UInt64, the seeded order), `id`
    (String), and `earlier` (Boolean: a prompt of an earlier mix of the same folder, never
    dropped). A choice's own facts are there under the names it gave them.
    """

    files: tuple[Path, ...]
    first_rows: tuple[int, ...]
    """The position of each file's first row."""
    alive: pl.Series
    """Boolean, one a row: which rows no earlier choice has dropped."""
    texts: Texts
    sources: tuple[str, ...]
    notes: dict[str, Any] = field(default_factory=dict[str, Any])
    """What a choice has to tell beside its drops, as JSON data, for `curate explain`."""

    def columns(self, *names: str) -> pl.DataFrame:
        """The named facts of every row still in, and their `row`."""
        return pl.concat(self.frames(*names), rechunk=True)

    def frames(self, *names: str) -> Iterator[pl.DataFrame]:
        """The same, one partition's rows after the other's."""
        for file, first in zip(self.files, self.first_rows, strict=True):
            facts = pl.read_parquet(file, columns=list(names))
            alive = self.alive.slice(first, facts.height)
            rows = pl.int_range(first, first + facts.height, dtype=pl.UInt32, eager=True)
            yield facts.insert_column(0, rows.alias("row")).filter(alive)


class SetStep(Step):
    """What steps that look at all rows at once share."""

    def fact(self, name: str) -> str:
        """A name for one of this step's facts, unlike that of any other step in a recipe."""
        return f"{self.name}.{digest(self.model_dump_json(), size=4).hex()}.{name}"

    @abstractmethod
    def facts(self) -> Sequence[pl.Expr]:
        """The slim columns this step needs, computed a partition at a time, named by `fact`.

        They may read what a Filter's measure may read. The fields of a struct are facts each.
        """

    def sees_earlier(self) -> bool:
        """Whether prompts of earlier mixes of the folder matter; without an answer they say little."""
        return False

    def compares_with(self) -> tuple[str, ...]:
        """Finished folders, and `hub:org/name` data sets, whose rows count as those of earlier mixes."""
        return ()

    def compares_whole(self) -> bool:
        """Whether more than the prompts of those matters."""
        return False


class Choice(SetStep):
    """All rows at once: which of them are superfluous."""

    dropped: ClassVar[dict[str, pl.DataType]] = {
        "row": pl.UInt32(),
        "measure": pl.String(),
        "because_of": pl.UInt32(),
    }
    """The columns of what `drop` gives; `because_of` is the row that made it superfluous, or null."""

    @abstractmethod
    def drop(self, facts: Facts) -> pl.DataFrame:
        """The rows to drop, in the columns of `dropped`. Must not depend on the order of rows."""

    @abstractmethod
    def threshold(self) -> str:
        """The rule in words, as a reject records it."""


class Maker(SetStep):
    """All rows at once: which pairs of conversations become one preference row each."""

    @abstractmethod
    def pair(self, facts: Facts) -> pl.DataFrame:
        """The pairs, as `chosen` and `rejected` (UInt32 rows), in an order given by rank alone."""
