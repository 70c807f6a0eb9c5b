"""What was fetched once, kept by what it is."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from curate.errors import Problem, SourceError


@dataclass(frozen=True)
class Cache:
    """A folder of fetched bytes, which many builds may share at once.

    A file appears under its name when it is whole, and is never changed: two builds that fetch the same
    write it twice, and the second writing changes nothing.
    """

    folder: Path

    @classmethod
    def at(cls, folder: str | Path | None) -> Cache:
        """The cache in this folder, else in `CURATE_CACHE`, else `curate` among the user's caches."""
        caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return cls(Path(folder or os.environ.get("CURATE_CACHE") or Path(caches) / "curate"))

    def find(self, name: str) -> Path | None:
        """The file of that name, if it is there."""
        kept = self.folder / name
        return kept if kept.exists() else None

    def keep(self, name: str, write: Callable[[Path], None]) -> Path:
        """The file of that name, written by `write` where it is not there yet.

        Raises SourceError where the folder refuses, and whatever `write` raises.
        """
        kept = self.folder / name
        if not kept.exists():
            self.put(name, write)
        return kept

    def put(self, name: str, write: Callable[[Path], None]) -> None:
        """Write the file of that name, whatever stood there. Raises SourceError where that fails."""
        kept = self.folder / name
        draft = kept.with_name(f".{secrets.token_hex(8)}.draft")
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            write(draft)
            draft.replace(kept)
        except OSError as error:
            raise SourceError(
                Problem(
                    f"the cache {self.folder} cannot be written: {error.strerror or error}",
                    help="free some space, or name another folder with --cache or CURATE_CACHE",
                )
            ) from error
        finally:
            draft.unlink(missing_ok=True)
