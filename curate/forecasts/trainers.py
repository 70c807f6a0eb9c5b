"""How trainers read records, and what they cut.

`trl-sft` and `trl-dpo` are SFTTrainer and DPOTrainer of TRL 1.16 with default settings; `tinyllama` is `sft/finetune.py`
of TinyLlama. All three cut tokens, not texts, and none says which rows it cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, cast

from curate.errors import Problem, SourceError
from curate.forecasts.passages import Passage, Reader, Record, Turns, turns_of

if TYPE_CHECKING:
    from curate.forecasts.cutting import Cut

TrainerName = Literal["trl-sft", "trl-dpo", "tinyllama"]

SOURCE_LENGTH = 1024
"""Tokens TinyLlama's trainer keeps of what it does not train, unless told otherwise."""


READ = (
    *("prompt", "completion", "messages", "conversations", "text", "spans"),
    *("chosen", "rejected", "instruction", "input", "output"),
    *("tools", "chat_template_kwargs", "input_ids"),
)
"""All columns that any of them looks at."""


class Trainer(Protocol):
    """One trainer, with its settings."""

    name: ClassVar[TrainerName]
    shares_prompt: ClassVar[bool]
    """Whether all passages of a row begin with one prompt: the shortest of theirs."""

    @property
    def about(self) -> str:
        """What it is and which tokens it keeps, in words."""
        ...

    def passages(self, record: Record, reader: Reader) -> Sequence[Passage]:
        """The texts it makes of a record. Raises SourceError where it could not read it."""
        ...

    def kept(self, passage: int, tokens: int) -> range:
        """Which tokens it keeps of so many of the passage at this place."""
        ...

    def leaves_out(self, cuts: Sequence[Cut]) -> bool:
        """Whether a row with these passages is left out."""
        ...

    def needed(self, cuts: Sequence[Cut]) -> int:
        """The shortest `max_length` that keeps all of a row's passages, as far as it is what cuts them."""
        ...


@dataclass(frozen=True)
class Window:
    """How many tokens TRL keeps, and from which end."""

    max_length: int
    keep_end: bool = False

    def kept(self, passage: int, tokens: int) -> range:
        """The tokens of any passage that are kept."""
        del passage
        if self.keep_end:
            return range(max(0, tokens - self.max_length), tokens)
        return range(min(tokens, self.max_length))

    def needed(self, cuts: Sequence[Cut]) -> int:
        """The tokens of the longest passage."""
        return max(cut.length for cut in cuts)

    @property
    def words(self) -> str:
        """Which tokens are kept, in words."""
        return f"the {'last' if self.keep_end else 'first'} {self.max_length:,} tokens"


@dataclass(frozen=True)
class TrlSft(Window):
    """SFTTrainer: the first tokens stay, and a row that has no trained token among them is left out."""

    name: ClassVar[TrainerName] = "trl-sft"
    shares_prompt: ClassVar[bool] = False

    assistant_only: bool = False

    @property
    def about(self) -> str:
        """What it is and which tokens it keeps, in words."""
        loss = ", assistant_only_loss" if self.assistant_only else ""
        return f"TRL 1.16's SFTTrainer{loss}: {self.words} of a row stay"

    def passages(self, record: Record, reader: Reader) -> Sequence[Passage]:
        """One text: `prompt` and `completion`, else `messages`, else `text`."""
        passage = self._passage(record, reader)
        if self.assistant_only and passage.is_plain:
            raise _unreadable(record, "assistant_only_loss needs turns")
        if self.assistant_only and not passage.spans:
            raise SourceError(
                Problem(
                    "the template marks nothing of this row as the assistant's: SFTTrainer stops there",
                    help="assistant_only_loss needs a template with {% generation %} blocks, such as those of curate",
                )
            )
        return (passage,)

    def _passage(self, record: Record, reader: Reader) -> Passage:
        if "prompt" in record:
            prompt, completion = record["prompt"], record.get("completion")
            if isinstance(prompt, str) and isinstance(completion, str):
                return reader.plain(prompt, reader.ended(prompt + completion))
            before, behind = turns_of(prompt), turns_of(completion)
            if before is None or behind is None:
                raise _unreadable(record, "`prompt` needs a `completion` of its kind")
            return reader.conversation(
                record, [*before, *behind], prompt=before, asks_template=self.assistant_only
            )
        for name in ("messages", "conversations"):
            if (turns := turns_of(record.get(name))) is not None:
                return reader.conversation(record, turns, asks_template=self.assistant_only)
        if isinstance(text := record.get("text"), str):
            return reader.plain(None, reader.ended(text), _spans(record))
        raise _unreadable(record, "it reads `prompt` and `completion`, `messages`, or `text`")

    def leaves_out(self, cuts: Sequence[Cut]) -> bool:
        """Rows without a trained token."""
        return not any(part for cut in cuts for part in cut.trained_kept)


@dataclass(frozen=True)
class TrlDpo(Window):
    """DPOTrainer: each side is cut on its own, and a row whose prompt fills the window is left out."""

    name: ClassVar[TrainerName] = "trl-dpo"
    shares_prompt: ClassVar[bool] = True

    @property
    def about(self) -> str:
        """What it is and which tokens it keeps, in words."""
        return f"TRL 1.16's DPOTrainer: {self.words} of each side stay"

    def passages(self, record: Record, reader: Reader) -> Sequence[Passage]:
        """Two texts: the prompt with `chosen`, and with `rejected`."""
        sides = [record.get(name) for name in ("chosen", "rejected")]
        if all(isinstance(side, str) for side in sides):
            prompt, chosen, rejected = _texts(record, *cast("list[str]", sides))
            return tuple(
                reader.plain(prompt, reader.ended(prompt + side)) for side in (chosen, rejected)
            )
        turns = [turns_of(side) for side in sides]
        if None in turns:
            raise _unreadable(record, "it reads `chosen` and `rejected`, both turns or both text")
        before, both = _prompt(record, *cast("list[Turns]", turns))
        return tuple(reader.conversation(record, [*before, *side], prompt=before) for side in both)

    def leaves_out(self, cuts: Sequence[Cut]) -> bool:
        """Rows whose prompt leaves no room for either side."""
        return not self.keep_end and cuts[0].prompt >= self.max_length


@dataclass(frozen=True)
class TinyLlama:
    """TinyLlama's finetune.py: source and target are cut apart, EOS being the target's last token."""

    name: ClassVar[TrainerName] = "tinyllama"
    shares_prompt: ClassVar[bool] = False

    max_length: int
    source_length: int = SOURCE_LENGTH

    @property
    def about(self) -> str:
        """What it is and which tokens it keeps, in words."""
        return (
            f"TinyLlama's finetune.py: the first {self.source_length:,} tokens of the source and "
            f"the first {self.max_length:,} of the target stay"
        )

    def passages(self, record: Record, reader: Reader) -> Sequence[Passage]:
        """Two texts: the source, which is not trained, and the target."""
        source, target, is_answer = _source_and_target(record, reader)
        source = f"{reader.bos_token or ''}{source}"
        return Passage(source, prompt=source), reader.target(target, is_answer=is_answer)

    def kept(self, passage: int, tokens: int) -> range:
        """Each of the two has its own length."""
        return range(min(tokens, (self.source_length, self.max_length)[passage]))

    def leaves_out(self, cuts: Sequence[Cut]) -> bool:
        """None."""
        del cuts
        return False

    def needed(self, cuts: Sequence[Cut]) -> int:
        """The tokens of the target."""
        return cuts[1].length


def trainer_for(record: Record) -> TrainerName:
    """The trainer that such records are for."""
    return "trl-dpo" if {"chosen", "rejected"} <= record.keys() else "trl-sft"


def _prompt(record: Record, chosen: Turns, rejected: Turns) -> tuple[Turns, tuple[Turns, Turns]]:
    """The prompt of a pair, and both continuations; without a prompt it is what both begin with."""
    if "prompt" in record:
        before = turns_of(record["prompt"])
        if before is None:
            raise _unreadable(record, "`prompt` is no list of turns, but `chosen` is")
        return before, (chosen, rejected)
    pairs = zip(chosen, rejected, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    shared = min(shared, len(chosen) - 1, len(rejected) - 1)  # TRL leaves both sides a last turn
    return chosen[:shared], (chosen[shared:], rejected[shared:])


def _texts(record: Record, chosen: str, rejected: str) -> tuple[str, str, str]:
    if "prompt" in record:
        prompt = record["prompt"]
        if not isinstance(prompt, str):
            raise _unreadable(record, "`prompt` is no text, but `chosen` is")
        return prompt, chosen, rejected
    pairs = zip(chosen, rejected, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    differ = shared < min(len(chosen), len(rejected))
    shared = min(shared, len(chosen) - 1, len(rejected) - 1)
    if differ and chosen[shared - 1] == " ":
        shared -= 1
    return chosen[:shared], chosen[shared:], rejected[shared:]


_ALPACA = (
    "Below is an instruction that describes a task{with_input}. "
    "Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n{input}### Response: "
)
_WITH_INPUT = ", paired with an input that provides further context"


def _source_and_target(record: Record, reader: Reader) -> tuple[str, str, bool]:
    """What is not trained, what is, and whether the latter is an answer alone.

    Its formats are `alpaca`, `input-output`, `self-instruct`, `oasst1` and `hh-rlhf`, told by their columns. Of turns, which it
    cannot read, it is given the rendered text, without the BOS and the EOS it adds itself; a dialogue
    without a prompt of its own is a target as a whole, as those of `oasst1` are.
    """
    texts = {name: value for name, value in record.items() if isinstance(value, str)}
    if {"instruction", "output"} <= texts.keys():
        given = texts.get("input", "")
        with_input, shown = (_WITH_INPUT, f"### Input:\n{given}\n\n") if given else ("", "")
        source = _ALPACA.format(
            with_input=with_input, instruction=texts["instruction"], input=shown
        )
        return source, texts["output"], True
    for source, target in (("input", "output"), ("prompt", "completion")):
        if {source, target} <= texts.keys():
            return texts[source], texts[target], True
    for whole in ("text", "chosen"):
        if whole in texts:
            return "", texts[whole], False
    before = turns_of(record.get("prompt")) or []
    for name in ("completion", "chosen", "messages"):
        behind = turns_of(record.get(name))
        if behind is not None:
            rendered = reader.conversation(record, [*before, *behind], prompt=before or None)
            start = len(rendered.prompt or "") if before else 0
            bos, eos = reader.bos_token or "", reader.eos_token or ""
            source = (rendered.prompt or "").removeprefix(bos)
            target = rendered.text[start:] if before else rendered.text.removeprefix(bos)
            return source, target.removesuffix(eos), bool(before)
    raise _unreadable(record, "it reads `input` and `output`, `text`, or turns with a template")


def _spans(record: Record) -> list[tuple[int, int]]:
    """The trained characters that layout sft-text tells."""
    spans = record.get("spans")
    told = cast("list[list[int]]", spans) if isinstance(spans, list) else []
    return [(start, end) for start, end in told]


def _unreadable(record: Record, why: str) -> SourceError:
    if "input_ids" in record:
        return SourceError(
            Problem(
                "the rows are token ids, and nobody can tell from them where an answer ends",
                help="choose another configuration with --config, such as a layout that holds turns",
            )
        )
    columns = ", ".join(f"`{name}`" for name in record)
    return SourceError(
        Problem(f"this trainer cannot read such a row: {why}", help=f"it has {columns}")
    )
