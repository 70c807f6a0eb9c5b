"""The word someone probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A question naming the known words nearest to `word`; None where none is near."""
    names = [f"'{name}'" for name in nearest(word, known)[:4]]
    return f"did you mean {' or '.join(names)}?" if names else None


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """The known words that lie nearest to `word`, in alphabetical order; none where none is near.

    Near means at most one slip for every three letters, where a slip is a letter added, left out,
    replaced or swapped with its neighbour. Case, `-` and `_` do not count.
    """
    plain = _plain(word)
    slips = {name: distance(plain, _plain(name)) for name in sorted(set(known))}
    most = max(1, len(word) // 3)
    near = {
        n: count for n, count in slips.items() if count <= most and count < max(len(n), len(word))
    }
    return [name for name, count in near.items() if count == min(near.values())]


def distance(one: str, other: str) -> int:
    """How many slips lie between two words (optimal string alignment distance)."""
    older: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one):
        row = [i + 1]
        for j, wanted in enumerate(other):
            slips = min(last[j] + (letter != wanted), last[j + 1] + 1, row[j] + 1)
            if i and j and letter == other[j - 1] and one[i - 1] == wanted:
                slips = min(slips, older[j - 1] + 1)
            row.append(slips)
        older, last = last, row
    return last[-1]


def _plain(word: str) -> str:
    return word.casefold().replace("-", "_")
