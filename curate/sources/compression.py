"""Files as plain bytes, whatever they are compressed with."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import zstandard

from curate.sources.fault import FETCH_AGAIN, Fault

PIECE = 1 << 16
"""Bytes read from the disk at a time."""
_COMPRESSED_PIECE = 1 << 14
"""Fewer where they expand: gzip by up to 1,032 times, so 16 MiB at most."""


def _inflate() -> Any:
    return zlib.decompressobj(wbits=31)


def _unzstd() -> Any:
    return zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj()


_DECODERS: dict[bytes, tuple[str, Callable[[], Any]]] = {
    b"\x1f\x8b": ("gzip", _inflate),
    b"\x28\xb5\x2f\xfd": ("zstd", _unzstd),
    b"\x50\x2a\x4d\x18": ("zstd", _unzstd),
}
"""How a compressed file starts (RFC 1952; RFC 8878, with the skippable frame that pzstd writes)."""

SUFFIXES = (".gz", ".gzip", ".zst", ".zstd")
"""Endings that say how a file is compressed, behind the one that says what it is."""


def is_compressed(path: Path) -> bool:
    """Whether the file starts as gzip or zstd files do, whatever its name."""
    with path.open("rb") as file:
        return _decoder(file.read(4)) is not None


def read(path: Path, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Give a file's plain bytes piece by piece, or those of a range of an uncompressed file.

    All that could be decompressed is given before a Fault is raised for damaged data.
    """
    with path.open("rb") as file:
        decoder = _decoder(file.read(4))
        file.seek(start)
        if decoder is not None:
            pieces = iter(lambda: file.read(_COMPRESSED_PIECE), b"")
            yield from _decompress(pieces, *decoder)
        elif end is None:
            yield from iter(lambda: file.read(PIECE), b"")
        else:
            yield from iter(lambda: file.read(min(PIECE, end - file.tell())), b"")


def _decoder(magic: bytes) -> tuple[str, Callable[[], Any]] | None:
    return next((known for start, known in _DECODERS.items() if magic.startswith(start)), None)


def _decompress(
    pieces: Iterator[bytes], name: str, decoder_of_member: Callable[[], Any]
) -> Iterator[bytes]:
    """Decompress one member or frame after the other; zero bytes behind the last are padding."""
    decoder = decoder_of_member()
    try:
        for piece in pieces:
            rest = piece
            while rest:
                if decoder.eof:
                    if not rest.strip(b"\0"):
                        break
                    decoder = decoder_of_member()
                plain = decoder.decompress(rest)
                if plain:
                    yield plain
                rest = decoder.unused_data
    except (zlib.error, zstandard.ZstdError) as error:
        raise Fault(f"the {name} data is damaged", help=FETCH_AGAIN) from error
    if not decoder.eof:
        what = f"the {name} data ends too early: the file was cut off"
        raise Fault(what, help=FETCH_AGAIN, is_cut=True)
