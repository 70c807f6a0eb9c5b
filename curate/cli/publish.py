"""`curate publish`: put exactly these folders on the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.cli.options import Json

if TYPE_CHECKING:
    from curate.release.publishing import Published


def publish(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR", hidden=True)],
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="ORG/NAME", help="Repository; else each recipe says it."),
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="Let only its owners see a repository made now.")
    ] = False,
    branch: Annotated[
        str | None, typer.Option("--branch", metavar="B", help="Branch to commit to; else main.")
    ] = None,
    tag: Annotated[
        str | None, typer.Option("--tag", metavar="T", help="Tag the commit, such as v1.")
    ] = None,
    request: Annotated[
        bool, typer.Option("--pr", help="Open a pull request and leave the branch alone.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; send nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Put finished mixes on the Hub, each repository in one commit.

    DIR is a folder that `curate build` made, or one that holds some. Several mixes in one repository are its configurations. Files of others stay, and what is there already is not sent again. The token is that of `hf auth login` or HF_TOKEN.
    """
    from curate.cli.draw_published import draw_published
    from curate.cli.terminal import Terminal, print_json
    from curate.output.address import MAIN
    from curate.release.publishing import publish as send

    if request and (branch or tag):
        raise typer.BadParameter("goes with neither --branch nor --tag", param_hint="--pr")
    progress = Terminal(stderr=True)
    _quieten(is_watched=progress.is_terminal and not as_json)
    published = send(
        *folders,
        to=to,
        private=private,
        branch=branch or MAIN,
        tag=tag,
        pull_request=request,
        dry_run=dry_run,
        tell=lambda what: progress.say((f"  {what} …", "dim")) if progress.is_terminal else None,
    )
    if as_json:
        print_json({"published": [_facts(one) for one in published]})
    else:
        for one in published:
            draw_published(Terminal(), one)


def _quieten(*, is_watched: bool) -> None:
    """Leave of what the client library says its bars, in bytes, and those to people only."""
    from huggingface_hub.utils import disable_progress_bars, logging

    logging.set_verbosity_error()
    if not is_watched:
        disable_progress_bars()


def _facts(one: Published) -> dict[str, Any]:
    changes = one.changes
    return {
        "repository": one.repository,
        "address": one.address,
        "new": one.is_new,
        "branch": one.goal.branch,
        "tag": one.goal.tag,
        "commit": one.commit,
        "parent": changes.parent,
        "pull_request": one.request,
        "mixes": [
            {
                "name": parcel.manifest.name,
                "folder": str(parcel.folder),
                "config": parcel.config,
                "rows": parcel.manifest.rows,
                "digest": parcel.manifest.digest.root,
            }
            for parcel in one.parcels
        ],
        "sent": [
            {"path": path, "bytes": size, "replaces": path in changes.replaced}
            for path, size in changes.sizes.items()
        ],
        "removed": list(changes.removed),
        "unchanged": list(changes.unchanged),
        "kept": list(changes.kept),
    }
