"""Stretches of texts in one language each."""

# numba decides what type a value has in here.
# pyright: reportArgumentType=false

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curate.compiling import compiled
from curate.languages.windows import Windows


class Stretches(NamedTuple):
    """Windows that follow each other in one language, in their order, one row each."""

    texts: NDArray[np.int64]
    """The text's number."""
    bounds: NDArray[np.int64]
    """The number of each stretch's first word, and how many words there are in all."""
    letters: NDArray[np.int64]
    """The characters of its words."""
    sizes: NDArray[np.int64]
    """Their bytes."""
    best: NDArray[np.int64]
    """The column of the language it is in."""
    probabilities: NDArray[np.float32]
    """How probable it is of each language, one row a stretch."""


def join(windows: Windows, logs: NDArray[np.float32], switch: float) -> Stretches:
    """The likeliest stretches, where each change of language within a text takes `switch` nats.

    `logs` has the logarithms of likelihoods, a row a window, a column a language. This is the best path
    (Viterbi 1967) through a chain whose states are the languages; of two equal paths it is the one that
    changes later.
    """
    best = np.zeros(len(windows.texts), np.int64)
    _best_path(windows.texts, logs, np.float32(switch), best)
    firsts = np.ones(len(best), np.bool_)
    firsts[1:] = (np.diff(best) != 0) | (np.diff(windows.texts) != 0)
    at = np.flatnonzero(firsts)
    added = np.add.reduceat(logs, at, axis=0) if len(at) else logs
    share = np.exp(added - added.max(axis=1, keepdims=True))
    return Stretches(
        windows.texts[at],
        np.append(windows.bounds[at], windows.bounds[-1]),
        np.add.reduceat(windows.letters, at) if len(at) else windows.letters,
        np.add.reduceat(windows.sizes, at) if len(at) else windows.sizes,
        best[at],
        share / share.sum(axis=1, keepdims=True),
    )


@compiled
def _best_path(
    texts: NDArray[np.int64],
    logs: NDArray[np.float32],
    switch: np.float32,
    best: NDArray[np.int64],
) -> None:
    """The language of every window."""
    languages = logs.shape[1]
    came = np.zeros((64, languages), np.uint8)
    score = np.zeros(languages, np.float32)
    begin = 0
    while begin < texts.size:
        end = begin + 1
        while end < texts.size and texts[end] == texts[begin]:
            end += 1
        if end - begin > came.shape[0]:
            came = np.zeros((2 * (end - begin), languages), np.uint8)
        score[:] = logs[begin]
        top = np.argmax(score)
        for window in range(begin + 1, end):
            limit = score[top] - switch
            for language in range(languages):
                is_new = score[language] < limit
                came[window - begin, language] = top if is_new else language
                score[language] = (limit if is_new else score[language]) + logs[window, language]
            top = np.argmax(score)
        for window in range(end - 1, begin - 1, -1):
            best[window] = top
            top = came[window - begin, top]
        begin = end
