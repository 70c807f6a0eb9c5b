"""`curate inspect`: what is in this folder, and what would a trainer keep of it?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from curate.cli.options import Cache, Json
from curate.errors import OutputError, Problem


def inspect(
    data: Annotated[str, typer.Argument(metavar="DIR|REPO", hidden=True)],
    forecast: Annotated[
        int | None,
        typer.Option(
            "--forecast", min=1, metavar="N", help="Tell what a trainer keeps at max_length N."
        ),
    ] = None,
    trainer: Annotated[
        Literal["trl-sft", "trl-dpo", "tinyllama"] | None,
        typer.Option(
            "--trainer",
            help="Whose rules; by the columns where not said.",
            show_default=False,
        ),
    ] = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            "--tokenizer",
            metavar="T",
            help="The model's: a tokenizer.json, its folder, or org/name on the Hub.",
        ),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            metavar="NAME|FILE",
            help="The chat template; else the one in DIR, else the tokenizer's.",
        ),
    ] = None,
    config: Annotated[
        str | None, typer.Option("--config", metavar="NAME", help="Which configuration or layout.")
    ] = None,
    split: Annotated[
        str | None, typer.Option("--split", metavar="NAME", help="Which split; train if not said.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="COLUMN", help="Tell sources by this column, not `source`."),
    ] = None,
    assistant_only: Annotated[
        bool, typer.Option("--assistant-only", help="With trl-sft's assistant_only_loss.")
    ] = False,
    keep_end: Annotated[
        bool, typer.Option("--keep-end", help="With TRL's truncation_mode keep_end.")
    ] = False,
    source_length: Annotated[
        int | None,
        typer.Option(
            "--source-length",
            min=1,
            metavar="M",
            help="TinyLlama's source_max_len; 1,024 if not said.",
            show_default=False,
        ),
    ] = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Tell what a finished folder holds, and whether it is as built; or what a trainer keeps of any set.

    DIR is a folder that `curate build` made; every byte of it is read, and the languages of every part are told. With --forecast it may be any folder of data files, a
    file, or REPO, a data set of the Hub as org/name or org/name@revision: its rows are read, rendered and cut as the
    trainer does it, and what that loses is told by source, with the max_length that would lose nothing.
    """
    if forecast is None:
        _verify(Path(data), as_json=as_json)
        return
    from curate.cli.draw_forecast import draw_forecast
    from curate.cli.terminal import Terminal, print_json
    from curate.forecasts import forecast as tell

    if tokenizer is None:
        raise typer.BadParameter("it needs the model's --tokenizer", param_hint="--forecast")
    told = tell(
        data,
        forecast,
        tokenizer=tokenizer,
        trainer=trainer,
        template=template,
        config=config,
        split=split,
        by=by,
        assistant_only=assistant_only,
        keep_end=keep_end,
        source_length=source_length,
        cache=cache,
    )
    if as_json:
        print_json(told.as_json())
    else:
        draw_forecast(Terminal(), told)


def _verify(folder: Path, *, as_json: bool) -> None:
    from curate.cli.draw import draw_inspected
    from curate.cli.draw_spoken import draw_spoken
    from curate.cli.terminal import Terminal, print_json
    from curate.output.reading import verify
    from curate.spoken import PARTS, spoken

    manifest = verify(_mix(folder))
    kind = manifest.kind
    languages = spoken(folder, kind)
    if as_json:
        print_json({**manifest.model_dump(mode="json"), "languages": languages})
    else:
        out = Terminal()
        draw_inspected(out, folder, manifest)
        draw_spoken(out, languages, [source.name for source in manifest.sources], PARTS[kind])


def _mix(folder: Path) -> Path:
    """The folder, if it may be a finished mix. Raises OutputError where it only holds some."""
    if not folder.is_dir():
        help_ = "a data set of the Hub can be told of with --forecast N"
        raise OutputError(Problem(f"there is no folder '{folder}'", help=help_))
    inside = sorted(str(file.parent) for file in folder.glob("*/manifest.json"))
    if inside and not (folder / "manifest.json").exists():
        help_ = f"mixes in it: {', '.join(inside)}"
        raise OutputError(Problem(f"{folder} is not a finished mix, but holds some", help=help_))
    return folder
