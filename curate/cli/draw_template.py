"""What `curate template` shows."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from curate.chat_template.signs import in_one_line, visible
from curate.cli.terminal import Terminal, harmless, plural

if TYPE_CHECKING:
    from curate.chat_template.checks import Finding, Verdict
    from curate.chat_template.showing import Shown

STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}
ROLES = {"system": "magenta", "user": "blue", "assistant": "green", "tool": "yellow"}
OPENING, CLOSING = "⟦", "⟧"


def draw_shown(out: Terminal, shown: Shown) -> None:
    """A rendering: roles in colour, what is trained underlined and between marks, white space with signs."""
    out.say((Path(shown.template).stem, "bold"), (f"  {shown.row}", "dim"))
    out.say((f"  what is trained stands between {OPENING} and {CLOSING}", "dim"))
    text = Text()
    was_trained = False
    for piece in shown.pieces:
        if piece.is_trained != was_trained:
            text.append(OPENING if piece.is_trained else CLOSING, "bold green")
            was_trained = piece.is_trained
        style = ROLES.get(piece.role or "", "dim")
        text.append(harmless(visible(piece.text)), f"{style} underline" if was_trained else style)
    if was_trained:
        text.append(CLOSING, "bold green")
    out.paragraph(text, Text("  │ ", "dim"))
    if shown.tokens:
        _draw_tokens(out, shown)


def _draw_tokens(out: Terminal, shown: Shown) -> None:
    trained = sum(token.is_trained for token in shown.tokens)
    out.print()
    out.print(Text(f"  {plural(len(shown.tokens), 'token')}, {trained:,} trained", "dim"))
    text = Text()
    for token in shown.tokens:
        text.append(
            harmless(in_one_line(token.text)), "green underline" if token.is_trained else ""
        )
        text.append(f" {token.id}  ", "dim")
    out.paragraph(text, Text("  │ ", "dim"))


def draw_verdict(out: Terminal, name: str, verdict: Verdict) -> None:
    """Every finding with its place and its repair, then how much was looked at."""
    out.say((name, "bold"), ("  25 checks", "dim"))
    for finding in verdict.findings:
        out.print()
        _draw_finding(out, finding)
    out.print()
    if verdict.rows:
        told = f"{plural(verdict.rows, 'row')} by one rendering each, {verdict.sampled:,} of them more closely"
        out.paragraph(told, "  ", "dim")
    for why in dict.fromkeys(verdict.skipped.values()):
        checks = ", ".join(check for check, told in verdict.skipped.items() if told == why)
        out.paragraph(f"{checks} not judged: {why}", "  ", "dim")
    counts = ((plural(len(verdict.of(kind)), kind), kind) for kind in ("error", "warning", "note"))
    out.say("  ", *((f"{told}   ", STYLES[kind]) for told, kind in counts))


def _draw_finding(out: Terminal, finding: Finding) -> None:
    out.paragraph(
        Text.assemble(
            (f"{finding.severity} ", STYLES[finding.severity]),
            f"{finding.check}: {harmless(finding.what)}",
        ),
        "  ",
    )
    if finding.severity == "note":
        return
    place = [finding.row]
    if finding.message is not None:
        place.append(f"message {finding.message}")
    if finding.offset is not None:
        place.append(f"character {finding.offset:,}")
    seen = f"; so in {finding.rows:,} rows" if finding.rows > 1 else ""
    out.paragraph(", ".join(place) + seen, "    ", "cyan")
    if finding.excerpt is not None:
        before, behind = (harmless(in_one_line(part)) for part in finding.excerpt)
        out.paragraph(Text.assemble((before, "dim"), ("▸", "bold red"), behind), "    ")
    out.paragraph(finding.repair, "    ", "italic")


def verdict_as_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict as plain values."""
    told = asdict(verdict)
    for finding, plain in zip(verdict.findings, told["findings"], strict=True):
        plain["excerpt"] = finding.excerpt and finding.excerpt._asdict()
    return told
