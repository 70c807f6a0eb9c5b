"""Digests that are the same on every machine.

Python's `hash` is salted per process; polars' may change between versions. Nothing that is kept or
that decides which rows are drawn may rest on either, so both kinds of digest here are fixed by
published algorithms: BLAKE2b (RFC 7693) for identity, XXH3-64 for random choices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import xxhash


def digest(*parts: str | None, size: int = 16) -> bytes:
    """Identify a sequence of texts; `None` and the empty text differ, and no two splits collide.

    Lone surrogates are texts like any other. `size` is in bytes.
    """
    lengths = ",".join(["-" if part is None else str(len(part)) for part in parts])
    whole = f"{lengths}:{''.join(filter(None, parts))}"
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=size).digest()


def digest_bytes(*parts: bytes, size: int = 16) -> bytes:
    """Identify a sequence of byte strings, as `digest` does texts."""
    state = hashlib.blake2b(digest_size=size)
    for part in parts:
        state.update(b"%d:" % len(part))
        state.update(part)
    return state.digest()


def rank(seed: int, identity: str) -> int:
    """Place a row in the seeded order: uniform over 64 bits, a function of seed and id alone."""
    return xxhash.xxh3_64_intdigest(identity.encode(), seed=seed & 0xFFFF_FFFF_FFFF_FFFF)


def ranks(seed: int, identities: Iterable[str]) -> list[int]:
    """Place many rows at once."""
    key = seed & 0xFFFF_FFFF_FFFF_FFFF
    return [xxhash.xxh3_64_intdigest(identity.encode(), seed=key) for identity in identities]
