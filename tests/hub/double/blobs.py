"""Contents by their SHA-256, in a folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

LFS_BEYOND = 10_000_000
"""Bytes from which on any file is stored outside git."""

LFS_NAMES = (".parquet", ".arrow", ".gz", ".zst", ".zip", ".bin", ".safetensors")


class Blobs:
    """A content-addressed store."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def add(self, content: bytes) -> str:
        """Keep a content; its SHA-256 names it."""
        name = hashlib.sha256(content).hexdigest()
        if name not in self:
            partial = self._folder / f"{name}.{id(content)}.part"
            partial.write_bytes(content)
            partial.rename(self.path(name))
        return name

    def path(self, sha256: str) -> Path:
        """Where a content is, if it is here."""
        return self._folder / sha256

    def __contains__(self, sha256: object) -> bool:
        return isinstance(sha256, str) and self.path(sha256).is_file()


def git_oid(content: bytes) -> str:
    """What git calls a blob of this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def pointer_oid(sha256: str, size: int) -> str:
    """What git calls the pointer that stands for a file stored outside it."""
    version = "https://git-lfs.github.com/spec/v1"
    return git_oid(f"version {version}\noid sha256:{sha256}\nsize {size}\n".encode())


def is_large(path: str, size: int) -> bool:
    """Whether the Hub asks for a file outside git: by its name, or where it is large."""
    return size > LFS_BEYOND or path.endswith(LFS_NAMES)
