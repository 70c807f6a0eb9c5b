"""The order in which parts of a split are asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from curate.fingerprint import rank


def seeded_order(parts: Sequence[tuple[str, int]], seed: int) -> list[int]:
    """The positions of `parts`, each a file and a number in it, so that every beginning covers the files evenly.

    Systematic sampling (Madow 1944) within each file: its parts, shuffled, get keys a step of 1/n apart, each
    at a random place of its step, and the smallest keys come first. A part's key is uniform on [0, 1), so all
    parts are equally likely to be among the first m; of a file with n of all N parts, about m·n/N are, never
    only one file's.
    """
    by_file: defaultdict[str, list[int]] = defaultdict(list)
    for position, (file, _) in enumerate(parts):
        by_file[file].append(position)
    keys: dict[int, float] = {}
    for file, positions in by_file.items():
        names = {position: f"{file} {parts[position][1]}" for position in positions}
        shuffled = sorted(positions, key=lambda position: rank(seed, names[position]))
        for step, position in enumerate(shuffled):
            within = rank(seed, f"{names[position]} within its step") / 2**64
            keys[position] = (step + within) / len(positions)
    return sorted(keys, key=lambda position: (keys[position], position))
