"""What `curate explain` shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from curate.cli.funnel_chart import bar
from curate.cli.terminal import Terminal, fitting, harmless, plural, shorten

if TYPE_CHECKING:
    from curate.explain import RowStory, StepStory

PAIRS = 5
"""Pairs of near-duplicates that are shown; `--json` has all that were kept."""
AROUND = 6
"""Words shown before and behind those that differ."""


def draw_row(out: Terminal, row: RowStory) -> None:
    """One row's story."""
    out.say((row.id, "bold"))
    if row.reject is None:
        out.print(f"  is in the mix, split {row.split}")
        if row.left_out is not None:
            _draw_reject(out, "left out of", row.left_out)
        return
    _draw_reject(out, "dropped by", row.reject)
    if row.stays is not None:
        where = (
            f"is in the mix, split {row.stays.split}"
            if row.stays.reject is None
            else f"was dropped by {row.stays.reject['step']}"
        )
        out.say("    because of ", (row.stays.id, "bold"), f", which {where}")
    elif row.reject["because_of"]:
        out.say("    because of ", (row.reject["because_of"], "bold"), ", which was not drawn")


def _draw_reject(out: Terminal, how: str, reject: Mapping[str, Any]) -> None:
    out.print(Text.assemble(f"  {how} ", (reject["step"], "bold"), f"  {reject['source']}"))
    out.paragraph(harmless(reject["measure"] or ""), "    measured  ")
    out.paragraph(reject["threshold"] or "", "    the rule  ")


def draw_steps(out: Terminal, stories: Sequence[StepStory], *, in_full: bool) -> None:
    """What steps dropped: in full, or a line each."""
    for story in stories:
        if in_full:
            _draw_step(out, story)
        else:
            title = f"{story.stop.key} {story.stop.label}".strip()
            dropped = plural(story.dropped, "row")
            out.print(
                Text.assemble(
                    (shorten(title, out.width - len(dropped) - 4), "bold"), f"  {dropped}"
                )
            )
            for reason, count in list(story.reasons.items())[:3]:
                out.print(Text(f"    {count:>9,}  {shorten(reason, out.width - 16)}", "dim"))


def _draw_step(out: Terminal, story: StepStory) -> None:
    where = f"  of {story.stop.source}" if story.stop.source else ""
    out.print(Text.assemble((story.stop.key, "bold"), f"  {story.stop.label}{where}"))
    out.print(f"  dropped {plural(story.dropped, 'row')}")
    if story.rule:
        out.paragraph(story.rule, "  the rule: ", "dim")
    out.print()
    _draw_counts(out, story.sources)
    if "examples" in story.notes:
        _draw_alike(out, story)
        return
    if len(story.reasons) > 1:
        _draw_counts(out, story.reasons)
    for row in story.rows:
        measure = shorten(row["measure"] or "", out.width - 38)
        out.say("  ", (row["id"], "cyan"), f"  {measure}")


def _draw_counts(out: Terminal, counts: Mapping[str, int]) -> None:
    """Numbers by name, a bar each."""
    if not counts:
        return
    most = max(counts.values())
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(justify="right")
    table.add_column(no_wrap=True)
    for name, count in counts.items():
        table.add_row(
            fitting(f"  {harmless(name)}"), f"{count:,}", Text(bar(count, most, 24), "cyan")
        )
    out.print(table)
    out.print()


def _draw_alike(out: Terminal, story: StepStory) -> None:
    """Near-duplicates: how alike they are, other thresholds, a few pairs with their differences."""
    notes = story.notes
    out.print("  how alike the dropped rows are to the one that stays")
    _draw_counts(out, {f"from {low}": count for low, count in notes["similarities"].items()})
    out.print("  what would be dropped, one row of a group staying")
    shown = story.outcomes or notes["outcomes"]
    _draw_counts(
        out,
        {f"at {one['similarity']:g}": sum(one["dropped"].values()) for one in shown},
    )
    own = notes["similarity"]
    if any(one["similarity"] < own for one in shown):
        told = (
            f"below {own:g} it is at least so many: pairs less alike than that were not all found"
        )
        out.paragraph(told, "  ", "dim")
        out.print()
    if notes.get("hot_buckets"):
        out.paragraph(
            f"{plural(notes['hot_buckets'], 'bucket')} of more than 256 rows; none was left out",
            "  ",
            "dim",
        )
    if notes["passed_over"]:
        out.paragraph(
            f"{notes['passed_over']:,} pairs were not compared: too many texts share an n-gram",
            "  ",
            "yellow",
        )
    every = max(1, len(notes["examples"]) // PAIRS)
    for pair in notes["examples"][::every][:PAIRS]:
        _draw_pair(out, pair)


def _draw_pair(out: Terminal, pair: Mapping[str, Any]) -> None:
    dropped, kept = pair["dropped"], pair["kept"]
    out.say(("  " + f"{pair['similarity']:.2f}", "bold"), f"  {kept['id']}  {kept['source']}")
    out.say(f"  {'':4}  {dropped['id']}  {dropped['source']}")
    there, here = _compared(harmless(kept["text"]).split(), harmless(dropped["text"]).split())
    out.paragraph(there, "    stays  ")
    out.paragraph(here, "    goes   ")
    out.print()


def _compared(kept: Sequence[str], dropped: Sequence[str]) -> tuple[Text, Text]:
    """Both texts around the words that differ, which are coloured and stand between ⟦ and ⟧."""
    there, here = Text(), Text()
    blocks = SequenceMatcher(None, kept, dropped, autojunk=False).get_opcodes()
    for tag, a, b, c, d in blocks:
        if tag == "equal":
            for text, words in ((there, kept[a:b]), (here, dropped[c:d])):
                text.append(" ".join(_outside(words)) + " ")
            continue
        for text, words, style in ((there, kept[a:b], "green"), (here, dropped[c:d], "red")):
            if words:
                text.append(f"⟦{' '.join(words)}⟧ ", style)
    return there, here


def _outside(words: Sequence[str]) -> list[str]:
    """Words that are the same in both texts, shortened to those near a difference."""
    if len(words) <= 2 * AROUND + 1:
        return [*words]
    return [*words[:AROUND], "…", *words[-AROUND:]]
