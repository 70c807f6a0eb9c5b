"""The `curate` command.

Each verb parses its words, calls one function below the command line, and draws what comes back. Heavy
imports stand inside the verbs, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys

import typer

from curate import __version__
from curate.cli import build, check, inspect, preview, schema, steps
from curate.errors import CurateError

app = typer.Typer(
    name="curate",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Training mixes for small reasoning models, from declarative recipes.",
)


def _version(value: bool) -> None:  # noqa: FBT001  (typer calls it so)
    if value:
        typer.echo(f"curate {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(  # noqa: ARG001, FBT001
        False, "--version", callback=_version, is_eager=True, help="Say which version this is."
    ),
) -> None:
    pass


app.command()(check.check)
app.command()(build.build)
app.command()(preview.preview)
app.command()(inspect.inspect)
app.command()(steps.steps)
app.command()(schema.schema)


def run() -> None:
    """Run the command line; exit codes: 0 fine, 1 recipe or data wrong, 2 command line wrong."""
    # numba and polars read these once, when they are imported.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        app()
    except CurateError as error:
        _explain(error)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("stopped; finished parts are kept, and the same command goes on from there", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe has what it wanted; Python must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _explain(error: CurateError) -> None:
    from curate.cli.draw import draw_error

    draw_error(error, as_json="--json" in sys.argv)
