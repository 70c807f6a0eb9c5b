"""A row drawn as a trainer will see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from curate.cli.terminal import Terminal, harmless, plural
from curate.output.example import CLOSING, OPENING, Example
from curate.recipe.model import Recipe

LONGEST = 1800
"""Characters shown of a trained part; of the rest a third of that."""


def draw_example(out: Terminal, recipe: Recipe, shown: Example) -> None:
    """Show one row rendered, its trained parts between marks."""
    out.say(("  a row of ", "dim"), (shown.source, "cyan"), (f"  {shown.id}", "dim"))
    out.say((_legend(recipe), "dim"))
    sides = ("",) if recipe.kind == "conversation" else ("chosen", "rejected")
    for side, (text, spans) in zip(sides, shown.rendered, strict=True):
        if side:
            out.print(Text(f"  {side}", "bold"))
        draw_text(out, _marked(text, spans))


def draw_text(out: Terminal, text: Text) -> None:
    """Show a text behind a line at its left."""
    out.paragraph(text, Text("  │ ", "dim"))


def _legend(recipe: Recipe) -> str:
    name = recipe.template.path.stem
    return f"  rendered by {name}; what is trained stands between {OPENING} and {CLOSING}"


def _marked(text: str, spans: Iterable[Sequence[int]]) -> Text:
    """The text with marks around the spans, so that they show without colour too."""
    shown = Text()
    edge = 0
    for start, end in spans:
        shown.append(_cut(text[edge:start], LONGEST // 3), "dim")
        shown.append(OPENING, "bold green")
        shown.append(_cut(text[start:end], LONGEST), "green")
        shown.append(CLOSING, "bold green")
        edge = end
    shown.append(_cut(text[edge:], LONGEST // 3), "dim")
    shown.highlight_regex(r"</?think>", "bold magenta")
    shown.highlight_regex(r"(?m)^(System|Human|Assistant):|<\|[^|\n]{1,40}\|>", "bold blue")
    return shown


def _cut(text: str, most: int) -> str:
    text = harmless(text)
    if len(text) <= most:
        return text
    half = most // 2
    left_out = plural(len(text) - 2 * half, "character")
    return f"{text[:half]}\n… {left_out} left out …\n{text[-half:]}"
