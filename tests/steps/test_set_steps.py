"""Steps that look at all rows at once: what they drop, and what must not change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from facts import facts_of
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from strategies import row

from curate.errors import StepError
from curate.near import words
from curate.near.account import EXAMPLES
from curate.rows import frame, prompt_key
from curate.step import Choice, Maker, Setting
from curate.steps.answers_per_prompt import AnswersPerPrompt
from curate.steps.candidates import Candidates
from curate.steps.consistent import Consistent
from curate.steps.exact_duplicates import ExactDuplicates
from curate.steps.near_duplicates import NearDuplicates
from curate.steps.pairs import Pairs
from curate.steps.unseen import Unseen

EXTRAS: dict[str, pl.DataType] = {
    "number": pl.Int64(),
    "score": pl.Float64(),
    "correct": pl.Boolean(),
}


def rows_of(shorts: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows in shorthand; `source:` names the source, the order in the list is kept in `number`."""
    frames: list[pl.DataFrame] = []
    for number, short in enumerate(shorts):
        turns = {role: short[role] for role in ("user", "assistant") if role in short}
        kept = {name: short.get(name) for name in ("score", "correct")}
        made = row({**turns, "with": {"number": number, **kept}})
        frames.append(frame(short.get("source", "a"), [made], EXTRAS))
    empty = frame("a", [], EXTRAS)
    return pl.concat([empty, *frames])


def dropped(
    step: Choice, rows: pl.DataFrame, folder: Path, cuts: Sequence[int] = ()
) -> dict[int, tuple[str, int | None]]:
    """What a step drops, by the rows' numbers: the measure, and the number of the row that is why."""
    found = step.drop(facts_of(step, rows, folder, cuts=cuts))
    assert found.schema == Choice.dropped
    number = rows["number"].to_list()
    return {
        number[at]: (measure, None if because is None else number[because])
        for at, measure, because in found.iter_rows()
    }


LONG = "the quick brown fox jumps over the lazy dog and then it sleeps under the old oak tree"
NEAR = LONG + " again"
OTHER = "a wholly different text that has not one run of five words in common with the rest of them"


@pytest.mark.parametrize(
    ("step", "shorts", "expected"),
    [
        (
            ExactDuplicates(),
            [
                {"user": "q", "assistant": "r", "source": "b"},
                {"user": "q", "assistant": "r", "source": "a"},
                {"user": "q", "assistant": "R"},
            ],
            {0: ("same text", 1)},
        ),
        (
            ExactDuplicates(of="prompt"),
            [{"user": "q", "source": "earlier"}, {"user": "q", "assistant": "r"}, {"user": "Q"}],
            {1: ("same text", 0)},
        ),
        (
            ExactDuplicates(of=("prompt", "answer")),
            [{"user": "ab", "assistant": "c"}, {"user": "a", "assistant": "bc"}],
            {},
        ),
        (ExactDuplicates(of="thinking"), [{"user": "a"}, {"user": "b"}], {}),
        (
            Unseen(),
            [
                {"user": "What  is\nit?", "source": "earlier"},
                {"user": "what is it?", "assistant": "r"},
                {"user": "who is it?", "assistant": "r"},
                {"user": "", "source": "earlier"},
                {"user": "", "assistant": "r"},
            ],
            {1: ("in an earlier mix", 0)},
        ),
        (
            AnswersPerPrompt(at_most=2, prefer="score"),
            [
                {"user": "q", "assistant": "1", "score": 0.1},
                {"user": "q", "assistant": "2", "score": None},
                {"user": "Q ", "assistant": "3", "score": 0.9},
                {"user": "q", "assistant": "4", "score": 0.5},
                {"user": "p", "assistant": "5", "score": 0.0},
            ],
            {0: ("answer 3", 2), 1: ("answer 4", 2)},
        ),
        (
            NearDuplicates(),
            [
                {"user": NEAR, "source": "b"},
                {"user": LONG, "source": "a"},
                {"user": OTHER, "source": "a"},
                {"user": LONG.upper().replace(" ", "\n"), "source": "c"},
            ],
            {0: ("0.933", 1), 3: ("1.0", 1)},
        ),
        (
            NearDuplicates(scope="within"),
            [
                {"user": NEAR, "source": "b"},
                {"user": LONG, "source": "a"},
                {"user": LONG, "source": "b"},
            ],
            None,
        ),
        (
            NearDuplicates(keep="longest"),
            [{"user": LONG}, {"user": NEAR}],
            {0: ("0.933", 1)},
        ),
        (
            NearDuplicates(keep="shortest"),
            [{"user": LONG}, {"user": NEAR}],
            {1: ("0.933", 0)},
        ),
        (
            NearDuplicates(keep="score"),
            [
                {"user": LONG, "score": 0.1},
                {"user": NEAR, "score": 0.7},
                {"user": NEAR + " now", "score": None},
            ],
            {0: ("0.933", 1), 2: ("0.938", 1)},
        ),
        (
            NearDuplicates(of="prompt", keep="shortest"),
            [{"user": NEAR, "source": "earlier"}, {"user": LONG, "assistant": "r"}],
            {1: ("0.933", 0)},
        ),
        (
            NearDuplicates(keep="verified"),
            [{"user": LONG}, {"user": NEAR, "correct": False}, {"user": NEAR, "correct": True}],
            {0: ("0.933", 2), 1: ("1.0", 2)},
        ),
        (
            NearDuplicates(of="prompt", keep="score", answers_per_prompt=2),
            [
                {"user": LONG, "assistant": "one two three four five six", "score": 1.0},
                {"user": NEAR, "assistant": "one two three four five six", "score": 0.9},
                {"user": LONG, "assistant": "one two three four five seven", "score": 0.8},
                {"user": NEAR, "assistant": "by another way altogether", "score": 0.1},
                {"user": OTHER, "assistant": "one two three four five six", "score": 0.2},
            ],
            {1: ("0.933", 0), 2: ("1.0", 0)},
        ),
        (
            NearDuplicates(of="prompt", answers_per_prompt=2),
            [
                {"user": NEAR, "source": "earlier"},
                {"user": LONG, "assistant": "a"},
                {"user": LONG, "assistant": "b"},
            ],
            {1: ("0.933", 0), 2: ("0.933", 0)},
        ),
        (NearDuplicates(of="answer"), [{"user": "a"}, {"user": "b"}], {}),
        (
            NearDuplicates(of="answer"),
            [{"user": "a", "assistant": " "}, {"user": "b", "assistant": ""}],
            {},
        ),
        (
            NearDuplicates(of="answer", similarity=0.5),
            [
                {"user": "a", "assistant": "今天天气很好我们去公园"},
                {"user": "b", "assistant": "今天天气很好我们去公园吧"},
            ],
            None,
        ),
        (Candidates(rows=2), [{"user": "1"}, {"user": "2", "source": "b"}, {"user": "3"}], {}),
    ],
)
def test_what_is_dropped(
    step: Choice,
    shorts: Sequence[Mapping[str, Any]],
    expected: dict[int, tuple[str, int]] | None,
    tmp_path: Path,
) -> None:
    found = dropped(step, rows_of(shorts), tmp_path)
    if expected is None:
        assert len(found) == 1
    else:
        assert found == expected


def test_candidates_are_the_first_in_the_seeded_order(tmp_path: Path) -> None:
    rows = rows_of([{"user": str(n), "source": "ab"[n % 2]} for n in range(40)])
    step = Candidates(rows=5)
    facts = facts_of(step, rows, tmp_path)
    gone = set(step.drop(facts)["row"])
    for source in (0, 1):
        mine = facts.columns("source", "rank").filter(source=source).sort("rank")["row"].to_list()
        assert gone.isdisjoint(mine[:5])
        assert gone >= set(mine[5:])


# Laws ---------------------------------------------------------------------------------------------

_WORDS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=14).map(" ".join)
_SHORTS = st.lists(
    st.fixed_dictionaries(
        {
            "user": _WORDS,
            "assistant": st.sampled_from(("x y z", "x y z w", "")),
            "source": st.sampled_from(("a", "b", "earlier")),
            "score": st.none() | st.sampled_from((0.0, 1.0)),
        }
    ),
    max_size=12,
)
_STEPS = st.sampled_from(
    (
        ExactDuplicates(of="answer"),
        Unseen(),
        Candidates(rows=3),
        AnswersPerPrompt(at_most=1, prefer="score"),
        NearDuplicates(of="prompt", ngram=2, similarity=0.4),
        NearDuplicates(of="prompt", ngram=1, keep="score", scope="within"),
        NearDuplicates(ngram=2, keep="longest"),
        NearDuplicates(of="prompt", ngram=2, similarity=0.4, answers_per_prompt=2),
    )
)


@settings(max_examples=15)
@given(step=_STEPS, shorts=_SHORTS, data=st.data())
def test_neither_order_nor_partitions_matter(
    step: Choice, shorts: list[dict[str, Any]], data: st.DataObject, tmp_path_factory: Any
) -> None:
    rows = rows_of(shorts).unique("id", keep="first", maintain_order=True)
    order = data.draw(st.permutations(range(rows.height)))
    cuts = data.draw(st.lists(st.integers(0, rows.height)))
    folder = tmp_path_factory.mktemp("facts")
    found = dropped(step, rows, folder / "one")
    assert dropped(step, rows[list(order)], folder / "two", cuts) == found
    earlier = set(rows.filter(source="earlier")["number"])
    assert earlier.isdisjoint(found)


@settings(max_examples=15)
@given(
    shorts=_SHORTS,
    similarity=st.sampled_from((0.3, 0.6, 0.8)),
    scope=st.sampled_from(("across", "within")),
)
def test_near_duplicates_are_those_of_brute_force(
    shorts: list[dict[str, Any]], similarity: float, scope: Any, tmp_path_factory: Any
) -> None:
    """Texts this short are found with near certainty, so nothing is left to chance."""
    rows = rows_of(shorts).unique("id", keep="first", maintain_order=True)
    step = NearDuplicates(of="prompt", ngram=2, similarity=similarity, scope=scope)
    found = dropped(step, rows, tmp_path_factory.mktemp("facts"))
    sets = {
        one["number"]: (one["source"], set(words.shingles(one["messages"][0]["content"], 2)))
        for one in rows.to_dicts()
    }
    group = {number: number for number in sets}
    for one, other in combinations(sets, 2):
        (source, a), (source2, b) = sets[one], sets[other]
        if len(a & b) / len(a | b) >= similarity and (scope == "across" or source == source2):
            low, high = group[one], group[other]
            group = {number: low if g == high else g for number, g in group.items()}
    stay = set(sets) - set(found)
    for name in set(group.values()):
        members = {number for number, g in group.items() if g == name}
        earlier = {number for number in members if sets[number][0] == "earlier"}
        assert members & stay == earlier or len(members & stay) == 1


def test_what_is_told_of_near_duplicates(tmp_path: Path) -> None:
    shorts = [{"user": LONG, "source": "a"}, {"user": NEAR, "source": "b"}, {"user": OTHER}]
    step = NearDuplicates(of="prompt", what_if=(0.9, 0.95))
    facts = facts_of(step, rows_of(shorts), tmp_path)
    (gone,) = step.drop(facts)["row"]
    assert facts.notes["outcomes"] == [
        {"similarity": 0.8, "dropped": {"b": 1}},
        {"similarity": 0.9, "dropped": {"b": 1}},
        {"similarity": 0.95, "dropped": {}},
    ]
    assert facts.notes["similarities"] == {"0.90": 1}
    (pair,) = facts.notes["examples"]
    assert (pair["dropped"]["text"], pair["kept"]["text"]) == (NEAR, LONG)
    assert gone == 1


@settings(max_examples=15)
@given(shorts=_SHORTS)
def test_what_is_told_is_what_another_similarity_drops(
    shorts: list[dict[str, Any]], tmp_path_factory: Any
) -> None:
    rows = rows_of(shorts).unique("id", keep="first", maintain_order=True)
    step = NearDuplicates(of="prompt", ngram=2, similarity=0.5)
    facts = facts_of(step, rows, tmp_path_factory.mktemp("facts"))
    step.drop(facts)
    for told in facts.notes.get("outcomes", ()):
        other = step.model_copy(update={"similarity": told["similarity"]})
        found = dropped(other, rows, tmp_path_factory.mktemp("facts"))
        assert sum(told["dropped"].values()) == len(found)


def test_the_engines_agree(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    vocabulary = [f"w{n}" for n in range(30)]
    base = [rng.choice(vocabulary, 40).tolist() for _ in range(10)]
    shorts: list[dict[str, Any]] = []
    for _ in range(60):
        text = list(base[rng.integers(10)])
        text[int(rng.integers(40))] = "Changed"
        shorts.append({"user": " ".join(text)})
    rows = rows_of(shorts)
    found = [
        dropped(NearDuplicates(engine=engine), rows, tmp_path / engine)
        for engine in ("compiled", "datasketch")
    ]
    assert found[0] == found[1]
    assert found[0]


@pytest.mark.parametrize(
    ("text", "near", "other"),
    [
        (
            "从前有一个人住在山里他每天砍柴卖给城里的人换米过日子从来没有离开过那座山",
            "从前有一个人住在山里,他每天砍柴卖给城里的人换米过日子从来没有离开过那座山",
            "今天天气很好我们一起去公园散步看见许多花开了孩子们在草地上跑来跑去非常高兴",
        ),
        (
            "昔々あるところにおじいさんとおばあさんが住んでいましたおじいさんは山へ芝刈りに行きました",
            "昔々あるところにおじいさんとおばあさんが住んでいましたおじいさんは山へ芝刈りに行きまし",
            "今日はとても天気がいいので友達と一緒に公園を散歩して桜の花を見てから家に帰って寝ました",
        ),
        (
            "กาลครั้งหนึ่งนานมาแล้วมีชายชราคนหนึ่งอาศัยอยู่บนภูเขาเขาตัดฟืนทุกวันเพื่อเลี้ยงชีพ",
            "กาลครั้งหนึ่งนานมาแล้วมีชายชราคนหนึ่งอาศัยอยู่บนภูเขาเขาตัดฟืนทุกวันเพื่อเลี้ยงชีพ!",
            "วันนี้อากาศดีมากเราจึงไปเดินเล่นที่สวนสาธารณะกับเพื่อนและดูดอกไม้ที่กำลังบานอยู่",
        ),
    ],
    ids=["zh", "ja", "th"],
)
def test_scripts_without_spaces_are_compared_by_character(
    text: str, near: str, other: str, tmp_path: Path
) -> None:
    rows = rows_of([{"user": text}, {"user": other}, {"user": near}])
    for engine in ("compiled", "datasketch"):
        step = NearDuplicates(of="prompt", similarity=0.7, keep="longest", engine=engine)
        assert len(dropped(step, rows, tmp_path / engine)) == 1
        assert 1 not in dropped(step, rows, tmp_path / f"{engine}-again")


def test_texts_of_any_size_are_compared(tmp_path: Path) -> None:
    long = " ".join(f"word{n}" for n in range(1_000_000))  # 10 MB
    shorts = [
        {"user": user}
        for user in ("", " \n", "one", "One", "other", long, f"{long} and more", "x" * 10_000_000)
    ]
    found = dropped(NearDuplicates(of="prompt", what_if=()), rows_of(shorts), tmp_path)
    assert len(found) == 2
    assert len({2, 3} & found.keys()) == 1
    assert len({5, 6} & found.keys()) == 1


def test_a_crowd_of_one_text_is_quick(tmp_path: Path) -> None:
    rows = rows_of([{"user": LONG, "assistant": f"a{n}"} for n in range(300)])
    step = NearDuplicates(of="prompt")
    facts = facts_of(step, rows, tmp_path)
    found = step.drop(facts)
    assert found.height == 299
    assert found["because_of"].n_unique() == 1
    assert facts.texts.asked <= EXAMPLES  # type: ignore[attr-defined]


def test_permutations_must_suffice() -> None:
    with pytest.raises(ValidationError, match="16 permutations cannot find"):
        NearDuplicates(similarity=0.3, permutations=16)


def test_against_needs_all_sources() -> None:
    with pytest.raises(ValidationError, match="compares with no other source"):
        NearDuplicates(of="prompt", scope="within", against=("build/one",))


def test_defaults_follow_the_kind() -> None:
    pairs = Setting(kind="preference")
    assert NearDuplicates().settle(pairs).of == "pair"
    assert ExactDuplicates().settle(Setting()).of == "conversation"
    assert NearDuplicates(of="prompt").settle(pairs).of == "prompt"


# Pairs --------------------------------------------------------------------------------------------


def samples(scores: Mapping[str, Sequence[tuple[str, float | None]]]) -> pl.DataFrame:
    """Scored answers by prompt."""
    frames: list[pl.DataFrame] = []
    number = 0
    for prompt, answers in scores.items():
        for text, score in answers:
            made = row(
                {"user": prompt, "assistant": text, "with": {"score": score, "number": number}}
            )
            key = prompt_key(made.messages[:1])
            frames.append(frame("a", [made], EXTRAS).with_columns(prompt_key=pl.lit(key)))
            number += 1
    return pl.concat([frame("a", [], EXTRAS), *frames])


def paired(step: Maker, rows: pl.DataFrame, folder: Path) -> list[tuple[int, int]]:
    made = step.pair(facts_of(step, rows, folder))
    assert made.schema == {"chosen": pl.UInt32, "rejected": pl.UInt32}
    number = rows["number"]
    return [(number[chosen], number[rejected]) for chosen, rejected in made.iter_rows()]


@settings(max_examples=15)
@given(
    scores=st.dictionaries(
        st.sampled_from("pqr"),
        st.lists(
            st.tuples(
                st.sampled_from("abcdefg"), st.none() | st.sampled_from((0.0, 0.4, 0.7, 1.0))
            ),
            max_size=9,
        ),
    ),
    per_prompt=st.integers(1, 6),
    margin=st.sampled_from((0.3, 0.5)),
    data=st.data(),
)
def test_pairs_keep_their_rules(
    scores: dict[str, list[tuple[str, float | None]]],
    per_prompt: int,
    margin: float,
    data: st.DataObject,
    tmp_path_factory: Any,
) -> None:
    rows = samples(scores)
    step = Pairs(min_score=0.7, margin=margin, per_prompt=per_prompt)
    folder = tmp_path_factory.mktemp("facts")
    found = paired(step, rows, folder / "one")
    table = {one["number"]: one for one in rows.to_dicts()}
    prompts: dict[str, int] = {}
    for chosen, rejected in found:
        better, worse = table[chosen], table[rejected]
        assert better["prompt_key"] == worse["prompt_key"]
        assert better["score"] >= 0.7
        assert better["score"] - worse["score"] >= margin
        assert better["messages"] != worse["messages"]
        prompts[better["prompt_key"]] = prompts.get(better["prompt_key"], 0) + 1
    assert len(set(found)) == len(found)
    assert all(count <= per_prompt for count in prompts.values())
    unlike = rows.unique("id", keep="first", maintain_order=True)
    order = data.draw(st.permutations(range(unlike.height)))
    assert paired(step, unlike[list(order)], folder / "three") == paired(
        step, unlike, folder / "two"
    )


def test_answers_are_used_in_turn(tmp_path: Path) -> None:
    answers = [(f"good {n}", 1.0) for n in range(3)] + [(f"bad {n}", 0.0) for n in range(4)]
    rows = samples({"q": answers})
    found = paired(Pairs(min_score=1, margin=1, per_prompt=8), rows, tmp_path)
    assert len(found) == len(set(found)) == 8
    good = [sum(chosen == n for chosen, _ in found) for n in range(3)]
    bad = [sum(rejected == n for _, rejected in found) for n in range(3, 7)]
    assert sorted(good) == [2, 3, 3]
    assert bad == [2, 2, 2, 2]


def test_every_pair_is_made_where_there_is_room(tmp_path: Path) -> None:
    answers = [(f"good {n}", 1.0) for n in range(4)] + [(f"bad {n}", 0.0) for n in range(6)]
    found = paired(Pairs(min_score=1, margin=1, per_prompt=99), samples({"q": answers}), tmp_path)
    assert len(found) == len(set(found)) == 24


def test_thinking_never_stands_beside_none(tmp_path: Path) -> None:
    answers = [("<think>a</think>x", 1.0), ("y", 1.0), ("<think>b</think>z", 0.0), ("w", 0.0)]
    found = paired(Pairs(min_score=1, margin=1, per_prompt=9), samples({"q": answers}), tmp_path)
    assert sorted(found) == [(0, 2), (1, 3)]
    towards = Pairs(min_score=1, margin=1, per_prompt=9, thinking="chosen")
    found = paired(towards, samples({"q": answers}), tmp_path / "towards")
    assert sorted(found) == [(0, 2), (0, 3), (1, 3)]
    loose = Pairs(min_score=1, margin=1, per_prompt=9, thinking="any")
    assert len(paired(loose, samples({"q": answers}), tmp_path / "loose")) == 4


def test_pairs_are_for_preference_recipes() -> None:
    with pytest.raises(StepError, match="makes preference rows"):
        Pairs(min_score=1, margin=1).settle(Setting())


# Contradictions -----------------------------------------------------------------------------------

PREFERRED = (
    ("q", "a", "b"),
    ("q", "c", "d"),
    ("Q", "B ", "a"),
    ("p", "b", "a"),
    ("q", "d", "e"),
    ("q", "x", "x"),
)


@pytest.mark.parametrize(
    ("contradiction", "expected"),
    [
        (
            "reversed",
            {0: ("the other way round there", 2), 2: ("the other way round there", 0)},
        ),
        (
            "both_sides",
            {
                0: ("chosen is rejected there", 2),
                1: ("rejected is chosen there", 4),
                2: ("chosen is rejected there", 0),
                4: ("chosen is rejected there", 1),
            },
        ),
    ],
)
def test_pairs_that_contradict_each_other_go(
    contradiction: Any, expected: dict[int, tuple[str, int]], tmp_path: Path
) -> None:
    made = [
        row({"user": prompt, "chosen": good, "rejected": bad, "with": {"number": number}})
        for number, (prompt, good, bad) in enumerate(PREFERRED)
    ]
    rows = frame("a", made, EXTRAS)
    step = Consistent(contradiction=contradiction)
    assert dropped(step, rows, tmp_path / "one") == expected
    order = [5, 3, 1, 4, 2, 0]
    assert dropped(step, rows[order], tmp_path / "two", cuts=(2, 3)) == expected


def test_consistency_is_of_pairs() -> None:
    with pytest.raises(StepError, match="sides of pairs"):
        Consistent().settle(Setting())
