"""What a recipe may say, as frozen values.

`curate.recipe.reading` makes these from YAML and knows where every value stood; the same values can be
written in Python. The descriptions here are the documentation: `curate schema` prints them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self, cast

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from curate import shipped
from curate.errors import Place
from curate.fingerprint import digest
from curate.recipe.writing import write
from curate.rows import Kind
from curate.step import Setting, Step, TemplateUse

PlainLayout = Literal[
    "sft-prompt-completion",
    "sft-messages",
    "sft-text",
    "dpo-explicit",
    "dpo-implicit",
    "dpo-message",
    "upstream",
]
"""A layout that is told by its name alone."""
TokenLayout = Literal["tokens", "tokens-tinyllama"]
"""A layout of token ids: its name, and fields that say which."""
Layout = Literal[PlainLayout, TokenLayout]

DEFAULT_LAYOUT: dict[Kind, PlainLayout] = {
    "conversation": "sft-prompt-completion",
    "preference": "dpo-explicit",
}

LAYOUTS: dict[Kind, tuple[Layout, ...]] = {
    "conversation": (
        "sft-prompt-completion",
        "sft-messages",
        "sft-text",
        "tokens",
        "tokens-tinyllama",
        "upstream",
    ),
    "preference": ("dpo-explicit", "dpo-implicit", "dpo-message", "upstream"),
}
"""The layouts that suit each kind of row."""

Mask = Literal["assistant", "answer", "last_turn", "all"]
Truncation = Literal["drop", "keep_start", "keep_end", "think_aware"]
Packing = Literal["none", "first_fit_decreasing"]

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
Name = Annotated[str, Field(pattern=NAME, max_length=96)]

COUNTS = ("take", "share", "tokens")
"""Fields that say how many rows a source gives; a source has exactly one of them."""

REPOSITORY = r"([A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9][\w.-]{0,95}"
"""How the Hub writes the name of a data set; the oldest ones have no owner."""

TokenizerFile = Annotated[Path, "a tokenizer.json"]


class Fault(NamedTuple):
    """Fields that do not go together."""

    what: str
    at: tuple[str | int, ...] = ()
    """The field to look at, below the model."""
    help: str | None = None


class Model(BaseModel):
    """A frozen value that refuses keys it does not know, and fields that contradict each other."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False
    )

    def faults(self) -> Iterator[Fault]:
        """Which fields do not go together."""
        return iter(())

    @model_validator(mode="after")
    def _refuse(self) -> Self:
        faults = tuple(self.faults())
        if faults:
            sentence = "; ".join(fault.what for fault in faults)
            raise PydanticCustomError(
                "faults", "{sentence}", {"sentence": sentence, "faults": faults}
            )
        return self


class Tokens(Model):
    """Layout `tokens`: rendered rows as the ids of their tokens, with a label where a token is trained."""

    name: ClassVar[TokenLayout] = "tokens"

    mask: Mask = Field(
        default="assistant",
        description="What is trained: assistant turns with their thinking, their answers alone, the last of "
        "them, or everything.",
    )
    max_length: int | None = Field(
        default=None, ge=2, description="The most tokens a row may have; else none is too long."
    )
    truncation: Truncation = Field(
        default="drop",
        description="What becomes of rows that are too long: left out, cut behind or before, or their "
        "thinking shortened at the end of a step, so that `</think>`, answer and end of turn stay.",
    )
    packing: Packing = Field(
        default="none",
        description="Several rows in one of at most `max_length` tokens, each with positions of its own.",
    )

    def faults(self) -> Iterator[Fault]:
        """Which fields do not go together."""
        for field, why in (
            ("truncation", "nothing is too long without a 'max_length'"),
            ("packing", "rows are packed up to a 'max_length'"),
        ):
            if self.max_length is None and getattr(self, field) not in ("drop", "none"):
                yield Fault(why, (field,), "add  max_length: TOKENS")


class TinyLlama(Model):
    """Layout `tokens-tinyllama`: token ids as the collator of TinyLlama's chat models makes them, quirks and all."""

    name: ClassVar[TokenLayout] = "tokens-tinyllama"

    input: Literal["none", "prompt"] = Field(
        default="none",
        description="What is not trained: nothing, so that of dialogues users' turns are trained as well, or all that "
        "stands before the last answer.",
    )
    source_max_len: int = Field(
        default=16, ge=1, description="Tokens of BOS and input; more are cut off their end."
    )
    target_max_len: int = Field(
        default=512,
        ge=1,
        description="Tokens of the rest and EOS; more are cut off, EOS with them.",
    )
    train_on_source: bool = Field(default=False, description="Whether the input is trained too.")
    bos_token: str | None = Field(
        default=None, description="Put before the input; else what the tokenizer's config says."
    )
    eos_token: str | None = Field(
        default=None, description="Put behind the rest; else what the tokenizer's config says."
    )

    @property
    def max_length(self) -> int:
        """The most tokens a row has."""
        return self.source_max_len + self.target_max_len

    @property
    def packing(self) -> Packing:
        """Its rows stand alone."""
        return "none"


TokenUse = Tokens | TinyLlama
"""A layout of token ids, with its fields."""
FIELDED: Mapping[str, type[TokenUse]] = {use.name: use for use in (Tokens, TinyLlama)}
"""The layouts that have fields, by name."""
LayoutUse = Annotated[PlainLayout | TokenUse, "a layout"]


def layout_name(layout: PlainLayout | TokenUse) -> Layout:
    """What a layout is called, and the folder it stands in where it is not the first."""
    return layout if isinstance(layout, str) else layout.name


class Embedded(Model):
    """A deterministic miniature of a reference source, made without any network."""

    like: Literal["chat", "reasoning", "preference", "samples"] = Field(
        description="Which reference source to imitate."
    )
    rows: int = Field(ge=1, description="How many records to make.")
    seed: int = Field(default=0, description="Another seed gives other records.")
    defects: bool = Field(default=True, description="Plant counted defects, as public data has.")


class Record(Model):
    """What becomes of the columns of records that are kept as they are."""

    drop: tuple[str, ...] = Field(
        default=(), description="Columns left out; those a record does not have are no mistake."
    )
    rename: Mapping[str, str] = Field(
        default_factory=dict,
        description="A column's name to its new name, one after the other once columns are dropped; behind "
        "the others, unless the new name is taken: then it stays as it is.",
    )
    add: Mapping[str, str | None] = Field(
        default_factory=dict,
        description="Columns with one text, or null, for all records, behind the others.",
    )

    def faults(self) -> Iterator[Fault]:
        """Which fields do not go together."""
        if len(set(self.rename.values())) < len(self.rename):
            yield Fault("two columns cannot have one new name", ("rename",))


class Source(Model):
    """One place rows come from, and how many of them the mix gets."""

    # Where from: one of these three; files beside hub stand in that repository.
    files: tuple[str, ...] | None = Field(
        default=None,
        description="Paths or globs of json, jsonl, csv, tsv or parquet files, plain, gzip or zstd.",
    )
    embedded: Embedded | None = Field(default=None, description="A miniature made on the spot.")
    hub: str | None = Field(
        default=None,
        description="A data set on the Hugging Face Hub, as `org/name`; with `files`, only these of it.",
    )

    config: str | None = Field(
        default=None, description="The hub data set's configuration; else its only or default one."
    )
    split: str | None = Field(
        default=None, description="The hub data set's split; else train, or the only one."
    )
    revision: str | None = Field(
        default=None, description="The hub data set's branch, tag or commit; else main."
    )

    root: str | None = Field(
        default=None, description="Folder that paths and globs are relative to; else the recipe's."
    )
    rows: str | None = Field(
        default=None,
        description="Path to nested records, such as `categories[].datasets[].results[]`.",
    )
    carry: Mapping[str, str] = Field(
        default_factory=dict,
        description="Outer fields given to every nested record: our name to their path.",
    )
    header: bool = Field(default=True, description="Whether a csv or tsv file starts with names.")

    # What the records look like.
    shape: str = Field(default="auto", description="A shape's name, or auto to recognise it.")
    columns: Mapping[str, str] = Field(
        default_factory=dict,
        description="The shape's name for a column to the record's name for it.",
    )
    keep: Mapping[str, str] = Field(
        default_factory=dict,
        description="Extra columns that travel with the row: our name to the record's path.",
    )
    record: Record = Field(
        default_factory=Record,
        description="With `shape: as_is`: columns to drop, to rename and to add.",
    )
    system: str | None = Field(default=None, description="A system turn for rows that have none.")
    implied_opening: bool = Field(
        default=False, description="Read a lone `</think>` as the end of thinking from the start."
    )
    on_bad_row: Literal["stop", "reject"] = Field(
        default="stop",
        description="Stop at a record without the right shape, or record it as a reject.",
    )

    # How many.
    take: Annotated[int, Field(ge=1)] | Literal["all"] | None = Field(
        default=None, description="Exactly this many rows, or all that are left after the steps."
    )
    share: float | None = Field(
        default=None, gt=0, le=1, description="This part of the recipe's `total`."
    )
    tokens: int | None = Field(
        default=None, ge=1, description="Rows worth at most this many tokens, as close as can be."
    )
    fallback: str | None = Field(
        default=None,
        description="A source further down that gives the rows this one lacks.",
    )
    at_most: int | None = Field(
        default=None, ge=1, description="A cap: no more rows than this, whatever the share gives."
    )
    repeat: int = Field(
        default=1, ge=1, description="Use every drawn row this many times (take counts all uses)."
    )
    order: Literal["sampled", "first"] = Field(
        default="sampled", description="Draw uniformly by seed, or take the first rows as stored."
    )
    candidates: int | str | None = Field(
        default=None,
        description="How many rows to look at: a count, or a multiple of `take` such as `2x`; by default all, "
        "of a hub source as many as it takes.",
    )
    prefer: str | None = Field(
        default=None,
        description="A kept column: rows where it is true or highest are drawn first.",
    )
    steps: tuple[Step, ...] = Field(
        default=(), description="Steps for this source alone, before the recipe's."
    )
    license: str | None = Field(
        default=None,
        description="What its rows may be used under, such as cc-by-4.0, for the card.",
    )

    def faults(self) -> Iterator[Fault]:
        """Which fields do not go together."""
        origins = ("embedded", "hub") if self.hub is not None else ("files", "embedded", "hub")
        yield from _one_of(self, origins, "where its rows come from")
        yield from _one_of(self, COUNTS, "how many rows it gives")
        for names, origins in _GO_WITH.items():
            if all(getattr(self, origin) is None for origin in origins):
                for name in names:
                    if name in self.model_fields_set:
                        what = f"'{name}' goes with '{origins[0]}', which this source does not have"
                        yield Fault(what, (name,))
        if self.files is not None and not self.files:
            yield Fault("'files' names no file", ("files",))
        yield from self._hub_faults()
        if self.order == "first" and self.prefer is not None:
            yield Fault(
                "'prefer' and 'order: first' contradict each other",
                ("prefer",),
                "with 'prefer' rows are drawn best first; remove one of the two",
            )
        if self.record != Record() and self.shape != "as_is":
            yield Fault("'record' goes with  shape: as_is", ("record",))
        yield from self._candidate_faults()

    def _hub_faults(self) -> Iterator[Fault]:
        if self.hub is None:
            return
        if not re.fullmatch(REPOSITORY, self.hub) or re.search(r"--|\.\.", self.hub):
            yield Fault(
                f"{self.hub!r} is no repository of the Hub",
                ("hub",),
                "write it as in its address, such as  hub: HuggingFaceTB/smoltalk2",
            )
        if "root" in self.model_fields_set:
            what = "'root' goes with files of this machine, and these are the Hub's"
            yield Fault(what, ("root",), "begin every path where the repository begins")
        for name in ("config", "split"):
            if self.files is not None and getattr(self, name) is not None:
                yield Fault(f"'files' and '{name}' both say which files", (name,), "keep one")

    @property
    def rows_taken(self) -> int | None:
        """How many rows `take` asks for; None where it asks for all, or is not said."""
        return self.take if isinstance(self.take, int) else None

    @property
    def looked_at(self) -> int | None:
        """How many candidates `candidates` comes to; None for all of them."""
        if isinstance(self.candidates, str):
            return (
                math.ceil(float(self.candidates.removesuffix("x")) * (self.rows_taken or 0)) or None
            )
        return self.candidates

    def _candidate_faults(self) -> Iterator[Fault]:
        if isinstance(self.candidates, str):
            multiple = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)x", self.candidates)
            if multiple is None:
                yield Fault(
                    f"expected a count or a multiple such as 2x, got {self.candidates!r}",
                    ("candidates",),
                )
            elif float(multiple[1]) < 1:
                yield Fault("fewer candidates than rows to take", ("candidates",))
            elif self.take == "all":
                yield Fault("a multiple of all rows is no count", ("candidates",), "say how many")
        elif self.candidates is not None and self.candidates < (self.rows_taken or 1):
            yield Fault(
                f"{self.candidates:,} candidates are fewer than the {self.rows_taken or 1:,} rows to take",
                ("candidates",),
            )


_GO_WITH: dict[tuple[str, ...], tuple[str, ...]] = {
    ("root", "rows", "carry", "header"): ("files", "hub"),
    ("config", "split", "revision"): ("hub",),
}
"""Fields that need one of some others."""


def _one_of(source: Source, names: tuple[str, ...], what: str) -> Iterator[Fault]:
    said = [name for name in names if getattr(source, name) is not None]
    if not said:
        yield Fault(f"a source says {what}: one of {', '.join(names)}")
    for name in said[1:]:
        yield Fault(f"'{said[0]}' and '{name}' both say {what}", (name,), "keep one of them")


class Total(Model):
    """What shares are shares of."""

    rows: int | None = Field(default=None, ge=1, description="Rows in the mix.")
    tokens: int | None = Field(default=None, ge=1, description="Tokens in the mix.")

    def faults(self) -> Iterator[Fault]:
        """Which fields do not go together."""
        if (self.rows is None) == (self.tokens is None):
            yield Fault("a total is either rows or tokens")


class HeldOut(Model):
    """Which part of the mix becomes its `test` split."""

    rows: int | None = Field(default=None, ge=1, description="Exactly this many of the mix's rows.")
    share: float | None = Field(default=None, gt=0, lt=1, description="This part of the mix.")

    def faults(self) -> Iterator[Fault]:
        """Which fields do not go together."""
        if (self.rows is None) == (self.share is None):
            yield Fault("what is held out is either rows or a share")


class Publish(Model):
    """Where a finished folder goes."""

    to: str = Field(description="Repository, such as `our-org/stage-1`.")
    private: bool = Field(default=False, description="Whether only its owners may see it.")
    config: str | None = Field(default=None, description="Configuration name in that repository.")


class Recipe(Model):
    """One mix: what goes in, what is dropped, how many rows come out, in which form."""

    name: Name = Field(description="What its folder is called; else the file's name.")
    kind: Kind = Field(default="conversation", description="What a row of the mix is.")
    description: str = Field(default="", description="A sentence or more for the mix's card.")
    seed: int = Field(default=42, ge=0, description="Another seed draws other rows.")
    sources: Mapping[Name, Source] = Field(description="Where rows come from, by name.")
    steps: tuple[Step, ...] = Field(default=(), description="Filters, edits and choices, in order.")
    total: Total | None = Field(default=None, description="What the sources' shares add up to.")
    held_out: HeldOut | None = Field(
        default=None,
        description="Rows of the mix that become its `test` split; `train` shares no prompt with it.",
    )
    shuffle: Literal["seeded", "datasets"] = Field(
        default="seeded",
        description="The final order: by seed and id, or what `datasets` makes of the sources' rows in turn "
        "with `Dataset.shuffle(seed)`.",
    )
    template: TemplateUse = Field(
        default_factory=lambda: TemplateUse(shipped.templates()[shipped.DEFAULT_TEMPLATE]),
        description="The chat template: a name that ships, a path, or a table with its variables.",
    )
    tokenizer: TokenizerFile | None = Field(
        default=None,
        description="A tokenizer.json, a folder that holds one, or a model of the Hub: `org/name@revision`.",
    )
    layouts: tuple[LayoutUse, ...] = Field(
        default=(), description="How rows are written, the main layout first; a default by kind."
    )
    publish: Publish | None = Field(default=None, description="Where the finished folder goes.")
    license: str | None = Field(default=None, description="The mix's licence, for its card.")

    path: Path | None = Field(default=None, exclude=True)
    """The file it was read from; None for recipes made in Python."""
    variables: Mapping[str, str] = Field(default_factory=dict, exclude=True)
    """What `vars` and `--set` amounted to."""
    places: Mapping[str, Place] = Field(default_factory=dict, exclude=True)
    """Where its file says how many rows each source gives; none for recipes made in Python."""
    given: Mapping[str, str] = Field(default_factory=dict, exclude=True)
    """The values of its variables that did not come from its files."""
    text: str = Field(default="", exclude=True)
    """The recipe with `extends`, variables and groups resolved, as YAML: equal recipes have equal texts.

    Paths stand here as they were written, so that the text is the same on every machine.
    """

    @property
    def setting(self) -> Setting:
        """What steps may need to know."""
        return Setting(self.kind, self.seed, self.tokenizer, self.template)

    @property
    def digest(self) -> str:
        """Identifies what the recipe says: 32 hex digits over its text."""
        return digest(self.text).hex()

    @field_validator("layouts", mode="before")
    @classmethod
    def _bare(cls, layouts: Any) -> Any:
        """A layout of token ids by its name alone, as a recipe may write it."""
        if not isinstance(layouts, list | tuple):
            return layouts
        given = cast("list[Any]", layouts)
        return tuple(
            FIELDED[layout]() if isinstance(layout, str) and layout in FIELDED else layout
            for layout in given
        )

    @property
    def layout_names(self) -> tuple[Layout, ...]:
        """What its layouts are called, in order."""
        return tuple(layout_name(layout) for layout in self.layouts)

    def faults(self) -> Iterator[Fault]:
        """Which fields do not go together."""
        if not self.sources:
            yield Fault("a recipe has at least one source", ("sources",))
        yield from self._layout_faults()
        yield from self._fallback_faults()
        shares = [source.share for source in self.sources.values() if source.share is not None]
        if shares and self.total is None:
            yield Fault(
                "shares need a total to be shares of", ("sources",), "add  total: {rows: …}"
            )
        if self.total is not None and not shares:
            yield Fault("no source takes a share of the total", ("total",))
        if sum(shares) > 1 + 1e-9:
            yield Fault(f"the shares add up to {sum(shares):.4g}, more than 1", ("sources",))
        counts_tokens = any(source.tokens for source in self.sources.values()) or (
            self.total is not None and self.total.tokens is not None
        )
        if counts_tokens and self.tokenizer is None:
            yield Fault("counting tokens needs a tokenizer", (), "add  tokenizer: PATH")

    def _layout_faults(self) -> Iterator[Fault]:
        names = self.layout_names
        for position, (name, layout) in enumerate(zip(names, self.layouts, strict=True)):
            at = ("layouts", position)
            if name not in LAYOUTS[self.kind]:
                suited = ", ".join(LAYOUTS[self.kind])
                what = f"layout '{name}' does not go with kind: {self.kind}"
                yield Fault(what, at, f"layouts for it: {suited}")
            elif name in names[:position]:
                yield Fault(f"layout '{name}' is named twice", at, "keep one")
            elif not isinstance(layout, str):
                if self.tokenizer is None:
                    yield Fault(f"layout '{name}' needs a tokenizer", at, "add  tokenizer: PATH")
                for source in self.sources.values():
                    if source.shape == "as_is":
                        what = f"layout '{name}' needs turns, and rows kept as they are have none"
                        yield Fault(what, at, "name the shape of every source")
                        break

    def _fallback_faults(self) -> Iterator[Fault]:
        names = list(self.sources)
        in_rows = self.total is not None and self.total.rows is not None
        counted = {
            name
            for name, source in self.sources.items()
            if source.rows_taken is not None or (in_rows and source.share is not None)
        }
        for name, source in self.sources.items():
            if source.fallback is None:
                continue
            at = ("sources", name, "fallback")
            if source.fallback not in names[names.index(name) + 1 :]:
                below = ", ".join(names[names.index(name) + 1 :]) or "none"
                what = f"there is no source '{source.fallback}' further down"
                yield Fault(what, at, f"sources below this one: {below}")
            elif not {name, source.fallback} <= counted:
                what = "a source and its fallback are both counted in rows"
                yield Fault(what, at, "give both a `take`, or a `share` of a total in rows")
            elif self.sources[source.fallback].at_most is not None:
                yield Fault(f"'{source.fallback}' has a cap, so it cannot make up for others", at)

    @model_validator(mode="after")
    def _fill(self) -> Self:
        """What follows from the rest, where it is not said."""
        if not self.layouts:
            object.__setattr__(self, "layouts", (DEFAULT_LAYOUT[self.kind],))
        if not self.text:
            object.__setattr__(self, "text", write(self))
        return self
