"""The `curate` command.

Each verb parses its words, calls one function below the command line, and draws what comes back. Heavy
imports stand inside the verbs, so that `--help` answers at once.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from curate import __version__
from curate.cli import (
    build,
    check,
    explain,
    inspect,
    lock,
    new,
    preview,
    publish,
    schema,
    steps,
    template,
)
from curate.cli.options import is_json
from curate.errors import CurateError, Problem, RemoteError


class Verbs(TyperGroup):
    """The verbs, run so that whatever stops one is told in plain words and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb.

        Exit codes: 1 where the recipe or the data is wrong, 3 where the Hub refused, 130 where the user stopped it.
        """
        try:
            return super().invoke(ctx)
        except CurateError as error:
            _explain(error, as_json=is_json(ctx))
            ctx.exit(3 if isinstance(error, RemoteError) else 1)
        except BrokenPipeError:
            _let_go()
        except OSError as error:
            _explain(CurateError(_refused(error)), as_json=is_json(ctx))
            ctx.exit(1)
        except KeyboardInterrupt:
            said = "stopped; finished parts are kept, and the same command goes on from there"
            typer.echo(said, err=True)
            ctx.exit(130)


app = typer.Typer(
    name="curate",
    cls=Verbs,
    help="Training mixes for small reasoning models, from declarative recipes.",
    epilog="A first mix, without any network:  curate build demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"curate {__version__}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is."),
]


@app.callback()
def _options(version: Version = False) -> None:
    pass


app.command()(new.new)
app.command()(check.check)
app.command()(lock.lock)
app.command()(build.build)
app.command()(preview.preview)
app.command()(inspect.inspect)
app.add_typer(template.template)
app.command()(explain.explain)
app.command()(publish.publish)
app.command()(steps.steps)
app.command()(schema.schema)


def run() -> None:
    """Run the command line; exit codes: 0 fine, 1 recipe or data wrong, 2 command line wrong, 3 the Hub refused."""
    # tokenizers reads this once, when it is imported.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="replace"
            )  # a terminal that lacks a character still shows the rest
    app(prog_name="curate")


def _explain(error: CurateError, *, as_json: bool) -> None:
    from curate.cli.draw import draw_error

    draw_error(error, as_json=as_json)


def _refused(error: OSError) -> Problem:
    """What the operating system would not do."""
    which = f"{error.filename}: " if error.filename else ""
    return Problem(f"{which}{error.strerror or error}")


def _let_go() -> None:
    """Forget stdout, whose reader has what it wanted, so that Python does not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
