"""What languages a finished mix is in, by source and part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from curate.output.reading import read_turns
from curate.rows import Kind, Part, text, with_texts

PARTS: Mapping[Kind, tuple[Part, ...]] = {
    "conversation": ("prompt", "thinking", "answer"),
    "preference": (
        "prompt",
        "chosen_thinking",
        "chosen_answer",
        "rejected_thinking",
        "rejected_answer",
    ),
}
"""What is judged."""

Shares = dict[str, dict[str, dict[str, float]]]


def spoken(folder: Path, kind: Kind) -> Shares:
    """The shares of languages, by source, part and code, the largest first; of parts with letters, all of them.

    A share is that of the letters that stand in stretches of the language; `undetermined` are those in stretches
    too short, or in doubt. There are none where no layout of the mix holds turns. Reads all rows.
    """
    from curate.languages.detection import UNDETERMINED, detect

    letters: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for rows in read_turns(folder):
        frame = with_texts(rows, map(text, PARTS[kind]))
        sources = rows["source"].rle_id().to_numpy()
        names = rows["source"].filter(rows["source"].rle_id().is_first_distinct()).to_list()
        for part in PARTS[kind]:
            found = detect(frame.select(text(part)).to_series())
            codes = (*found.languages, UNDETERMINED)
            counts = np.zeros((len(names), len(codes)), np.int64)
            np.add.at(counts, (sources[found.texts], found.best), found.letters)
            for place, code in zip(*np.nonzero(counts), strict=True):
                letters[names[place], part, codes[code]] += int(counts[place, code])
    return _shares(letters)


def _shares(letters: Mapping[tuple[str, str, str], int]) -> Shares:
    whole: defaultdict[tuple[str, str], int] = defaultdict(int)
    for (source, part, _), count in letters.items():
        whole[source, part] += count
    shares: Shares = {}
    for (source, part, code), count in sorted(
        letters.items(), key=lambda each: (-each[1], each[0])
    ):
        parts = shares.setdefault(source, {})
        parts.setdefault(part, {})[code] = count / whole[source, part]
    return shares
