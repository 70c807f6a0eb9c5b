"""Token ids as the collator of TinyLlama's chat models makes them.

Its script (`sft/finetune.py`, after QLoRA's) takes rows of `input` and `output`. Its quirks are kept, because
they are what its models were trained with:

- Input and output are encoded apart. With Llama's tokenizer the output begins with a space of its own, so the
  ids are not those of the whole text.
- Of a dialogue all is output, and `input` is empty: what users say is trained as well, the source is BOS alone, and
  a `source_max_len` of 16 never cuts anything.
- EOS stands in the output's text before that is cut: an output that is too long ends without.
- EOS stands once, at the very end: a template such as `guanaco` teaches no stop after earlier answers.
- The attention mask is made of the padded ids. Where the padding token is one that texts hold, as EOS often
  is, real tokens are masked: `collate` does so too. The script therefore adds a `[PAD]` of its own.

Not kept: without a BOS the script writes the word `None`. Here that is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curate.chat_template import ChatTemplate
from curate.chat_template.origin import tokens_beside
from curate.chat_template.row_rendering import render_row
from curate.recipe.model import TinyLlama
from curate.sequences.labels import IGNORED
from curate.sequences.making import COLUMNS, LeftOut
from curate.sequences.making import Sequence as Made
from curate.tokens.ids import I32, encode

_BATCH = 256
"""Rows rendered before they are encoded."""


@dataclass(frozen=True)
class Collating:
    """How rows become input and output, and those ids."""

    options: TinyLlama
    template: ChatTemplate
    tokenizer: Path

    def sequences(self, rows: pl.DataFrame) -> Iterator[Made | LeftOut]:
        """The sequence of every row, in order. Raises TemplateError, naming the row, where it cannot be rendered."""
        beside = tokens_beside(self.tokenizer)
        bos = self.options.bos_token or beside[0]
        eos = self.options.eos_token or beside[1]
        for few in rows.select(COLUMNS).iter_slices(_BATCH):
            split = [self._split(row) for row in few.iter_rows(named=True)]
            told = [one for one in split if not isinstance(one, LeftOut)]
            sources = encode([f"{bos}{source}" for source, _ in told], self.tokenizer)
            targets = encode([f"{target}{eos}" for _, target in told], self.tokenizer)
            for one in split:
                if isinstance(one, LeftOut):
                    yield one
                else:
                    yield self._joined(next(sources).ids, next(targets).ids)

    def _split(self, row: Mapping[str, Any]) -> tuple[str, str] | LeftOut:
        """A row's input and output."""
        turns = row["messages"]
        text = render_row(row, turns, self.template).text
        if self.options.input == "none":
            return "", text
        if not turns or turns[-1]["role"] != "assistant":
            return LeftOut("no answer at its end", "input prompt")
        prompt = render_row(row, turns[:-1], self.template, prompt=True).text
        if not text.startswith(prompt):
            return LeftOut("does not begin with its prompt", "input prompt")
        return prompt, text[len(prompt) :]

    def _joined(self, source: I32, target: I32) -> Made:
        begun, rest = source[: self.options.source_max_len], target[: self.options.target_max_len]
        trained = np.ones(len(begun) + len(rest), np.bool_)
        trained[: len(begun)] = self.options.train_on_source
        cut = len(begun) < len(source) or len(rest) < len(target)
        return Made(np.concatenate([begun, rest]), trained, cut=cut)


def collate(rows: Sequence[Mapping[str, Any]], pad: int) -> dict[str, NDArray[Any]]:
    """A batch as TinyLlama's collator hands it to the model, of rows with `input_ids` and `labels`.

    All have as many columns as the longest row: `input_ids` with `pad` behind (int64), `labels` with -100
    (int64), `attention_mask` false wherever an id is `pad` (bool).
    """
    longest = max((len(row["input_ids"]) for row in rows), default=0)
    batch = {
        "input_ids": np.full((len(rows), longest), pad, np.int64),
        "labels": np.full((len(rows), longest), IGNORED, np.int64),
    }
    for place, row in enumerate(rows):
        for name, values in batch.items():
            values[place, : len(row[name])] = row[name]
    return {**batch, "attention_mask": batch["input_ids"] != pad}
