"""`curate template`: what will the trainer see, and does the template keep its promises?"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.cli.options import Json
from curate.errors import Problem, SourceError

if TYPE_CHECKING:
    from curate.chat_template import ChatTemplate
    from curate.chat_template.checks import Subject
    from curate.chat_template.checks.case import Case

Template = Annotated[str, typer.Argument(metavar="TEMPLATE", hidden=True)]
Rows = Annotated[
    Path | None,
    typer.Option("--rows", metavar="DIR|FILE", help="Rows: a finished mix, or any data file."),
]
Tokenizer = Annotated[
    Path | None,
    typer.Option("--tokenizer", metavar="T", help="A tokenizer.json, or the folder of one."),
]

template = typer.Typer(
    name="template",
    help="Show what a chat template makes of rows, or check that it keeps its promises.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@template.command()
def show(
    name: Template,
    rows: Rows = None,
    row: Annotated[int, typer.Option("--row", min=1, metavar="N", help="Which of the rows.")] = 1,
    tokenizer: Tokenizer = None,
    ids: Annotated[bool, typer.Option("--ids", help="Show the tokens too.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page instead.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what the trainer sees of one row.

    TEMPLATE is a shipped one's name, a Jinja file, a tokenizer_config.json, or the folder of a model or a finished mix. Without --rows a conversation of our own is shown.
    """
    from curate.chat_template.showing import show as look
    from curate.cli.draw_template import draw_shown
    from curate.cli.terminal import Terminal, print_json

    if ids and tokenizer is None:
        raise typer.BadParameter("goes with --tokenizer", param_hint="--ids")
    shown = look(_subject(name, tokenizer), _case(rows, row), with_tokens=ids)
    if html is not None:
        from curate.chat_template.page import page

        html.write_text(page(shown), encoding="utf-8")
    if as_json:
        print_json(shown.as_json())
    elif html is None:
        draw_shown(Terminal(), shown)
    else:
        Terminal().say("wrote ", (str(html), "bold"))


@template.command()
def check(
    name: Template,
    rows: Rows = None,
    tokenizer: Tokenizer = None,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="OTHER", help="The template the model is served with."),
    ] = None,
    sample: Annotated[
        int, typer.Option("--sample", min=1, metavar="N", help="Rows to look at more closely.")
    ] = 500,
    max_length: Annotated[
        int | None,
        typer.Option("--max-length", min=1, metavar="N", help="Tokens the trainer cuts rows at."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Hold a template to all its promises, alone and on rows.

    TEMPLATE is a shipped one's name, a Jinja file, a tokenizer_config.json, or the folder of a model or a finished mix. What takes one rendering is checked on every row, the rest on a sample, the same at every call. The exit code is 1 where there are errors.
    """
    from curate.cli.draw_template import draw_verdict, verdict_as_json
    from curate.cli.terminal import Terminal, print_json
    from curate.judgement import judge

    subject = _subject(name, tokenizer, against, max_length)
    verdict = judge(subject, rows, sample=sample)
    if as_json:
        print_json({"template": name, **verdict_as_json(verdict)})
    else:
        draw_verdict(Terminal(), name, verdict)
    if verdict.of("error"):
        raise typer.Exit(1)


def _subject(
    name: str,
    tokenizer: Path | None,
    against: str | None = None,
    max_length: int | None = None,
) -> Subject:
    from curate.chat_template.checks import Subject
    from curate.chat_template.checks.subject import STAND_INS
    from curate.chat_template.origin import tokens_beside

    beside = (None, None) if tokenizer is None else tokens_beside(tokenizer)
    bos, eos = (token or stand_in for token, stand_in in zip(beside, STAND_INS, strict=True))
    return Subject.of(
        _opened(name),
        (bos, eos),
        tokenizer=tokenizer,
        against=None if against is None else _opened(against),
        max_length=max_length,
        compares=True,
    )


def _opened(name: str) -> ChatTemplate:
    from curate.chat_template.conversation import open_template
    from curate.chat_template.origin import locate
    from curate.step import TemplateUse

    return open_template(TemplateUse(locate(name)))


def _case(rows: Path | None, number: int) -> Case:
    from curate.chat_template.checks.case import PairCase
    from curate.chat_template.checks.frames import cases
    from curate.chat_template.checks.probes import INLINE
    from curate.judgement import read

    if rows is None:
        return INLINE
    kind, frames = read(rows)
    found = (case for frame in frames for case in cases(frame, kind))
    case: Any = next(islice(found, number - 1, None), None)
    if case is None:
        raise SourceError(Problem(f"{rows} has fewer than {number:,} rows with a turn"))
    return case.chosen if isinstance(case, PairCase) else case
