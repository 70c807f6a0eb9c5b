"""What a trainer will make of a published set, told before it trains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from curate.chat_template.conversation import open_template
from curate.chat_template.origin import CONFIG, FILE, locate, tokens_beside
from curate.errors import CurateError, Problem, SourceError
from curate.forecasts.account import Account
from curate.forecasts.cutting import cut
from curate.forecasts.passages import Passage, Reader, Record
from curate.forecasts.published import Published, find
from curate.forecasts.ruler import Ruler
from curate.forecasts.trainers import (
    READ,
    SOURCE_LENGTH,
    TinyLlama,
    Trainer,
    TrainerName,
    TrlDpo,
    TrlSft,
    trainer_for,
)
from curate.hub.tokenizers import fetch_with_template, find_tokenizer
from curate.sources.hub.cache import Cache
from curate.sources.slices import Slice
from curate.spelling import did_you_mean
from curate.step import TemplateUse
from curate.tokens.engine import opened

BATCH = 256
"""Rows measured at a time."""

SOURCES = ("source", "_source_split", "dataset_source", "dataset", "origin")
"""Columns that say where a row came from, the first that holds text being the one."""


@dataclass(frozen=True)
class Forecast:
    """What is left of a set's rows, by source and in all."""

    name: str
    trainer: Trainer
    by: str | None
    """The column sources are told by."""
    sources: Mapping[str, Account] = field(default_factory=dict[str, Account])

    @property
    def total(self) -> Account:
        """All sources together."""
        total = Account()
        for account in self.sources.values():
            total += account
        return total

    def as_json(self) -> dict[str, Any]:
        """The facts as data."""
        settings = {
            name: value for name, value in vars(self.trainer).items() if not name.startswith("_")
        }
        return {
            "name": self.name,
            "trainer": self.trainer.name,
            **settings,
            "by": self.by,
            "sources": {name: account.as_json() for name, account in self.sources.items()},
            "total": self.total.as_json(),
        }


def forecast(
    data: str | Path,
    max_length: int,
    *,
    tokenizer: str | Path,
    trainer: TrainerName | None = None,
    template: str | Path | None = None,
    config: str | None = None,
    split: str | None = None,
    by: str | None = None,
    assistant_only: bool = False,
    keep_end: bool = False,
    source_length: int | None = None,
    cache: str | Path | None = None,
) -> Forecast:
    """Tell what a trainer would cut off the rows of a published set.

    Args:
        data: A finished mix, any folder of data files, a file, or a repository of the Hub as `org/name`
            or `org/name@revision`.
        max_length: The trainer's limit in tokens; of `tinyllama` its `target_max_len`.
        tokenizer: The model's: a tokenizer.json, a folder that holds one, or a model of the Hub.
        trainer: How rows are read and cut: `trl-sft`, `trl-dpo` or `tinyllama`; `trl-dpo` for pairs and `trl-sft` for
            all else where not given.
        template: The chat template turns are trained with; where not given, the one in the set's folder or
            beside the tokenizer.
        config: Which of several configurations to read, such as a layout of a mix.
        split: Which of several splits; `train` where not given.
        by: The column to tell sources by; `source` or one like it where not given.
        assistant_only: Of `trl-sft`, its `assistant_only_loss`.
        keep_end: Of `trl-sft` and `trl-dpo`, `truncation_mode="keep_end"`.
        source_length: Of `tinyllama`, its `source_max_len`: 1,024 where not given.
        cache: Where what comes from the Hub is kept; else CURATE_CACHE, or the user's caches.

    Raises:
        SourceError: There are no such rows, or the trainer could not read one of them.
        TemplateError: The template refuses a row.
        RemoteError: The Hub refuses.
    """
    columns = {*READ, *SOURCES, *([by] if by else [])}
    published = find(str(data), config, split, columns=columns, cache=Cache.at(cache))
    ruler = Ruler(find_tokenizer(tokenizer, fetch_with_template))
    placed = _placed(published)
    first = next(placed, None)
    if first is None:
        raise SourceError(Problem(f"{published.name} holds no rows"))
    name = trainer or trainer_for(first.record)
    chosen = _trainer(
        name,
        max_length,
        assistant_only=assistant_only,
        keep_end=keep_end,
        source_length=source_length,
    )
    reader = reader_of(_template(template, published, ruler.tokenizer), ruler.tokenizer)
    by = _by(by, first.record)
    sources: dict[str, Account] = {}
    for batch in _batches(chain([first], placed)):
        rows = cut([_passages(one, chosen, reader) for one in batch], chosen, ruler)
        for one, row in zip(batch, rows, strict=True):
            source = published.name if by is None else str(one.record.get(by))
            sources.setdefault(source, Account()).add(row, chosen.needed(row.cuts))
    ordered = dict(sorted(sources.items(), key=lambda item: (-item[1].rows, item[0])))
    return Forecast(published.name, chosen, by, ordered)


class _Placed(NamedTuple):
    """A record, and what tells where it stands."""

    record: Record
    position: int
    slice: Slice


def _placed(published: Published) -> Iterator[_Placed]:
    for part in published.slices:
        for position, record in part.records():
            if not isinstance(record, dict):
                what = "this row has no columns, so no trainer can read it"
                raise SourceError(Problem(what, part.place(position)))
            yield _Placed(record, position, part)


def _batches(placed: Iterable[_Placed]) -> Iterator[list[_Placed]]:
    left = iter(placed)
    while batch := list(islice(left, BATCH)):
        yield batch


def _passages(one: _Placed, trainer: Trainer, reader: Reader) -> Sequence[Passage]:
    """What the trainer makes of a record; errors tell where it stands."""
    try:
        return trainer.passages(one.record, reader)
    except CurateError as error:
        place = one.slice.place(one.position)
        told = [replace(each, what=_by_template(each), place=place) for each in error.problems]
        raise type(error)(*told) from error


def _by_template(problem: Problem) -> str:
    if problem.place is None:
        return problem.what
    return f"the chat template {problem.place.file} refuses this row: {problem.what}"


def _trainer(
    name: TrainerName,
    max_length: int,
    *,
    assistant_only: bool,
    keep_end: bool,
    source_length: int | None,
) -> Trainer:
    """The trainer with its settings. Raises SourceError for those it does not have."""
    asked = {
        "assistant_only": assistant_only and name != "trl-sft",
        "keep_end": keep_end and name == "tinyllama",
        "source_length": source_length is not None and name != "tinyllama",
    }
    for setting, is_strange in asked.items():
        if is_strange:
            raise SourceError(Problem(f"{name} has no setting {setting}"))
    match name:
        case "trl-sft":
            return TrlSft(max_length, keep_end, assistant_only)
        case "trl-dpo":
            return TrlDpo(max_length, keep_end)
        case "tinyllama":
            return TinyLlama(max_length, source_length or SOURCE_LENGTH)


def reader_of(template: Path | None, tokenizer: Path) -> Reader:
    """What trainers read rows with that are given this chat template and this tokenizer.json.

    Tokens that begin and end texts are those a tokenizer_config.json beside it names.
    """
    bos, eos = tokens_beside(tokenizer)
    added = opened(tokenizer).get_added_tokens_decoder().values()
    special = {token.content for token in added if token.special} | {eos or ""} - {""}
    stops = tuple(sorted(special, key=lambda stop: (-len(stop), stop)))
    rendering = None if template is None else open_template(TemplateUse(template, bos, eos))
    return Reader(rendering, bos, eos, stops)


def _template(named: str | Path | None, published: Published, tokenizer: Path) -> Path | None:
    """The template named, the one in the set's folder, or the one beside the tokenizer."""
    if named is not None:
        return locate(str(named))
    if published.template is not None:
        return published.template
    return next(
        (file for name in (FILE, CONFIG) if (file := tokenizer.with_name(name)).is_file()), None
    )


def _by(named: str | None, record: Record) -> str | None:
    """The column sources are told by: the one named, or the first that usually tells."""
    if named is None:
        return next((name for name in SOURCES if isinstance(record.get(name), str)), None)
    if named in record:
        return named
    raise SourceError(
        Problem(
            f"the rows have no column '{named}'",
            hint=did_you_mean(named, record),
            help=f"they have {', '.join(record)}",
        )
    )
