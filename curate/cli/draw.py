"""What the terminal shows: errors, funnels, rows and steps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from curate.errors import CurateError
from curate.funnel import SHAPE, Funnel, SourceCount, Stop
from curate.step import Choice, Edit, Filter, Maker, Step
from curate.thinking import fold

if TYPE_CHECKING:
    from curate.output.example import Example
    from curate.output.manifest import Manifest
    from curate.pipeline import Built
    from curate.recipe.model import Recipe
    from curate.trial import Trial

BAR = 28
"""Characters of the widest bar."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"
OPENS, CLOSES = "⟦", "⟧"
"""What stands around trained characters, so that they show without colour too."""


def console(*, stderr: bool = False) -> Console:
    """A terminal to draw on; plain where output is piped."""
    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def draw_error(error: CurateError, *, as_json: bool) -> None:
    """Say what is wrong, on stderr; as JSON also on stdout."""
    from curate.describe import describe_all

    if as_json:
        problems = [asdict(problem) for problem in error.problems]
        print(json.dumps({"problems": problems}, indent=2, default=str, ensure_ascii=False))  # noqa: T201
    text = Text(describe_all(error))
    text.highlight_regex(r"(?m)^error:", "bold red")
    text.highlight_regex(r"(?m)^ *(-->|\||help:)", "cyan")
    text.highlight_regex(r"\^+.*", "yellow")
    console(stderr=True).print(text)


def bar(part: int, whole: int) -> str:
    """A bar as long as the part of the whole, exact to an eighth of a character."""
    eighths = round(8 * BAR * part / whole) if whole else 0
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def draw_funnel(out: Console, funnel: Funnel, takes: Mapping[str, int]) -> None:
    """Show what became of the rows: first stop by stop, then source by source.

    A stop of one source alone is told by that source's name before it.
    """
    total = funnel.total
    widest = max(total.candidates, total.drawn)
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=24, no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="cyan", no_wrap=True)
    running = total.candidates
    table.add_row("  rows read", "", f"{running:,}", bar(running, widest))
    if total.bad:
        running -= total.bad
        table.add_row("  bad records", f"−{total.bad:,}", f"{running:,}", bar(running, widest))
    for stop in funnel.stops:
        count = total.stops.get(stop.position)
        if count is None:
            continue
        running += count.made - count.dropped
        what = _change(count.dropped, count.edited, count.made)
        table.add_row(_stop(stop), what, f"{running:,}", bar(running, widest))
    if total.drawn:
        table.add_row("  drawn", "", Text(f"{total.drawn:,}", "bold"), bar(total.drawn, widest))
    out.print(table)
    if total.surrogates:
        out.print(f"\n  {total.surrogates:,} lone surrogates were replaced by U+FFFD")
    out.print()
    out.print(_sources(funnel.sources, takes))


def _stop(stop: Stop) -> Text:
    text = Text("  ")
    if stop.source is not None:
        text.append(f"{stop.source} ▸ ", "dim")
    text.append(stop.name)
    if stop.label:
        text.append(f"  {shorten(stop.label, 34)}", "dim")
    return text


def _change(dropped: int, edited: int, made: int) -> str:
    parts: list[str] = []
    if dropped:
        parts.append(f"−{dropped:,}")
    if made:
        parts.append(f"+{made:,}")
    if edited:
        parts.append(f"edited {edited:,}")
    return " ".join(parts)


def _sources(sources: Mapping[str, SourceCount], takes: Mapping[str, int]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    for _ in range(4):
        table.add_column(justify="right")
    table.add_row("  source", "read", "left", "drawn", "share", style="dim")
    drawn = sum(source.drawn for source in sources.values())
    for name, source in sources.items():
        share = f"{source.drawn / drawn:.1%}" if drawn else ""
        style = "red" if source.left < takes.get(name, 0) else ""
        table.add_row(
            f"  {name}",
            f"{source.candidates:,}",
            f"{source.left:,}",
            f"{source.drawn:,}" if drawn else f"of {takes[name]:,}" if name in takes else "",
            share,
            style=style,
        )
    return table


def shorten(text: str, width: int) -> str:
    """One line of at most `width` characters, cut in the middle where it is longer."""
    line = " ".join(text.split())
    if len(line) <= width:
        return line
    half = (width - 3) // 2
    return f"{line[:half]} … {line[-half:]}"


def draw_rendered(out: Console, text: str, spans: Sequence[tuple[int, int]], most: int = 1800) -> None:
    """Show a rendered row, its trained characters between ⟪ and ⟫; long texts lose their middle."""
    shown = Text()
    edge = 0
    for start, end in spans:
        shown.append(_shortened(text[edge:start], most // 3), "dim")
        shown.append(OPENS, "bold green")
        shown.append(_shortened(text[start:end], most), "green")
        shown.append(CLOSES, "bold green")
        edge = end
    shown.append(text[edge:], "dim")
    shown.highlight_regex(r"</?think>", "bold magenta")
    shown.highlight_regex(r"(?m)^(System|Human|Assistant):", "bold blue")
    for line in shown.split("\n", allow_blank=True):
        out.print(Text("  │ ", "dim") + line)


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n… {len(text) - 2 * half:,} characters …\n{text[-half:]}"


_KINDS: tuple[tuple[type[Step], str], ...] = (
    (Filter, "filter"),
    (Edit, "edit"),
    (Choice, "choice"),
    (Maker, "maker"),
)


def kind_of(step: type[Step]) -> str:
    """Which of the kinds of step a step is."""
    return next(word for kind, word in _KINDS if issubclass(step, kind))


def draw_steps(out: Console, types: Mapping[str, type[Step]]) -> None:
    """List steps, one line each."""
    table = Table.grid(padding=(0, 2))
    for name, step in types.items():
        first = (step.__doc__ or "").strip().splitlines()[0]
        table.add_row(Text(f"  {name}", "bold"), Text(kind_of(step), "dim"), first)
    out.print(table)
    out.print("\n  curate steps NAME tells all about one", style="dim")


def draw_step(out: Console, step: type[Step], documentation: str) -> None:
    """Tell all about one step: what it does, and its fields."""
    out.print(Text(step.name, "bold") + Text(f"  {kind_of(step)}", "dim"))
    out.print()
    out.print(documentation)
    out.print()
    table = Table.grid(padding=(0, 2))
    for name, field in step.model_fields.items():
        kind = str(field.annotation).replace("typing.", "") if field.annotation else ""
        kind = getattr(field.annotation, "__name__", kind) if "[" not in kind else kind
        default = "required" if field.is_required() else f"default {field.get_default()!r}"
        mark = " (bare value)" if step.shorthand == name else ""
        table.add_row(Text(f"  {name}", "bold"), Text(kind, "cyan"), default + mark, field.description or "")
    out.print(table)


def draw_checked(out: Console, recipes: Sequence[Recipe]) -> None:
    """One line a recipe that will build."""
    table = Table.grid(padding=(0, 2))
    for recipe in recipes:
        rows = sum(source.take or 0 for source in recipe.sources.values())
        steps = len(recipe.steps) + sum(len(source.steps) for source in recipe.sources.values())
        table.add_row(
            str(recipe.path or ""),
            Text(recipe.name, "bold"),
            recipe.kind,
            f"{rows:,} rows",
            f"{len(recipe.sources)} sources",
            f"{steps} steps",
            Text("ok", "green"),
        )
    out.print(table)


def draw_outlooks(out: Console, recipe: Recipe, tried: Trial) -> None:
    """What a trial promises: the funnel of the tried rows, and whether every source will do."""
    out.print()
    out.print(Text(recipe.name, "bold") + Text(f"  tried on {tried.funnel.total.candidates:,} rows", "dim"))
    out.print()
    draw_funnel(out, tried.funnel, {})
    out.print()
    table = Table.grid(padding=(0, 2))
    for column in range(6):
        table.add_column(justify="left" if column in {0, 5} else "right")
    table.add_row("  source", "records", "kept", "expected", "take", "", style="dim")
    for one in tried.outlooks:
        word = Text("short", "bold red") if one.is_short else Text("ok", "green")
        expected = f"{one.expected:,}"
        table.add_row(f"  {one.source}", f"{one.records:,}", f"{one.kept:.1%}", expected, f"{one.take:,}", word)
    out.print(table)
    out.print(
        "\n  steps that compare rows saw the tried ones only: on all rows they drop more", style="dim"
    )


def draw_built(out: Console, recipe: Recipe, built: Built, seconds: float) -> None:
    """The funnel of a build, one of its rows, and where it lies."""
    manifest = built.manifest
    facts = f"  {recipe.kind}   seed {recipe.seed}   recipe {manifest.recipe[:8]}"
    out.print(Text(recipe.name, "bold") + Text(facts, "dim"))
    out.print()
    draw_funnel(out, built.funnel, {})
    out.print()
    if built.example is not None:
        draw_example(out, recipe, built.example)
    files = [file for file in manifest.files if file.path.startswith("data/")]
    size = sum(file.bytes for file in files)
    line = Text("wrote ") + Text(str(built.folder), "bold")
    what = f"   {manifest.layouts[0].rows:,} rows   {len(files)} file{'s' * (len(files) != 1)}   {size / 1e6:,.1f} MB"
    out.print(line + Text(f"{what}   digest {manifest.digest.root[:8]}   in {duration(seconds)}"))
    out.print()


def duration(seconds: float) -> str:
    """A time as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def draw_example(out: Console, recipe: Recipe, shown: Example) -> None:
    """One row as a trainer will see it, trained parts between marks."""
    told = f"  {shown.source}  {shown.id}  rendered by {recipe.template.path.stem}, trained between ⟦ and ⟧"
    out.print(Text(told, "cyan"))
    words = ("",) if recipe.kind == "conversation" else ("chosen", "rejected")
    for word, (text, spans) in zip(words, shown.rendered, strict=True):
        if word:
            out.print(Text(f"  {word}", "bold"))
        draw_rendered(out, text, spans)
    out.print()


def draw_preview(out: Console, recipe: Recipe, tried: Trial, count: int) -> None:
    """A few finished rows of a trial, rendered."""
    from curate.chat_template.conversation import open_template
    from curate.output.example import example

    template = open_template(recipe.template)
    total = tried.funnel.total
    facts = f"  {total.left:,} of {total.candidates:,} tried rows stay"
    out.print(Text(recipe.name, "bold") + Text(facts, "dim"))
    for row in tried.rows.head(count).iter_slices(1):
        shown = example(row, recipe.kind, template)
        if shown is not None:
            out.print()
            draw_example(out, recipe, shown)


def draw_dropped(out: Console, recipe: Recipe, tried: Trial, step: str, count: int) -> None:
    """A few rows that a step drops, with what was measured."""
    dropped = tried.dropped_by(step) if step != SHAPE else tried.rejects.filter(step=SHAPE)
    total = tried.funnel.total.candidates
    out.print(Text(recipe.name, "bold") + f"  {step} dropped {dropped.height:,} of {total:,} tried rows")
    for reject in dropped.head(count).iter_rows(named=True):
        out.print()
        out.print(Text(f"  {reject['source']}  {reject['id']}", "cyan"))
        because = f", because of {reject['because_of']}" if reject["because_of"] else ""
        out.print(f"  measured {reject['measure']}; kept is {reject['threshold']}{because}")
        for turn in _turns(tried, reject["id"]):
            out.print(Text(f"  │ {turn[0]:<10}", "dim") + Text(shorten(turn[1], 160)))


def _turns(tried: Trial, identity: str) -> list[tuple[str, str]]:
    found = tried.arrived.filter(pl.col("id") == identity).head(1)
    turns: list[tuple[str, str]] = []
    for row in found.iter_rows(named=True):
        for turn in row["messages"]:
            turns.append((turn["role"], fold(turn["thinking"], turn["content"])))
        for side in ("chosen", "rejected"):
            turns += [(side, fold(turn["thinking"], turn["content"])) for turn in row[side] or ()]
    return turns


def draw_inspected(out: Console, folder: Path, manifest: Manifest) -> None:
    """What a finished folder holds."""
    facts = f"  {manifest.kind}   seed {manifest.seed}   curate {manifest.curate}   digest {manifest.digest.root[:8]}"
    out.print(Text(manifest.name, "bold") + Text(facts, "dim"))
    out.print()
    draw_funnel(out, Funnel.from_json(manifest.funnel), {})
    out.print()
    table = Table.grid(padding=(0, 2))
    for unit, lengths in manifest.lengths.items():
        spread = "   ".join(f"{name} {length:,}" for name, length in lengths.items())
        table.add_row(f"  {unit} a row", spread)
    table.add_row("  max_length", f"{manifest.max_length:,} tokens hold 99 % of the rows")
    for layout in manifest.layouts:
        table.add_row(f"  {layout.folder}/", f"{layout.rows:,} rows as {layout.layout}")
    size = sum(file.bytes for file in manifest.files)
    table.add_row("  files", f"{len(manifest.files)}, {size / 1e6:,.1f} MB, every digest as built")
    out.print(table)
