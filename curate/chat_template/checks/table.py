"""All promises of a chat template, each with how to see whether it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from curate.chat_template.checks import pairs, prompts, rendered, rows, source, tokenized
from curate.chat_template.checks.finding import Flaw, Severity
from curate.chat_template.checks.pairs import RenderedPair
from curate.chat_template.checks.rows import Rendered
from curate.chat_template.checks.skeleton import View
from curate.chat_template.checks.subject import Subject


@dataclass(frozen=True)
class Check:
    """One promise.

    What it looks at: the template alone, the shape of every row, every row, the rows of a sample, every
    pair, the pairs of a sample. A shape is looked at once, however many rows have it.
    """

    id: str
    name: str
    severity: Severity
    means: str
    """What must hold, in one sentence."""
    repair: str
    """What to do where it does not."""
    template: Callable[[Subject], Iterator[Flaw]] | None = None
    shape: Callable[[View], Iterator[Flaw]] | None = None
    row: Callable[[Rendered], Iterator[Flaw]] | None = None
    sample: Callable[[Rendered], Iterator[Flaw]] | None = None
    pair: Callable[[RenderedPair], Iterator[Flaw]] | None = None
    sampled_pair: Callable[[RenderedPair], Iterator[Flaw]] | None = None


CHECKS: tuple[Check, ...] = (
    Check(
        "C01", "variables", "error",
        "Every value the template reads is given, or it asks whether there is one.",
        "Give the value in the recipe's template, or ask with `is defined` first.",
        template=source.variables,
    ),
    Check(
        "C02", "date", "error",
        "The text is the same on every day.",
        "Take the date out, or bake one in.",
        template=source.dates,
    ),
    Check(
        "C03", "transformers", "error",
        "transformers renders the same text.",
        "Tell us: the renderer differs from transformers.",
        template=source.agreement,
    ),
    Check(
        "C04", "round trip", "error",
        "The text reads back as the messages it was made of.",
        "Close every turn alike; drop rows whose texts hold the marks of turns.",
        shape=rendered.closings, row=rows.round_trip,
    ),
    Check(
        "C05", "prefix", "error",
        "The text of the first turns is the beginning of the text of all turns.",
        "Train on the last turn only, or take a template that leaves earlier turns as they were.",
        sample=prompts.prefixes,
    ),
    Check(
        "C06", "generation prompt", "error",
        "The generation prompt is where the trained part of the text begins.",
        "Make the template write the same header in both, with {{- and -}} around every print. Rows that say"
        " `enable_thinking: false` may get an empty block in the prompt alone: take that away with the step"
        " template_variables.",
        sample=prompts.generation_prompts,
    ),
    Check(
        "C07", "blocks", "error",
        "An assistant's turn has one whole thinking block or none, other turns have none.",
        "Give reasoning in one place only: in the content, or in its field.",
        shape=rendered.blocks,
    ),
    Check(
        "C08", "survival", "error",
        "Reasoning, content and tool calls of every turn are in the text, once and in order.",
        "Train with a template that prints what it is given, such as chatml_think.",
        shape=rendered.survival, row=rows.verbatim,
    ),
    Check(
        "C09", "white space", "error",
        "No white space leaks around the marks of turns, and it is the same at every turn.",
        "Write {{- and -}} around every print.",
        shape=rendered.white_space,
    ),
    Check(
        "C10", "BOS", "error",
        "BOS stands once, at the beginning, or not at all.",
        "Print it in the template or let the tokenizer add it, not both: emit_bos: false.",
        shape=rendered.beginning, sample=tokenized.doubled_beginning,
    ),
    Check(
        "C11", "stop token", "error",
        "Every trained turn ends in a token to stop at, and that token is trained.",
        "Print eos_token at the end of the assistant's turns, inside the generation block.",
        shape=rendered.stops,
    ),
    Check(
        "C12", "spans", "error",
        "What is trained is reasoning, answer, tool calls and end token of the assistant's turns.",
        "Put the generation block around these alone: headers and separators outside.",
        shape=rendered.spans,
    ),
    Check(
        "C13", "generation blocks", "error",
        "The template marks what is trained, outside of captured output.",
        "Put {% generation %} around what the assistant says, not inside set, filter or call blocks.",
        template=source.generation_blocks,
    ),
    Check(
        "C14", "injection", "error",
        "No text holds what marks turns, ends them, or surrounds thinking.",
        "Drop such rows with `no_injection`, or replace the marks with `substitute`.",
        row=rows.injection,
    ),
    Check(
        "C15", "turns", "error",
        "Roles are known and in order, and every turn says something.",
        "Drop such rows with `role_order` and `no_empty_turns`.",
        shape=rows.odd_turns,
    ),
    Check(
        "C16", "default system text", "warning",
        "A default system text is the same in prompts, and gives way to one that is given.",
        "Print it only where the first message is no system message.",
        template=source.default_system,
    ),
    Check(
        "C17", "markers as tokens", "note",
        "It is known what the tokenizer takes the thinking markers for.",
        "Decode with special tokens, or add the markers as tokens that are not special.",
        template=tokenized.markers,
    ),
    Check(
        "C18", "token boundary", "error",
        "The tokens of the prompt begin the tokens of prompt and answer.",
        "End prompts without white space; after a prefilled block, think_tail with one line break.",
        sample=tokenized.boundary,
    ),
    Check(
        "C19", "token mask", "error",
        "Every trained turn has trained tokens up to its end, and transformers masks the same.",
        "Let spans begin and end where tokens do; see C12.",
        sample=tokenized.mask,
    ),
    Check(
        "C20", "length", "error",
        "No trained text is cut off at the length trained with.",
        "Drop such rows with `fits`, or train with a greater max_length.",
        sample=tokenized.room,
    ),
    Check(
        "C21", "one prompt", "error",
        "Both sides of a pair go on from one prompt, in text and tokens, and differ.",
        "Take a template whose prompt does not depend on the answer; drop pairs with `different`.",
        sampled_pair=pairs.one_prompt,
    ),
    Check(
        "C22", "thinking in pairs", "warning",
        "Both sides of a pair think, or neither does.",
        "Drop such pairs: the preference is learned from the first token.",
        pair=pairs.same_thinking,
    ),
    Check(
        "C23", "serving", "error",
        "The template the model is served with writes the same prompts.",
        "Serve the model with the twin of the template it was trained with.",
        sample=prompts.served_alike,
    ),
    Check(
        "C24", "refusals", "note",
        "It is known which conversations the template refuses or passes over.",
        "Drop such rows, or take another template.",
        template=source.refusals,
    ),
    Check(
        "C25", "Python values", "error",
        "No value is printed as Python writes it.",
        "Ask whether a value is there before printing it, and print with tojson.",
        template=source.python_values,
    ),
)  # fmt: skip
"""Every check, by its number."""
