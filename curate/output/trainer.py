"""Configurations with which TRL trains on a finished folder as it stands.

TRL cuts rows at 1,024 tokens unless told otherwise and, of conversations, trains what users say as well. So a folder
brings what its rows need, layout by layout. What is not the data's to say (model, learning rate, batches) is
left to the command line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import yaml

from curate.output.lengths import Measured
from curate.output.metadata import LayoutFacts
from curate.recipe.model import Layout, PlainLayout, Recipe, TokenUse
from curate.steps.fits import Fits

VERB: Mapping[Layout, str] = {
    "sft-prompt-completion": "sft",
    "sft-messages": "sft",
    "sft-text": "sft",
    "tokens": "sft",
    "tokens-tinyllama": "sft",
    "dpo-explicit": "dpo",
    "dpo-implicit": "dpo",
}
"""The layouts TRL reads, and what it does with them."""


class Line(NamedTuple):
    """One setting, and why it is so."""

    name: str
    value: str | int | bool | None
    why: str = ""


def configurations(
    recipe: Recipe,
    layouts: Sequence[LayoutFacts],
    measured: Measured,
    *,
    marks_training: bool,
) -> Iterator[tuple[str, str]]:
    """The name and the text of one file for every layout that TRL 1.16 reads; the first is `trl.yaml`.

    `marks_training` tells whether the chat template has generation blocks.
    """
    for used, facts in zip(recipe.layouts, layouts, strict=True):
        verb = VERB.get(facts.layout)
        if verb is None or not any(split.rows for split in facts.splits.values()):
            continue
        is_first = facts is layouts[0]
        name = "trl.yaml" if is_first else f"trl-{facts.layout}.yaml"
        lines = [Line("dataset_name", f"../{recipe.name}", _place(recipe))]
        if not is_first:
            lines.append(Line("dataset_config", facts.layout))
        lines.append(Line("dataset_train_split", "train"))
        if "test" in facts.splits:
            lines += [Line("dataset_test_split", "test"), Line("eval_strategy", "epoch")]
        longest = room(recipe, used, facts, measured)
        if isinstance(used, str):
            lines += [longest, *_as_rendered(facts.layout, marks_training=marks_training)]
        else:
            lines += [longest] if used.packing == "none" else _as_packs(longest)
        yield name, _written(verb, name, lines)


def _place(recipe: Recipe) -> str:
    """Why the folder is called as it is seen from itself: `datasets` takes the last part of a path for a name."""
    hub = f", or {recipe.publish.to} once it is published" if recipe.publish else ""
    return f"this folder, in which trl is run{hub}"


def room(
    recipe: Recipe, used: PlainLayout | TokenUse, facts: LayoutFacts, measured: Measured
) -> Line:
    """The length to train a layout with: one that nothing exceeds where that is known, else nearly nothing."""
    if not isinstance(used, str):
        told = (one.slots // one.written for one in facts.accounts.values() if one.written)
        return Line("max_length", used.max_length or max(told, default=0), "no row is longer")
    held = [step.max_length for step in recipe.steps if isinstance(step, Fits)]
    if held:
        return Line("max_length", min(held), "step fits leaves no row that is longer")
    counted = "tokens" in measured.lengths
    how = "counted on every row" if counted else "guessed from characters, for want of a tokenizer"
    return Line("max_length", measured.advice, f"99% of the rows have no more tokens, {how}")


def _as_rendered(layout: Layout, *, marks_training: bool) -> Iterator[Line]:
    template = Line("chat_template_path", "chat_template.jinja")
    match layout:
        case "sft-prompt-completion":
            yield template
            yield Line("completion_only_loss", value=True, why="the last turn is trained")
        case "sft-messages":
            yield template
            why = "" if marks_training else "the template has no generation block: all is trained"
            yield Line("assistant_only_loss", marks_training, why)
        case "sft-text":
            yield Line("dataset_text_field", "text", "all of it is trained")
        case _:
            pass


def _as_packs(longest: Line) -> Iterator[Line]:
    """TRL does not want a length beside `padding_free`, which cuts nothing."""
    yield Line("max_length", None, f"nothing is cut; no row is longer than {longest.value}")
    yield Line("packing", value=False, why="rows are packed already")
    why = "hands over where sequences begin (seq_lengths), so that none attends to another"
    yield Line("padding_free", value=True, why=why)


def _written(verb: str, name: str, lines: Sequence[Line]) -> str:
    head = [
        f"# trl {verb} --config {name} --model_name_or_path MODEL --output_dir TRAINED   (TRL 1.16)"
    ]
    if verb == "dpo":
        head.append(
            "# TRL takes the template of the model: put chat_template.jinja into its folder first."
        )
    return "\n".join([*head, *map(_line, lines)]) + "\n"


def _line(line: Line) -> str:
    told = yaml.safe_dump({line.name: line.value}, width=2**20).rstrip("\n")
    return f"{told}  # {line.why}" if line.why else told
