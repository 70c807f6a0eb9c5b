"""Render conversations, spans on, beside `apply_chat_template` of transformers; then hold them to all checks.

    pip install transformers==5.23.0        # no torch is needed
    python benchmarks/chat_template/run.py [--rows FOLDER] [--count N]

All ways take turns on the same stretches of rows in one process, on one core; what is compared is processor
time. `FOLDER` is a finished mix in the layout `sft-prompt-completion`; without one, embedded chats are rendered.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ["TRANSFORMERS_VERBOSITY"] = "error"  # it is sorry to find no torch

import polars as pl
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from curate import ChatTemplate, shipped
from curate.chat_template.checks import Inspection, Subject, prompts
from curate.chat_template.checks.case import Case, turns_of
from curate.chat_template.checks.rows import Rendered
from curate.recipe.model import Embedded
from curate.sources.embedded import record

STRETCH = 2000
"""Rows before it is the next way's turn."""
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}

Conversation = list[dict[str, Any]]


def conversations(rows: Path | None, count: int) -> list[Conversation]:
    """So many conversations as lists of messages."""
    if rows is None:
        chats = Embedded(like="chat", rows=count, defects=False)
        return [record(chats, index)["messages"] for index in range(count)]
    frame = pl.read_parquet(rows / "data/*.parquet", columns=["prompt", "completion"]).head(count)
    return [[*prompt, *completion] for prompt, completion in frame.iter_rows()]


class Stopwatch:
    """Processor seconds by what they were spent on."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def run(self, name: str, work: Callable[[], Any]) -> Any:
        """Do some work on an account."""
        begun = time.process_time()
        made = work()
        self.spent[name] = self.spent.get(name, 0.0) + time.process_time() - begun
        return made


def render(name: str, chats: Sequence[Conversation]) -> None:
    """Print the rates of all ways of rendering."""
    text = shipped.templates()[name].read_text(encoding="utf-8")
    ours = ChatTemplate(text, **TOKENS)
    theirs = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()), **TOKENS)
    how: dict[str, Any] = {"chat_template": text, "tokenize": False}
    watch = Stopwatch()
    for start in range(0, len(chats), STRETCH):
        part = chats[start : start + STRETCH]
        ways = {
            "curate, spans on": lambda part=part: [ours.render(chat).text for chat in part],
            "transformers, a call a row": lambda part=part: [
                theirs.apply_chat_template(chat, **how) for chat in part
            ],
            "transformers, a list": lambda part=part: theirs.apply_chat_template(part, **how),
        }
        order = [*ways] if start // STRETCH % 2 else [*reversed(ways)]
        made = {way: watch.run(way, ways[way]) for way in order}
        assert len({tuple(texts) for texts in made.values()}) == 1, "they render another text"
    print(f"{name}: {len(chats):,} conversations, {sum(map(len, chats)):,} messages")
    own = watch.spent["curate, spans on"]
    for way, spent in sorted(watch.spent.items()):
        ratio = spent / own
        print(
            f"  {way:32} {len(chats) / spent:10,.0f} rows/cpu-s   curate is {ratio:.2f} times as fast"
        )


def check(name: str, chats: Sequence[Conversation]) -> None:
    """Print what holding every row to the checks costs, in renderings of it."""
    text = shipped.templates()[name].read_text(encoding="utf-8")
    subject = Subject.of(ChatTemplate(text, **TOKENS))
    inspection = Inspection(subject)
    inspection.template()
    empty = dict.fromkeys(("thinking", "markers", "tool_calls", "tool_call_id", "name"))
    watch = Stopwatch()
    for start in range(0, len(chats), STRETCH):
        cases = [
            Case(f"row {number}", turns_of([empty | turn for turn in chat]))
            for number, chat in enumerate(chats[start : start + STRETCH], start)
        ]
        drawn = watch.run("rendering", lambda cases=cases: [subject.render(one) for one in cases])
        watch.run("checks of one rendering", lambda cases=cases: [*map(inspection.row, cases)])
        rendered = [Rendered(subject, *each) for each in zip(cases, drawn, strict=True)]
        for title, look in (
            ("C05 prefix", prompts.prefixes),
            ("C06 prompt", prompts.generation_prompts),
        ):
            watch.run(title, lambda look=look, rendered=rendered: [list(look(r)) for r in rendered])
    for title, spent in watch.spent.items():
        times = spent / watch.spent["rendering"]
        print(f"  {title:32} {1e6 * spent / len(chats):10.1f} µs a row   {times:5.2f} renderings")


def main() -> None:
    """Print everything, template by template."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, help="a finished mix instead of embedded chats")
    parser.add_argument("--count", type=int, default=58_000)
    words = parser.parse_args()
    used = ("transformers", "jinja2", "tokenizers")
    print(", ".join(f"{name} {version(name)}" for name in used))
    chats = conversations(words.rows, words.count)
    for name in ("human_assistant", "chatml_think"):
        render(name, chats)
        check(name, chats)


if __name__ == "__main__":
    main()
