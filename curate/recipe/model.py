"""What a recipe may say, as frozen values.

`curate.recipe.reading` makes these from YAML and knows where every value stood; the same values can be
written in Python. The descriptions here are the documentation: `curate schema` prints them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from curate.rows import Kind
from curate.step import Setting, Step, TemplateUse

Layout = Literal[
    "sft-prompt-completion",
    "sft-messages",
    "sft-text",
    "dpo-explicit",
    "dpo-implicit",
    "dpo-message",
    "upstream",
]
DEFAULT_LAYOUT: dict[Kind, Layout] = {
    "conversation": "sft-prompt-completion",
    "preference": "dpo-explicit",
}

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=96)]


class Model(BaseModel):
    """A frozen value that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Embedded(Model):
    """A deterministic miniature of a reference source, made without any network."""

    like: Literal["chat", "reasoning", "preference", "samples"] = Field(
        description="Which reference source to imitate."
    )
    rows: int = Field(ge=1, description="How many records to make.")
    seed: int = Field(default=0, description="Another seed gives other records.")
    defects: bool = Field(default=True, description="Plant counted defects, as public data has.")


class Source(Model):
    """One place rows come from, and how many of them the mix gets."""

    # Where from: exactly one of these three.
    files: tuple[str, ...] | None = Field(
        default=None,
        description="Paths or globs of json, jsonl, csv, tsv or parquet files, plain, gzip or zstd.",
    )
    embedded: Embedded | None = Field(default=None, description="A miniature made on the spot.")
    hub: str | None = Field(default=None, description="A data set on the Hugging Face Hub.")

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
        default_factory=dict, description="The shape's name for a column to the record's name for it."
    )
    keep: Mapping[str, str] = Field(
        default_factory=dict,
        description="Extra columns that travel with the row: our name to the record's path.",
    )
    system: str | None = Field(
        default=None, description="A system turn for rows that have none."
    )
    implied_opening: bool = Field(
        default=False, description="Read a lone `</think>` as the end of thinking from the start."
    )
    on_bad_row: Literal["stop", "reject"] = Field(
        default="stop",
        description="Stop at a record without the right shape, or record it as a reject.",
    )

    # How many.
    take: int | None = Field(default=None, ge=1, description="Exactly this many rows.")
    share: float | None = Field(
        default=None, gt=0, le=1, description="This part of the recipe's `total`."
    )
    tokens: int | None = Field(
        default=None, ge=1, description="Rows worth at most this many tokens, as close as can be."
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
        description="How many rows to look at: a count, or a multiple of `take` such as `2x`; all by default.",
    )
    prefer: str | None = Field(
        default=None,
        description="A kept column: rows where it is true or highest are drawn first.",
    )
    steps: tuple[Step, ...] = Field(
        default=(), description="Steps for this source alone, before the recipe's."
    )


class Total(Model):
    """What shares are shares of."""

    rows: int | None = Field(default=None, ge=1)
    tokens: int | None = Field(default=None, ge=1)


class Publish(Model):
    """Where a finished folder goes."""

    to: str = Field(description="Repository, such as `our-org/stage-1`.")
    private: bool = False
    config: str | None = Field(default=None, description="Configuration name in that repository.")


class Recipe(Model):
    """One mix: what goes in, what is dropped, how many rows come out, in which form."""

    name: Name
    kind: Kind = "conversation"
    description: str = ""
    seed: int = Field(default=42, ge=0)
    sources: Mapping[Name, Source]
    steps: tuple[Step, ...] = ()
    total: Total | None = None
    template: TemplateUse
    tokenizer: Path | None = None
    layouts: tuple[Layout, ...] = ()
    publish: Publish | None = None
    license: str | None = Field(default=None, description="The mix's licence, for its card.")

    path: Path | None = None
    """The file it was read from; None for recipes made in Python."""
    variables: Mapping[str, Any] = Field(default_factory=dict)
    """What `vars` and `--set` amounted to."""
    text: str = ""
    """The recipe with `extends`, variables and groups resolved, as YAML: equal recipes have equal texts."""

    @property
    def setting(self) -> Setting:
        """What steps may need to know."""
        return Setting(self.kind, self.seed, self.tokenizer, self.template)
