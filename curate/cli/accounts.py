"""What layouts of token ids made of a mix, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from curate.cli.terminal import plural

if TYPE_CHECKING:
    from curate.output.manifest import Manifest, TokenAccount


def accounts(manifest: Manifest) -> Iterator[str]:
    """A line for every split of such a layout."""
    for layout in manifest.layouts:
        for split, told in (layout.tokens or {}).items():
            yield f"{layout.layout} {split}: {', '.join(_parts(told))}"


def _parts(told: TokenAccount) -> Iterator[str]:
    yield f"{plural(told.sequences, 'sequence')} in {plural(told.written, 'row')}"
    yield f"{told.tokens:,} tokens, {told.supervised:,} trained"
    yield f"{told.efficiency:.1%} filled"
    for what, count in (
        ("shortened", told.shortened),
        ("cut", told.cut),
        ("left out", told.left_out),
        ("edges inside a token", told.straddling),
    ):
        if count:
            yield f"{count:,} {what}"
