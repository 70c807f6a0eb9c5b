"""The place of a finished folder: taken whole, or not at all.

Everything is written into a hidden folder beside the place, which takes its name at the very end. A
killed build leaves the hidden folder only, and the next one clears it away.
"""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from curate.errors import OutputError, Problem
from curate.output.manifest import NAME


def check_place(target: Path) -> None:
    """Make sure that a finished folder may stand here.

    Raises OutputError where there is something that curate did not make.
    """
    if not target.exists() or (target.is_dir() and (_is_ours(target) or not any(target.iterdir()))):
        return
    raise OutputError(
        Problem(
            f"{target} exists, but is not a mix that curate built; it is left as it is",
            help="Move it away, or choose another folder.",
        )
    )


@contextmanager
def place(target: Path) -> Generator[Path]:
    """A folder to write into, which becomes `target` when all went well and vanishes otherwise.

    A mix that stood there before is replaced at that moment. Raises OutputError where the target is
    taken by something else, or the disk is full or refuses.
    """
    partial = target.with_name(f".{target.name}.partial")
    replaced = target.with_name(f".{target.name}.replaced")
    try:
        if replaced.exists() and not target.exists():
            replaced.rename(target)  # the last build was killed between the two renames below
        check_place(target)
        for left_over in (partial, replaced):
            if left_over.exists():
                shutil.rmtree(left_over)
        partial.mkdir(parents=True)
        try:
            yield partial
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        if target.exists():
            target.rename(replaced)
        partial.rename(target)
        shutil.rmtree(replaced, ignore_errors=True)
    except OSError as error:
        raise OutputError(refused(target, error)) from error


def _is_ours(folder: Path) -> bool:
    """Whether a version of curate wrote the manifest, this one or another."""
    try:
        said: Any = json.loads((folder / NAME).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and "curate" in cast("dict[str, Any]", said)


def refused(target: Path, error: OSError) -> Problem:
    """What to say where the system will not let a folder be written."""
    what = f"{target} cannot be written: {error.strerror or error}"
    if error.errno == errno.ENOSPC:
        return Problem(
            what,
            help="Free some space, there or for temporary files (TMPDIR), and build again: finished "
            "partitions are not made twice.",
        )
    return Problem(what)
