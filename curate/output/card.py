"""The card of a finished folder: what a reader, the Hub and `datasets` want to know of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
import polars as pl
import yaml

from curate import __version__, shipped
from curate.funnel import Funnel
from curate.output.address import Address
from curate.output.example import Example
from curate.output.lengths import Measured
from curate.output.licences import conclude
from curate.output.manifest import Certificate, SourceStamp, Split, TemplateVerdict
from curate.output.metadata import LayoutFacts, metadata
from curate.output.trainer import VERB, room
from curate.recipe.model import (
    Mask,
    PlainLayout,
    Recipe,
    Source,
    TinyLlama,
    Tokens,
    TokenUse,
    Truncation,
)
from curate.sources import embedded

_EXAMPLE = 3_000
"""Characters of a text the card shows."""

_JSON = ("tools", "tool_calls")

_MISSING = {
    "exact_duplicates": "Exact repeats were not looked for.",
    "near_duplicates": "Near-duplicates were not looked for.",
    "language": "The language of the texts was not checked.",
    "decontaminate": "Overlap with evaluation sets was not looked for.",
}
"""What to say where no step of this name ran."""


def make_card(
    recipe: Recipe,
    funnel: Funnel,
    sources: Sequence[SourceStamp],
    certificates: Sequence[Certificate],
    rows: Mapping[Split, int],
    layouts: Sequence[LayoutFacts],
    measured: Measured,
    verdict: TemplateVerdict,
    example: Example | None,
    root: str,
) -> str:
    """Write the card: YAML for the Hub, then Markdown. It tells nothing of when or where."""
    used = [source for source in sources if funnel.sources[source.name].drawn]
    licences = {source.name: _licence(recipe, source) for source in used}
    licence = conclude(licences, recipe.license)
    header = metadata(recipe, layouts, licence, used)
    names = {stop.name for stop in funnel.stops}
    body = _template().render(
        name=recipe.name,
        description=recipe.description.strip(),
        address=Address.foreseen(recipe.name, recipe.publish),
        rows=sum(rows.values()),
        splits=rows,
        seed=recipe.seed,
        version=__version__,
        recipe=recipe.digest,
        counted="tokens" in measured.lengths,
        locked=any(source.hub for source in sources),
        root=root,
        advice=room(recipe, recipe.layouts[0], layouts[0], measured).value,
        verb=VERB.get(layouts[0].layout),
        layouts=[{"layout": layout.layout, "columns": list(layout.schema)} for layout in layouts],
        json_columns=[name for name in _JSON if _has(layouts[0].schema, name)],
        mixture=_mixture(recipe, funnel, sources, measured.tokens),
        lacking=_lacking(recipe, funnel),
        licence=licence.sentence,
        remarks=licence.remarks,
        steps=_steps(funnel),
        certificates=certificates,
        verdict=verdict,
        bad=funnel.total.bad,
        surrogates=funnel.total.surrogates,
        tokens=[told for layout in recipe.layouts if (told := _tokens(layout, layouts))],
        lengths={unit: spread for unit, spread in measured.lengths.items() if spread},
        example=example
        and {
            "id": example.id,
            "source": example.source,
            "texts": example.marked(_EXAMPLE),
        },
        limits=[said for name, said in _MISSING.items() if name not in names],
    )
    told = yaml.safe_dump(header, sort_keys=False, allow_unicode=True, width=2**20)
    return f"---\n{told}---\n\n{body}"


def _licence(recipe: Recipe, source: SourceStamp) -> str | None:
    """What the recipe says of a source, else what the source says of itself."""
    said = recipe.sources[source.name]
    return said.license or source.license or (embedded.LICENCE if said.embedded else None)


def _mixture(
    recipe: Recipe,
    funnel: Funnel,
    sources: Sequence[SourceStamp],
    tokens: Mapping[str, int],
) -> list[dict[str, Any]]:
    drawn = funnel.total.drawn
    rows: list[dict[str, Any]] = []
    for stamp in sources:
        count = funnel.sources[stamp.name]
        rows.append(
            {
                "name": stamp.name,
                "origin": _origin(recipe.sources[stamp.name], stamp),
                "licence": _licence(recipe, stamp) or "unknown",
                "read": count.candidates,
                "left": count.left,
                "drawn": count.drawn,
                "share": count.drawn / drawn if drawn else 0.0,
                "tokens": tokens.get(stamp.name, 0),
            }
        )
    return rows


def _lacking(recipe: Recipe, funnel: Funnel) -> list[dict[str, Any]]:
    """Which sources had too few rows, and which gave theirs."""
    return [
        {"name": name, "rows": count.lacked, "fallback": recipe.sources[name].fallback}
        for name, count in funnel.sources.items()
        if count.lacked
    ]


def _origin(source: Source, stamp: SourceStamp) -> str:
    """Where a source's rows come from, in Markdown; of the Hub with the commit."""
    if source.embedded is not None:
        return f"made on the spot, like {source.embedded.like}"
    if stamp.hub is None:
        return f"{len(stamp.files):,} file" + "s" * (len(stamp.files) != 1)
    part = " ".join(name for name in (source.config, source.split) if name)
    commit = stamp.revision or "main"
    link = f"https://huggingface.co/datasets/{stamp.hub}/tree/{commit}"
    return f"[{stamp.hub}]({link}) {part} @ `{commit[:12]}`".replace("  ", " ")


def _steps(funnel: Funnel) -> list[dict[str, Any]]:
    total = funnel.total.stops
    return [
        {
            "name": f"{stop.name} {stop.label}".strip(),
            "source": stop.source or "all",
            "rows_in": count.rows_in,
            "dropped": count.dropped,
            "edited": count.edited,
            "made": count.made,
            "rows_out": count.rows_out,
        }
        for stop in funnel.stops
        if (count := total.get(stop.position)) is not None
    ]


_LINES = (
    ("rows of the mix", "rows"),
    ("left out: `left_out.parquet` says why", "left_out"),
    ("with shortened thinking: `edited`", "shortened"),
    ("with tokens cut off", "cut"),
    ("sequences", "sequences"),
    ("rows of this layout", "written"),
    ("tokens", "tokens"),
    ("tokens trained", "supervised"),
    ("edges of what is trained that a token reaches over", "straddling"),
)

_MASKS: Mapping[Mask, str] = {
    "assistant": "assistant turns are trained, thinking, answer and end of turn",
    "answer": "the answers of assistant turns are trained, with the end of turn but without thinking",
    "last_turn": "the last assistant turn is trained",
    "all": "everything is trained",
}
_INPUTS = {"none": "nothing behind it", "prompt": "all before the last answer"}
_TRUNCATIONS: Mapping[Truncation, str] = {
    "drop": "are left out",
    "keep_start": "are cut behind",
    "keep_end": "are cut in front",
    "think_aware": "lose steps of thinking from its end, down to the first; those still too long are left out",
}


def _tokens(layout: PlainLayout | TokenUse, facts: Sequence[LayoutFacts]) -> dict[str, Any] | None:
    """What a layout of token ids did, in words and numbers; None for other layouts."""
    if isinstance(layout, str):
        return None
    (accounts,) = (one.accounts for one in facts if one.layout == layout.name)
    told = _masked(layout) if isinstance(layout, Tokens) else _collated(layout)
    longest = "the longest" if layout.max_length is None else f"{layout.max_length:,} tokens"
    return {
        "name": layout.name,
        "sentence": told,
        "accounts": accounts,
        "lines": _LINES,
        "filled": f"filled, of rows padded to {longest}",
    }


def _masked(layout: Tokens) -> str:
    told = f"Token ids of rows rendered with `chat_template.jinja`; {_MASKS[layout.mask]} (`labels`, else -100)."
    if layout.max_length is not None:
        room = f"{layout.max_length:,} tokens"
        told += f" Rows of more than {room} {_TRUNCATIONS[layout.truncation]}."
        if layout.packing != "none":
            told += f" Packed to at most {room}, first fit, longest first; `position_ids` and `seq_lengths` keep sequences apart."
    return f"{told} A token that reaches over an edge of what is trained is trained. The first of a sequence never is."


def _collated(layout: TinyLlama) -> str:
    trained = layout.train_on_source or layout.input == "none"
    return (
        "Token ids of rows rendered with `chat_template.jinja`, as the collator of TinyLlama's chat models makes them: BOS "
        f"with {_INPUTS[layout.input]} in at most {layout.source_max_len:,} tokens, the rest with one EOS in at most "
        f"{layout.target_max_len:,}, encoded apart and cut behind, EOS with the rest. "
        f"{'What users say is trained as well' if trained else 'The rest is trained'} (`labels`, else -100)."
    )


def _has(schema: pl.Schema, name: str) -> bool:
    return any(name == column or f"'{name}'" in str(dtype) for column, dtype in schema.items())


def _template() -> jinja2.Template:
    environment = jinja2.Environment(  # noqa: S701 (Markdown; texts are fenced, cells escaped)
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"code": _code, "cell": _cell, "fenced": _fenced}
    environment.filters |= {"count": "{:,}".format, "about": _about}
    source = (shipped.folder("templates") / "card.md.jinja").read_text(encoding="utf-8")
    return environment.from_string(source)


def _code(text: str) -> str:
    return f"`{text}`"


def _cell(text: str) -> str:
    """Text that stays within its cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _about(count: int) -> str:
    """A number of which three digits are known."""
    return f"{float(f'{count:.2e}'):,.0f}"


def _fenced(text: str) -> str:
    """Text between fences longer than any run of backticks within it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
