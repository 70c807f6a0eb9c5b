"""What `curate check --plan` shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from curate.cli.terminal import Terminal, amount, fitting

if TYPE_CHECKING:
    from curate.plan import Plan, SourcePlan
    from curate.recipe.model import Recipe


def draw_plan(out: Terminal, recipe: Recipe, plan: Plan, workers: int) -> None:
    """The sources, one line each, then what the build takes in all, and its licence."""
    out.print()
    out.print(Text.assemble((recipe.name, "bold"), ("  planned from metadata alone", "dim")))
    out.print()
    table = Table.grid(padding=(0, 2))
    for column in range(6):
        table.add_column(justify="right" if column in {2, 3, 4} else "left", no_wrap=True)
    table.add_row("  source", "from", "rows", "looked at", "to fetch", "licence", style="dim")
    for one in plan.sources:
        table.add_row(
            fitting(f"  {one.source}"),
            fitting(one.where, "dim"),
            _count(one.rows),
            _count(one.pool),
            amount(one.fetch) if one.commit else "",
            fitting(_terms(one)),
        )
    out.print(table)
    out.print()
    minutes = "less than a minute" if plan.minutes < 1 else f"about {plan.minutes:.0f} minutes"
    processes = "1 worker" if workers == 1 else f"{workers} workers"
    told = (
        f"{amount(plan.fetch)} to fetch; at most {amount(plan.disk)} of disk while it runs; about "
        f"{amount(plan.memory)} of memory, {minutes} with {processes}, both roughly"
    )
    out.paragraph(told, "  ")
    for remark in _remarks(plan):
        out.paragraph(remark, "  ")


def _count(rows: int | None) -> str:
    return "?" if rows is None else f"{rows:,}"


def _terms(one: SourcePlan) -> str:
    if one.commit is None:
        return ""
    return (one.license or "none named") + (", gated" if one.gated else "")


def _remarks(plan: Plan) -> Iterator[str]:
    """What else there is to know: how even the samples are, and what the licences come to."""
    for one in plan.sources:
        if (
            one.row_groups is not None
            and one.files is not None
            and one.row_groups[0] < one.row_groups[1]
        ):
            (some, groups), (here, files) = one.row_groups, one.files
            yield (
                f"{one.source}: {some:,} of {groups:,} row groups, in {here:,} of {files:,} files; rows that stand "
                "together in a row group come together, and more groups come when steps leave too few rows"
            )
    if any(one.commit for one in plan.sources):
        yield plan.licence.sentence
        yield from plan.licence.remarks
