"""What each verb shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from curate.cli.accounts import accounts
from curate.cli.terminal import Terminal, amount, duration, fitting, plural, print_json, shorten
from curate.describe import describe_all
from curate.errors import CurateError

if TYPE_CHECKING:
    import polars as pl

    from curate.output.manifest import Manifest
    from curate.pipeline import Built
    from curate.recipe.model import Recipe
    from curate.step import Step
    from curate.trial import Trial

ROOMY = 80
"""Columns from which on a line has room for what is nice to know."""


def draw_error(error: CurateError, *, as_json: bool) -> None:
    """Say what is wrong, on stderr; with `as_json` also as `problems` on stdout."""
    if as_json:
        print_json({"problems": [asdict(problem) for problem in error.problems]})
    text = Text(describe_all(error))
    text.highlight_regex(r"(?m)^error:", "bold red")
    text.highlight_regex(r"(?m)^ *(\d+ )?\||^ *(-->|help:)", "cyan")
    text.highlight_regex(r"\^+.*", "yellow")
    Terminal(stderr=True).say(text)


def draw_checked(
    out: Terminal, recipes: Sequence[Recipe], wrong: Mapping[str, CurateError]
) -> None:
    """One line a recipe: what it makes, and whether it will build; `wrong` is by recipe name."""
    table = Table.grid(padding=(0, 2))
    for column in range(7):
        table.add_column(justify="right" if column in {3, 4, 5} else "left", no_wrap=column != 1)
    for recipe in recipes:
        error = wrong.get(recipe.name)
        verdict = (
            ("ok", "green") if error is None else (plural(len(error.problems), "problem"), "red")
        )
        size = plural(len(recipe.sources), "source"), plural(len(steps_of(recipe)), "step")
        is_wide = out.width >= ROOMY
        table.add_row(
            shorten(_named(recipe), out.width // 3),
            fitting(recipe.name, "bold"),
            recipe.kind if is_wide else "",
            plural(rows_asked(recipe), "row"),
            *(size if is_wide else ("", "")),
            Text(*verdict),
        )
    out.print(table)


def steps_of(recipe: Recipe) -> list[Step]:
    """All steps of a recipe: its sources' own, then those all sources share."""
    return [step for source in recipe.sources.values() for step in source.steps] + [*recipe.steps]


def rows_asked(recipe: Recipe) -> int:
    """How many rows the mix will have, as far as the recipe counts rows rather than tokens."""
    from curate.mix import quotas

    return sum(rows or 0 for rows in quotas(recipe).values())


def _named(recipe: Recipe) -> str:
    """What the user would call a recipe: its shipped name, or its path, short."""
    from curate.errors import Place
    from curate.shipped import recipes

    if recipe.path is None:
        return ""
    names = {path: name for name, path in recipes().items()}
    return names.get(recipe.path) or str(Place(recipe.path))


def draw_trial(out: Terminal, recipe: Recipe, tried: Trial) -> None:
    """What a trial promises: the funnel of the tried rows, and whether every source will do."""
    from curate.cli.funnel_chart import draw_funnel

    rows = plural(tried.funnel.total.candidates, "row")
    out.print()
    out.print(Text.assemble((recipe.name, "bold"), (f"  tried on {rows}", "dim")))
    out.print()
    draw_funnel(out, tried.funnel)
    if not tried.outlooks:
        return
    out.print()
    table = Table.grid(padding=(0, 2))
    for column in range(6):
        table.add_column(justify="left" if column in {0, 5} else "right", no_wrap=column > 0)
    table.add_row("  source", "records", "stay", "so about", "asked for", "", style="dim")
    for one in tried.outlooks:
        verdict = Text("short", "bold red") if one.is_short else Text("ok", "green")
        numbers = f"{one.records:,}", f"{one.kept:.1%}", f"{one.expected:,}", f"{one.take:,}"
        table.add_row(fitting(f"  {one.source}"), *numbers, verdict)
    out.print(table)
    out.print()
    told = "a guess: among all rows, steps that compare rows with each other find more to drop"
    out.paragraph(told, "  ", "dim")
    if any(one.is_short for one in tried.outlooks):
        told = "short: take fewer rows, look at more records, or let more of them through"
        out.paragraph(told, "  ", "red")


def draw_built(out: Terminal, recipe: Recipe, built: Built, seconds: float) -> None:
    """The funnel of a build, one of its rows, and where it lies."""
    from curate.cli.funnel_chart import draw_funnel
    from curate.cli.rendered_row import draw_example
    from curate.tokens import why_whole

    manifest = built.manifest
    out.print(_headline(manifest))
    out.print()
    draw_funnel(out, built.funnel)
    out.print()
    for name, count in built.funnel.sources.items():
        if count.lacked:
            gave = recipe.sources[name].fallback
            out.paragraph(f"{name} lacked {count.lacked:,} rows, which {gave} gave", "  ", "yellow")
    if built.example is not None:
        draw_example(out, recipe, built.example)
        out.print()
    if recipe.tokenizer is not None and (why := why_whole(recipe.tokenizer)):
        slow = f"tokens were counted by encoding texts whole, which takes longer: {why}"
        out.paragraph(slow, "  ", "yellow")
    draw_broken(out, manifest)
    files = [file for file in manifest.files if file.path.startswith("data/")]
    size = amount(sum(file.bytes for file in files))
    rows, shards = plural(manifest.rows, "row"), plural(len(files), "file")
    out.say("wrote ", (str(built.folder), "bold"))
    out.print(Text(f"      {rows}   {shards}   {size}   in {duration(seconds)}", "dim"))
    for told in accounts(manifest):
        out.paragraph(Text(told, "dim"), "      ")
    out.print()


def draw_broken(out: Terminal, manifest: Manifest) -> None:
    """What the chat template promises and does not keep on the mix, if anything."""
    for broken in manifest.verdict.broken:
        style = "bold red" if broken.severity == "error" else "yellow"
        rows = plural(broken.rows, "row")
        out.paragraph(
            Text.assemble(
                (f"{broken.severity} ", style), f"{broken.check}: {broken.what} ({rows})"
            ),
            "  ",
        )
    if manifest.verdict.broken:
        out.paragraph("`curate template check` shows where, and how to repair it", "  ", "dim")
        out.print()


def _headline(manifest: Manifest) -> Text:
    facts = f"  {manifest.kind}   seed {manifest.seed}   digest {manifest.digest.root[:8]}"
    return Text.assemble((manifest.name, "bold"), (facts, "dim"))


def draw_preview(out: Terminal, recipe: Recipe, tried: Trial, count: int) -> None:
    """A few finished rows of a trial, rendered."""
    from curate.chat_template.conversation import open_template
    from curate.cli.rendered_row import draw_example
    from curate.output.example import example

    template = open_template(recipe.template)
    total = tried.funnel.total
    stay = f"  {total.left:,} of {total.candidates:,} tried rows stay"
    out.print(Text.assemble((recipe.name, "bold"), (stay, "dim")))
    for row in tried.rows.head(count).iter_slices(1):
        shown = example(row, recipe.kind, template)
        if shown is not None:
            out.print()
            draw_example(out, recipe, shown)
    out.print()


def draw_dropped(
    out: Terminal, recipe: Recipe, tried: Trial, step: str, dropped: pl.DataFrame, count: int
) -> None:
    """A few of the rows that a step dropped: what was measured, and beside which row, if any."""
    total = plural(tried.funnel.total.candidates, "tried row")
    out.print(
        Text.assemble((recipe.name, "bold"), f"  {step} dropped {dropped.height:,} of {total}")
    )
    for reject in dropped.head(count).iter_rows(named=True):
        out.print()
        out.say(("  ", ""), (reject["source"], "cyan"), (f"  {reject['id']}", "dim"))
        out.print(
            f"  {shorten(reject['measure'] or 'nothing', 60)}; what stays is {reject['threshold']}"
        )
        _draw_turns(out, tried, reject["id"])
        if reject["because_of"] not in {None, reject["id"]}:
            out.say((f"  because of  {reject['because_of']}", "dim"))
            _draw_turns(out, tried, reject["because_of"])
    out.print()


def _draw_turns(out: Terminal, tried: Trial, identity: str) -> None:
    from curate.cli.rendered_row import draw_text

    for row in tried.arrived.filter(id=identity).head(1).iter_rows(named=True):
        turns = [(turn["role"], turn) for turn in row["messages"]]
        turns += [(side, turn) for side in ("chosen", "rejected") for turn in row[side] or ()]
        for role, turn in turns:
            said = [(f"{role} thinks", turn["thinking"]), (role, turn["content"])]
            for who, text in [one for one in said if one[1]] or [(role, "(nothing)")]:
                draw_text(out, Text.assemble((f"{who}: ", "bold"), shorten(text, 240)))


def draw_inspected(out: Terminal, folder: Path, manifest: Manifest) -> None:
    """What a finished folder holds."""
    from curate.cli.funnel_chart import draw_funnel
    from curate.cli.token_chart import draw_tokens
    from curate.funnel import Funnel
    from curate.output.reading import read_rows

    out.print(_headline(manifest))
    out.print()
    funnel = Funnel.from_json(manifest.funnel)
    ordered = {source.name: funnel.sources[source.name] for source in manifest.sources}
    draw_funnel(out, replace(funnel, sources=ordered))
    out.print()
    if manifest.tokens:
        draw_tokens(
            out, {name: spread for name in ordered if (spread := manifest.tokens.get(name))}
        )
        out.print()
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    for layout in manifest.layouts:
        rows = " and ".join(f"{plural(rows, 'row')} {name}" for name, rows in layout.rows.items())
        if len(manifest.splits) == 1:
            rows = plural(sum(layout.rows.values()), "row")
        columns = ", ".join(read_rows(folder, layout.layout).collect_schema())
        table.add_row(f"  {layout.folder}/", f"{rows} as {layout.layout}: {columns}")
    for told in accounts(manifest):
        table.add_row("", told)
    for unit, lengths in manifest.lengths.items():
        spread = "   ".join(f"{name} {length:,}" for name, length in lengths.items())
        table.add_row(f"  {unit} a row", spread)
    table.add_row("  max_length", f"{manifest.max_length:,} tokens hold 99% of the rows")
    size = amount(sum(file.bytes for file in manifest.files))
    files = plural(len(manifest.files), "file")
    table.add_row(
        "  as built", f"{files}, {size}: every byte is the manifest's; curate {manifest.curate}"
    )
    out.print(table)
