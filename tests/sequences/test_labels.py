"""Which tokens are trained: by hand, and as a law over what tokens decode to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import BYTES, PAIRS
from tokenizers import Tokenizer

from curate.sequences.labels import trained
from curate.tokens.ids import Ids, encode


def ids(*offsets: tuple[int, int]) -> Ids:
    starts, ends = np.array(offsets, np.int32).reshape(-1, 2).T
    return Ids(np.arange(len(offsets), dtype=np.int32), starts, ends)


@pytest.mark.parametrize(
    ("offsets", "spans", "told", "straddling"),
    [
        ([(0, 2), (2, 4), (4, 6)], [(2, 4)], [1], 0),
        ([(0, 2), (2, 4), (4, 6)], [(2, 6)], [1, 2], 0),
        ([(0, 2), (2, 4), (4, 6)], [(3, 4)], [1], 1),  # begins before the edge
        ([(0, 2), (2, 4), (4, 6)], [(2, 3)], [1], 1),  # ends behind it
        ([(0, 2), (2, 6), (6, 8)], [(3, 4)], [1], 2),  # both edges are in one token
        ([(0, 2), (2, 3), (2, 3), (3, 4)], [(2, 3)], [1, 2], 0),  # one character, two tokens
        ([(0, 2), (2, 3), (2, 3), (3, 4)], [(0, 2), (3, 4)], [3], 0),  # nothing predicts the first
        ([(0, 4), (4, 6)], [(2, 2)], [], 0),
        ([(0, 4), (6, 8)], [(4, 6)], [], 0),  # what the tokenizer dropped has no token
        ([(0, 4)], [(0, 4)], [], 0),
    ],
)
def test_by_hand(
    offsets: list[tuple[int, int]], spans: list[tuple[int, int]], told: list[int], straddling: int
) -> None:
    found = trained(ids(*offsets), spans)
    assert np.flatnonzero(found.tokens).tolist() == told
    assert found.straddling == straddling


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """A text and spans in it, with something before the first."""
    parts = draw(st.lists(st.text(min_size=1, max_size=12), min_size=2, max_size=6))
    ends = np.cumsum([len(part) for part in parts]).tolist()
    return "".join(parts), [(ends[n], ends[n + 1]) for n in range(0, len(ends) - 1, 2)]


@given(marked())
def test_labels_decode_to_the_spans(told: tuple[str, list[tuple[int, int]]]) -> None:
    text, spans = told
    (found,) = encode([text], BYTES)
    labels = found.ids[trained(found, spans).tokens]
    decoded = Tokenizer.from_file(str(BYTES)).decode(labels.tolist(), skip_special_tokens=False)
    assert decoded == "".join(text[start:end] for start, end in spans)


@given(told=marked())
def test_tokens_that_reach_over_an_edge_are_counted(
    told: tuple[str, list[tuple[int, int]]],
) -> None:
    text, spans = told
    (found,) = encode([text], PAIRS)
    flags, straddling = trained(found, spans)
    covered = sum(1 for start, end in spans for _ in range(start, end))
    reached = {
        place for n in np.flatnonzero(flags) for place in range(found.starts[n], found.ends[n])
    }
    wanted = {place for start, end in spans for place in range(start, end)}
    first = set(range(found.starts[0], found.ends[0]))
    assert wanted - first <= reached
    assert bool(straddling) or len(reached) == covered
    engine = Tokenizer.from_file(str(PAIRS))
    if not straddling:
        decoded = engine.decode(found.ids[flags].tolist(), skip_special_tokens=False)
        assert decoded == "".join(text[start:end] for start, end in spans)


@given(st.text(max_size=40))
def test_every_character_has_its_tokens(text: str) -> None:
    (found,) = encode([text], BYTES)
    engine = Tokenizer.from_file(str(BYTES))
    assert found.ids.tolist() == engine.encode(text, add_special_tokens=False).ids
    assert sorted({*found.starts.tolist(), *found.ends.tolist()} - {0}) == list(
        range(1, len(text) + 1)
    )
