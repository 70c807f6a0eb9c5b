"""What a finished folder holds: the mix in its layouts, and everything that tells of it.

```
data/train-00000-of-0000N.parquet   the first layout; others in <layout>/
data/test-00000-of-0000N.parquet    what is held out, if anything
README.md                           the card
manifest.json                       digests, versions, counts
recipe.yaml                         the recipe
recipe.lock                         what its sources on the Hub were, where it has any
chat_template.jinja                 its template, its values written in
serve/chat_template.jinja           the same for the finished model
template/                           the template as it was given, where it is none that ships
rejects.parquet                     every dropped row: which, by what, why
trl.yaml                            how TRL trains on the first layout; others in trl-<layout>.yaml
left_out.parquet                    rows of the mix that a layout of token ids has not, where there is one
explain.json                        what steps noted for `curate explain`, where any did
```
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from curate import __version__, shipped
from curate.chat_template import ChatTemplate
from curate.chat_template.baked import bake, serving
from curate.chat_template.origin import find as find_template
from curate.chat_template.origin import write_model
from curate.fingerprint import digest
from curate.funnel import REJECTS, Funnel
from curate.output.card import make_card
from curate.output.carried import UPSTREAM, Carried
from curate.output.example import example
from curate.output.findings import NOTHING, Findings
from curate.output.layouts import Form, form
from curate.output.lengths import Lengths, Measured, advise, percentiles
from curate.output.manifest import (
    NAME,
    LayoutStamp,
    Manifest,
    RowsDigest,
    RowsDigester,
    SourceStamp,
    Split,
    libraries,
    stamp_file,
    stamp_folder,
)
from curate.output.metadata import LayoutFacts, SplitFacts
from curate.output.place import place
from curate.output.promises import SAMPLE, Promises
from curate.output.sample import Sample
from curate.output.shards import Shards, Written
from curate.output.telling import Plainly, Telling
from curate.output.token_lengths import spreads
from curate.output.tokenized import FILE as LEFT_OUT
from curate.output.tokenized import Tokenized
from curate.output.trainer import configurations
from curate.recipe.lock import ENDING, Lock
from curate.recipe.model import PlainLayout, Recipe, TinyLlama, Tokens, TokenUse
from curate.recipe.paths import BROUGHT
from curate.rows import SCHEMA
from curate.sequences.making import Making
from curate.sequences.tinyllama import Collating
from curate.step import TemplateUse

CARD = "README.md"
RECIPE = "recipe.yaml"
TEMPLATE = "chat_template.jinja"
SERVED = "serve/chat_template.jinja"
REJECTED = "rejects.parquet"


def write_folder(
    target: Path,
    recipe: Recipe,
    splits: Mapping[Split, Iterable[pl.DataFrame]],
    rejects: Iterable[pl.DataFrame],
    carried: Carried,
    funnel: Funnel,
    sources: Sequence[SourceStamp],
    findings: Findings = NOTHING,
    lock: Lock | None = None,
) -> Manifest:
    """Write a finished folder, whole or not at all.

    `splits` have the drawn rows in their final order, those to train on first, `rejects` the dropped ones
    in the columns of `funnel.REJECTS`; how either is cut into frames leaves no trace. `carried` is what
    `survey` found in the rows, `findings` what else the build found out. A mix that stood at `target` is replaced.

    Raises OutputError where the target is taken by something else, the disk is full or refuses, or a
    row does not fit a layout.
    """
    layout = form(carried, recipe.template)
    with place(target) as folder:
        mix = _write_rows(folder, recipe, splits, layout)
        _write_rejects(folder / REJECTED, rejects)
        findings.write_notes(folder)
        (folder / RECIPE).write_text(recipe.text, encoding="utf-8")
        if lock is not None:
            (folder / RECIPE).with_suffix(ENDING).write_text(lock.as_text(), encoding="utf-8")
        template = _write_templates(folder, layout.template, recipe.template)
        if recipe.template.path not in shipped.templates().values():
            write_model(folder / BROUGHT, find_template(recipe.template.path))
        sampled = mix.sample.rows()
        measured = _measured(mix.lengths, findings.counted)
        promises = Promises.of(recipe)
        verdict = promises.verdict(findings.seen, sampled)
        marks = promises.marks_training
        for name, text in configurations(recipe, mix.layouts, measured, marks_training=marks):
            (folder / name).write_text(text, encoding="utf-8")
        card = make_card(
            recipe,
            funnel,
            sources,
            findings.certificates,
            mix.rows,
            mix.layouts,
            measured,
            verdict,
            None if sampled is None else example(sampled, recipe.kind, layout.template),
            mix.digest.root,
        )
        (folder / CARD).write_text(card, encoding="utf-8")
        manifest = Manifest(
            curate=__version__,
            name=recipe.name,
            kind=recipe.kind,
            seed=recipe.seed,
            recipe=recipe.digest,
            template=digest(template).hex(),
            tokenizer=recipe.tokenizer and stamp_file(recipe.tokenizer, "").sha256,
            libraries=libraries(),
            sources=tuple(sources),
            certificates=findings.certificates,
            verdict=verdict,
            splits=mix.rows,
            layouts=tuple(
                LayoutStamp(
                    layout=facts.layout,
                    folder=facts.folder,
                    rows={split: told.rows for split, told in facts.splits.items()},
                    tokens=facts.accounts or None,
                )
                for facts in mix.layouts
            ),
            digest=mix.digest,
            funnel=funnel.as_json(),
            lengths=measured.lengths,
            tokens=measured.spreads,
            max_length=measured.advice,
            files=stamp_folder(folder),
        )
        (folder / NAME).write_text(manifest.as_text(), encoding="utf-8")
    return manifest


def _write_templates(folder: Path, template: ChatTemplate, use: TemplateUse) -> str:
    """Write the template as trained and as served; gives the first."""
    tokens = {"bos_token": template.bos_token, "eos_token": template.eos_token}
    given = {name: token for name, token in tokens.items() if token is not None}
    values = given | dict(use.variables)
    trained = bake(template.text, values)
    (folder / TEMPLATE).write_text(trained, encoding="utf-8")
    (folder / SERVED).parent.mkdir()
    (folder / SERVED).write_text(serving(template.text, values), encoding="utf-8")
    return trained


@dataclass(frozen=True)
class _Mix:
    """What writing the rows told of them."""

    rows: Mapping[Split, int]
    layouts: tuple[LayoutFacts, ...]
    digest: RowsDigest
    lengths: Lengths
    sample: Sample


def _write_rows(
    folder: Path, recipe: Recipe, splits: Mapping[Split, Iterable[pl.DataFrame]], form: Form
) -> _Mix:
    names = recipe.layout_names
    schema = SCHEMA | dict(form.carried.extras)
    empty = pl.DataFrame(
        schema=schema | {UPSTREAM: pl.String()} if names[0] == "upstream" else schema
    )
    layouts: list[LayoutFacts] = []
    for name, used in zip(names, recipe.layouts, strict=True):
        columns = _telling(used, recipe, form, folder).columns(empty)
        place = "data" if name == names[0] else name
        layouts.append(LayoutFacts(name, place, columns, {}, {}))
    digester, lengths, sample = RowsDigester(), Lengths(recipe.kind), Sample(recipe.seed, SAMPLE)
    counts: dict[Split, int] = {}
    left_out: list[pl.DataFrame] = []
    for split, frames in splits.items():
        counts[split] = 0
        with ExitStack() as open_files:
            tellings = [
                _telling(used, recipe, form, folder / f".heap-{split}") for used in recipe.layouts
            ]
            shards = [
                open_files.enter_context(Shards(folder / layout.folder, layout.schema, stem=split))
                for layout in layouts
            ]
            for rows in frames:
                counts[split] += rows.height
                for place, (telling, files) in enumerate(zip(tellings, shards, strict=True)):
                    told = telling.tell(rows)
                    files.write(told)
                    if not place:
                        digester.add(rows["id"], told)
                lengths.add(rows)
                if split == "train":
                    sample.add(rows)
            for layout, telling, files in zip(layouts, tellings, shards, strict=True):
                for told in telling.rest():
                    files.write(told)
                    if layout is layouts[0]:
                        digester.add((), told)
                layout.splits[split] = _facts(files.close())
                account = telling.account()
                if account is not None:
                    layout.accounts[split] = account
                    left_out.append(telling.left_out())
    if left_out:
        _write_rejects(folder / LEFT_OUT, left_out)
    return _Mix(counts, tuple(layouts), digester.digest(), lengths, sample)


def _telling(layout: PlainLayout | TokenUse, recipe: Recipe, form: Form, heap: Path) -> Telling:
    """How one split is told in a layout; `heap` is a folder for what has to wait."""
    if isinstance(layout, str):
        return Plainly(layout, form)
    assert recipe.tokenizer is not None  # noqa: S101 (the recipe's own faults say so)
    match layout:
        case Tokens():
            making = Making(layout, form.template, recipe.tokenizer, form.markers)
        case TinyLlama():
            making = Collating(layout, form.template, recipe.tokenizer)
    return Tokenized(layout, making.sequences, heap)


def _facts(written: Written) -> SplitFacts:
    stored = sum(file.stat().st_size for file in written.files)
    return SplitFacts(written.rows, written.size, stored)


def _write_rejects(file: Path, frames: Iterable[pl.DataFrame]) -> None:
    """Write dropped rows into one file, however many they are."""
    with Shards(file.parent, pl.Schema(REJECTS), stem=file.stem, shard=sys.maxsize) as files:
        for rejects in frames:
            files.write(rejects)
        files.close().files[0].rename(file)


def _measured(lengths: Lengths, counted: pl.DataFrame | None) -> Measured:
    told = {"characters": lengths.percentiles()}
    if counted is None or counted.is_empty():
        return Measured(told, advise(told["characters"], None), lengths.estimated(), {})
    told["tokens"] = percentiles(counted["tokens"])
    by_source = spreads(counted)
    sums = {name: spread.tokens for name, spread in by_source.items()}
    return Measured(told, advise(told["characters"], told["tokens"]), sums, by_source)
