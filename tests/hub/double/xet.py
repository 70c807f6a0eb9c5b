"""The Xet store of the double, which clients open themselves through `local://`.

A store is a folder that one process at a time may have open. So every token gets a folder of its own: a
copy of the latest store, cheap because contents are linked. A commit makes the folder it was written to
the latest one; where another was quicker, what is new is written again on top of that.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportAttributeAccessIssue=false
# (hf_xet ships no types)

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from threading import RLock

ENTRY = 48
"""Bytes of each entry of a shard file; its header has as many."""
VERIFIED, TOLD = 1 << 31, 1 << 30
"""Flags of a file in a shard: a hash for each of its segments follows, its SHA-256 follows."""

_PARTS = ("xet/xorbs", "xet/shard-cache")
"""Of a store: the contents with their index, and what the client remembers of its own uploads, as it
does in its cache for a store elsewhere."""


class XetStores:
    """Folders for tokens, of which one is the latest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = RLock()
        self._count = 0
        self._written: dict[Path, Path] = {}
        """Folders that may be written to and were not committed yet, each with what it is a copy of."""
        self._latest = self._new(None)

    @property
    def stored(self) -> int:
        """Bytes of all contents of the latest store."""
        return sum(file.stat().st_size for file in self._latest.glob("xet/xorbs/xorbs/default.*"))

    def open(self, *, write: bool) -> str:
        """A folder for a token, as a CAS address."""
        with self._lock:
            store = self._new(self._latest)
            if write:
                self._written[store] = self._latest
            return f"local://{store}"

    def adopt(self, sha256: str) -> str | None:
        """The Xet hash of a content that some token wrote, now part of the latest store."""
        with self._lock:
            known = dict(_files(self._latest)).get(sha256)
            for store, base in () if known else tuple(self._written.items()):
                known = dict(_files(store)).get(sha256)
                if known and base == self._latest:
                    self._latest = store
                    del self._written[store]
                elif known:
                    self.add(self._read(store, known))
                if known:
                    break
            return known

    def add(self, content: bytes) -> str:
        """Write a content into the latest store; returns its Xet hash."""
        import hf_xet

        with self._lock:
            store = self._new(self._latest)
            with hf_xet.XetSession().new_upload_commit(endpoint=f"local://{store}") as commit:
                file = commit.start_upload_bytes(content, sha256=hf_xet.COMPUTE_SHA256)
            self._latest = store
            return str(file.result().xet_info.hash)

    def read(self, xet: str) -> bytes:
        """A content of the latest store."""
        with self._lock:
            return self._read(self._latest, xet)

    def _read(self, store: Path, xet: str) -> bytes:
        import hf_xet

        copy = self._new(store)
        out = copy / "content"
        with hf_xet.XetSession().new_file_download_group(endpoint=f"local://{copy}") as group:
            group.start_download_file(hf_xet.XetFileInfo(xet), str(out))
        return out.read_bytes()

    def _new(self, base: Path | None) -> Path:
        self._count += 1
        store = self._folder / f"{self._count:06d}"
        store.mkdir(parents=True)
        if base is not None:
            for part in _PARTS:
                if (base / part).exists():
                    shutil.copytree(base / part, store / part, copy_function=_copy)
        return store


def _copy(file: str, copy: str) -> None:
    """Link a content, which never changes; copy the index."""
    if file.endswith(".redb"):
        shutil.copy(file, copy)
    else:
        os.link(file, copy)


def _files(store: Path) -> Iterator[tuple[str, str]]:
    """SHA-256 and Xet hash of every file that the shards of a store tell of."""
    for shard in store.glob("xet/xorbs/shards/*.mdb"):
        data = shard.read_bytes()
        at = ENTRY
        while data[at : at + 32] != b"\xff" * 32:
            flags, segments = struct.unpack_from("<II", data, at + 32)
            told = at + ENTRY * (1 + segments * (2 if flags & VERIFIED else 1))
            if flags & TOLD:
                yield _hex(data[told : told + 32]), _hex(data[at : at + 32])
            at = told + (ENTRY if flags & TOLD else 0)


def _hex(raw: bytes) -> str:
    """A hash as Xet writes it: four little-endian words."""
    return "".join(f"{word:016x}" for word in struct.unpack("<4Q", raw))
