"""Rows in the columns a trainer reads.

TRL takes the default layouts without conversion: `prompt` with `completion` (loss on the completion
alone, whatever the template), and `prompt` with `chosen` and `rejected`, all of them lists of
messages. Thinking is folded into the content as `<think>…</think>`, since templates and trainers drop a
field of its own without a word. Behind a layout's columns stand those that tell where a row came
from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from curate import thinking
from curate.chat_template import ChatTemplate
from curate.chat_template.conversation import open_template
from curate.chat_template.row_rendering import render_rows
from curate.errors import OutputError, Problem
from curate.output.carried import FIELDS, VARIABLES, Carried, records
from curate.recipe.model import PlainLayout
from curate.rows import TIDY
from curate.step import TemplateUse

Columns = Sequence[pl.Expr | pl.Series]


@dataclass(frozen=True)
class Form:
    """What all frames of a mix are laid out by.

    `markers` stand around thinking that is folded into content: those the template reads.
    """

    carried: Carried
    template: ChatTemplate
    markers: tuple[str, str] = (thinking.OPEN, thinking.CLOSE)


def form(carried: Carried, use: TemplateUse) -> Form:
    """The form a recipe's template asks for.

    Raises TemplateError where the template cannot be used.
    """
    return Form(carried, open_template(use), markers(use))


def markers(use: TemplateUse) -> tuple[str, str]:
    """What stands around thinking that is folded into content: what the template reads there."""
    opening = str(use.variables.get("think_open", thinking.OPEN))
    closing = str(use.variables.get("think_close", thinking.CLOSE))
    return opening, closing


def lay_out(layout: PlainLayout, rows: pl.DataFrame, form: Form) -> pl.DataFrame:
    """Bring rows into a layout: the same columns for every frame of a mix.

    Raises OutputError where a row cannot be told in the layout, or a kept column has the name of
    one of the layout's columns.
    """
    if layout == "upstream":
        return records(rows, form.carried.upstream)
    columns = [*LAYOUTS[layout](rows, form), *_provenance(rows, form.carried)]
    try:
        return rows.select(columns)
    except pl.exceptions.DuplicateError as error:
        names = [c.name if isinstance(c, pl.Series) else c.meta.output_name() for c in columns]
        taken = next(name for name in names if names.count(name) > 1)
        raise OutputError(
            Problem(
                f"kept column '{taken}' has the name of a column of layout {layout}",
                help="Keep it under another name.",
            )
        ) from error


def prompt_completion(rows: pl.DataFrame, form: Form) -> Columns:
    """`prompt`: all turns but the last; `completion`: the last alone, which is the assistant's."""
    last = pl.col("messages").list.last().struct.field("role")
    _refuse(
        rows, last.ne_missing("assistant"), "sft-prompt-completion", "does not end in an answer"
    )
    turns = _turns("messages", form)
    return [
        turns.list.slice(0, turns.list.len() - 1).alias("prompt"),
        turns.list.tail(1).alias("completion"),
    ]


def messages(rows: pl.DataFrame, form: Form) -> Columns:
    """`messages`: all turns."""
    del rows
    return [_turns("messages", form)]


def text(rows: pl.DataFrame, form: Form) -> Columns:
    """`text`: the rendered row; `spans`: where its trained parts begin and end, in characters."""
    rendered = list(render_rows(rows, "messages", form.template))
    spans = [[list(span) for span in row.spans] for row in rendered]
    return [
        pl.Series("text", [row.text for row in rendered], dtype=pl.String),
        pl.Series("spans", spans, dtype=pl.List(pl.List(pl.Int64))),
    ]


def explicit(rows: pl.DataFrame, form: Form) -> Columns:
    """`prompt`: the shared turns; `chosen` and `rejected`: the two continuations."""
    del rows
    prompt = _turns("messages", form).alias("prompt")
    return [prompt, _turns("chosen", form), _turns("rejected", form)]


def implicit(rows: pl.DataFrame, form: Form) -> Columns:
    """`chosen` and `rejected`: the whole conversations, prompt included."""
    del rows
    prompt = _turns("messages", form)
    return [prompt.list.concat(_turns(side, form)).alias(side) for side in ("chosen", "rejected")]


def message(rows: pl.DataFrame, form: Form) -> Columns:
    """`messages`: the shared turns; `chosen` and `rejected`: one message each."""
    single = (pl.col("chosen").list.len() == 1) & (pl.col("rejected").list.len() == 1)
    _refuse(rows, ~single, "dpo-message", "has a continuation of more than one message")
    sides = (_turns(side, form).list.first().alias(side) for side in ("chosen", "rejected"))
    return [_turns("messages", form), *sides]


LAYOUTS: Mapping[PlainLayout, Callable[[pl.DataFrame, Form], Columns]] = {
    "sft-prompt-completion": prompt_completion,
    "sft-messages": messages,
    "sft-text": text,
    "dpo-explicit": explicit,
    "dpo-implicit": implicit,
    "dpo-message": message,
}
"""Every plain layout but `upstream`, which has the records' own columns and nothing else."""


def _turns(column: str, form: Form) -> pl.Expr:
    """Turns as a trainer reads them: role, folded content, and what else any turn of the mix has.

    Content is folded as `thinking.fold` does it, but where there is none it stays null, and tidied
    thinking stands on lines of its own.
    """
    turn = pl.element().struct
    thought, content = turn.field("thinking"), turn.field("content")
    opening, closing = form.markers
    tidy = turn.field("markers").eq_missing(TIDY)
    folded = pl.concat_str(
        pl.when(tidy).then(pl.lit(f"{opening}\n")).otherwise(pl.lit(opening)),
        thought,
        pl.when(tidy).then(pl.lit(f"\n{closing}\n\n")).otherwise(pl.lit(closing)),
        content.fill_null(""),
    )
    return pl.col(column).list.eval(
        pl.struct(
            turn.field("role"),
            pl.when(thought.is_null()).then(content).otherwise(folded).alias("content"),
            *(turn.field(name) for name in FIELDS if name in form.carried.fields),
        )
    )


def _provenance(rows: pl.DataFrame, carried: Carried) -> Columns:
    known = ("tools", VARIABLES, "id", "source", "origin")
    has = {"id", "source", *carried.columns, *([VARIABLES] if carried.variables else [])}
    return [
        *(_parsed(carried) if name == VARIABLES else pl.col(name) for name in known if name in has),
        *(
            pl.col(name).cast(dtype) if name in rows.columns else pl.lit(None, dtype).alias(name)
            for name, dtype in carried.extras.items()
        ),
    ]


def _parsed(carried: Carried) -> pl.Expr:
    """`chat_template_kwargs` as a struct that no row lacks, as trainers need it."""
    return pl.col(VARIABLES).fill_null("{}").str.json_decode(pl.Struct(carried.variables))


def _refuse(rows: pl.DataFrame, wrong: pl.Expr, layout: PlainLayout, what: str) -> None:
    found = rows.filter(wrong)
    if not found.is_empty():
        row, source = found["id"][0], found["source"][0]
        raise OutputError(
            Problem(
                f"layout {layout} cannot hold row {row} of {source}: it {what}",
                help="Drop such rows with a step, or choose another layout.",
            )
        )
