"""The miniatures keep their promises: schema, counts, truth, variety."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.recipe.model import Embedded
from curate.sources.embedded import (
    RECORDS_A_SLICE,
    VERSION,
    defect,
    find_slices,
    planted,
    record,
)
from curate.sources.embedded.defects import BLOCK, DEFECTS, LEAKED, original
from curate.sources.embedded.dice import Dice
from curate.sources.embedded.letters import ASIDES, MANNERS, letter
from curate.sources.embedded.problems import PROBLEMS, SLIPS, Problem
from curate.sources.embedded.topics import TOPICS
from curate.sources.embedded.words import DAYS

LIKES = ("chat", "reasoning", "preference", "samples")


def make(like: Any, rows: int = 3 * BLOCK, *, seed: int = 0, defects: bool = True) -> Embedded:
    return Embedded(like=like, rows=rows, seed=seed, defects=defects)


def records(embedded: Embedded) -> list[dict[str, Any]]:
    return [found.record for piece in find_slices(embedded) for found in piece.records()]  # type: ignore[misc]


def turns(messages: list[dict[str, str]]) -> str:
    return "\n\n".join(message["content"] for message in messages)


# Slices ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("like", LIKES)
def test_slices_cover_the_rows_in_order(like: str) -> None:
    rows = RECORDS_A_SLICE + 10
    slices = find_slices(make(like, rows))
    assert [(piece.start, piece.stop) for piece in slices] == [(0, rows - 10), (rows - 10, rows)]
    assert sum(piece.weight for piece in slices) == rows
    last = list(slices[1].records())
    assert [found.position for found in last] == list(range(rows - 9, rows + 1))
    assert slices[1].place(rows).row == rows
    assert last[-1].record == record(make(like, rows), rows - 1)


def test_a_stamp_names_all_that_the_records_depend_on_and_nothing_more() -> None:
    first = find_slices(make("chat", RECORDS_A_SLICE))[0]
    more_rows = find_slices(make("chat", RECORDS_A_SLICE + 1))[0]
    assert first.stamp == more_rows.stamp
    others = (make("reasoning"), make("chat", seed=1), make("chat", defects=False), make("chat"))
    assert len({find_slices(other)[0].stamp for other in others} | {first.stamp}) == 5


DIGESTS = {
    1: {
        "chat": "d55ddbbd9769370f",
        "reasoning": "0900c71507d2f632",
        "preference": "8b1d7f48b49eb413",
        "samples": "effbcea8ad2ad8b9",
    }
}


@pytest.mark.parametrize("like", LIKES)
def test_records_change_only_with_the_version(like: str) -> None:
    state = hashlib.blake2b(digest_size=8)
    for made in records(make(like, 2 * BLOCK)):
        state.update(json.dumps(made, sort_keys=True).encode())
    assert state.hexdigest() == DIGESTS[VERSION][like], "raise VERSION"


@pytest.mark.parametrize("like", LIKES)
def test_seeds_give_other_records(like: str) -> None:
    first, second = (records(make(like, 50, seed=seed, defects=False)) for seed in (0, 1))
    assert not [made for made in first if made in second]


# Schemas -----------------------------------------------------------------------------------------

MESSAGES = [{"role": str, "content": str}]
SCHEMAS: dict[str, Any] = {
    "chat": {
        "messages": MESSAGES,
        "chat_template_kwargs": {
            "custom_instructions": str,
            "enable_thinking": bool,
            "python_tools": [],
            "xml_tools": [],
        },
        "source": str,
    },
    "preference": {
        "prompt": str,
        "chosen": MESSAGES,
        "rejected": MESSAGES,
        "category": str,
        "prompt_id": str,
        "dataset": str,
        "score_chosen": float,
        "score_rejected": float,
    },
    "samples": {
        "question": str,
        "expected_answer": str,
        "best_score": float,
        "mean_score": float,
        "completions": [{"model_answer": str, "full_model_response": str, "score": float}],
    },
}
SCHEMAS["reasoning"] = SCHEMAS["chat"]


def schema(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: schema(part) for key, part in value.items()}  # type: ignore[misc]
    if isinstance(value, list):
        kinds: list[Any] = [schema(part) for part in value]  # type: ignore[misc]
        assert all(before == after for before, after in pairwise(kinds))
        return kinds[:1]
    return next(kind for kind in (bool, str, float) if isinstance(value, kind))


@pytest.mark.parametrize("like", LIKES)
def test_records_have_the_columns_of_the_reference(like: str) -> None:
    for made in records(make(like)):
        assert schema(made) == SCHEMAS[like]


@pytest.mark.parametrize("like", ["chat", "reasoning"])
def test_clean_conversations_alternate_and_answer(like: str) -> None:
    thinks = like == "reasoning"
    for made in records(make(like, defects=False)):
        roles = [message["role"] for message in made["messages"]]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert made["chat_template_kwargs"]["enable_thinking"] is thinks
        for message in made["messages"]:
            assert message["content"].strip() == message["content"] != ""
            if message["role"] == "user" or not thinks:
                assert "think>" not in message["content"]
            else:
                assert re.fullmatch(
                    r"<think>\n\S.*\S\n</think>\n\n\S.*", message["content"], re.DOTALL
                )
                assert message["content"].count("<think>") == 1


def test_pairs_repeat_the_prompt_and_differ() -> None:
    for made in records(make("preference", defects=False)):
        for side in ("chosen", "rejected"):
            assert made[side][0] == {"role": "user", "content": made["prompt"]}
            assert [message["role"] for message in made[side]] == ["user", "assistant"]
        assert made["chosen"] != made["rejected"]
        assert made["score_chosen"] > made["score_rejected"]


def test_samples_are_graded_by_their_answer() -> None:
    right = wrong = 0
    for made in records(make("samples", defects=False)):
        for completion in made["completions"]:
            is_right = completion["model_answer"] == made["expected_answer"]
            assert completion["score"] == float(is_right)
            right, wrong = right + is_right, wrong + (not is_right)
        scores = [completion["score"] for completion in made["completions"]]
        assert made["best_score"] == max(scores)
        assert made["mean_score"] == pytest.approx(sum(scores) / len(scores))
    assert 0.3 < wrong / (right + wrong) < 0.5


# Defects -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("like", LIKES)
@given(rows=st.integers(1, 1500), seed=st.integers(0, 9))
def test_planted_counts_what_defect_says(like: str, rows: int, seed: int) -> None:
    embedded = make(like, rows, seed=seed)
    counts = planted(embedded)
    assert sum(counts.values()) == sum(defect(embedded, index) is not None for index in range(rows))
    for fault in DEFECTS[like]:
        assert rows // BLOCK - 1 <= counts.get(fault, 0) <= rows // BLOCK + 1


@pytest.mark.parametrize("like", LIKES)
def test_without_defects_nothing_is_planted(like: str) -> None:
    embedded = make(like, defects=False)
    assert planted(embedded) == {}
    faulty = make(like)
    for index, made in enumerate(records(embedded)):
        assert (record(faulty, index) == made) == (defect(faulty, index) is None)


def last(made: dict[str, Any], side: str = "messages") -> str:
    return made[side][-1]["content"]


def answer_of(text: str) -> str:
    return text.rpartition("</think>")[2].strip()


def longest_run(text: str) -> int:
    sentences = re.split(r"(?<=[.!?])\s+", text.replace("\n", " "))
    longest = run = 1
    for before, after in pairwise(sentences):
        run = run + 1 if before == after else 1
        longest = max(longest, run)
    return longest


def texts_of(made: dict[str, Any]) -> list[str]:
    if "completions" in made:
        return [completion["full_model_response"] for completion in made["completions"]]
    sides = ("messages",) if "messages" in made else ("chosen", "rejected")
    return [message["content"] for side in sides for message in made[side]]


def has_surrogate(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def is_unclosed(text: str) -> bool:
    return "<think>" in text and "</think>" not in text


def is_unopened(text: str) -> bool:
    return "</think>" in text and "<think>" not in text


def is_foreign(made: dict[str, Any]) -> bool:
    langdetect = pytest.importorskip("langdetect")
    langdetect.DetectorFactory.seed = 0
    side = "messages" if "messages" in made else "chosen"
    return langdetect.detect(last(made, side)) in {"de", "fr", "es", "it", "pt", "nl"}


def is_misgraded(made: dict[str, Any]) -> bool:
    if "score_chosen" in made:
        return made["score_chosen"] < made["score_rejected"]
    return any(
        completion["score"] != float(completion["model_answer"] == made["expected_answer"])
        for completion in made["completions"]
    )


def leaks(made: dict[str, Any]) -> bool:
    return made["messages"][0]["content"] in {question for question, _ in LEAKED}


SYMPTOMS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "other_language": is_foreign,
    "empty_answer": lambda made: "" in map(answer_of, texts_of(made)),
    "repetition": lambda made: max(map(longest_run, texts_of(made))) > 50,
    "role_order": lambda made: made["messages"][0]["role"] == "assistant",
    "over_long": lambda made: max(map(len, texts_of(made))) > 16_000,
    "lone_surrogate": lambda made: any(map(has_surrogate, texts_of(made))),
    "crlf": lambda made: any("\r\n" in text for text in texts_of(made)),
    "benchmark_leak": leaks,
    "stray_thinking": lambda made: "<think>" in last(made),
    "unclosed_thinking": lambda made: any(map(is_unclosed, texts_of(made))),
    "no_opening": lambda made: any(map(is_unopened, texts_of(made))),
    "identical_pair": lambda made: made["chosen"] == made["rejected"],
    "inverted_scores": is_misgraded,
}


@pytest.mark.parametrize("like", LIKES)
def test_every_defect_shows_its_symptom_and_only_there(like: str) -> None:
    embedded = make(like, 2 * BLOCK)
    for fault in set(DEFECTS[like]) & set(SYMPTOMS):
        shows = SYMPTOMS[fault]
        for index, made in enumerate(records(embedded)):
            planted_here = defect(embedded, index)
            if planted_here == fault:
                assert shows(made), (fault, index)
            elif planted_here is None and fault != "other_language":
                assert not shows(made), (fault, index)


@pytest.mark.parametrize("like", LIKES)
def test_duplicates_repeat_an_earlier_clean_record(like: str) -> None:
    embedded = make(like, 4 * BLOCK)
    all_records = records(embedded)
    texts = [json.dumps(made) for made in all_records]
    for index, text in enumerate(texts):
        earlier = texts.index(text)
        assert (earlier < index) == (defect(embedded, index) == "exact_duplicate")


def shingles(text: str) -> set[tuple[str, ...]]:
    words = text.lower().split()
    return {tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4))}


def jaccard(one: str, other: str) -> float:
    first, second = shingles(one), shingles(other)
    return len(first & second) / len(first | second)


@pytest.mark.parametrize("like", ["chat", "reasoning", "preference"])
def test_near_duplicates_are_near_and_not_equal(like: str) -> None:
    embedded = make(like, 40 * BLOCK)
    sides = ("chosen", "rejected") if like == "preference" else ("messages",)
    seen = 0
    for index in range(embedded.rows):
        if defect(embedded, index) != "near_duplicate":
            continue
        seen += 1
        made, source = record(embedded, index), record(embedded, original(like, 0, index))
        assert made != source
        for side in sides:
            assert jaccard(turns(made[side]), turns(source[side])) > 0.85
            assert jaccard(made[side][0]["content"], source[side][0]["content"]) > 0.85
            assert jaccard(answer_of(last(made, side)), answer_of(last(source, side))) > 0.85
    assert seen == 40


def near_pairs(texts: list[str], bar: float) -> set[tuple[int, int]]:
    """All pairs at least so alike.

    By prefix filtering: with the shingles of each text in one common order, rarest first, two sets
    this alike share one of the first (1 - bar) of either.
    """
    sets = [frozenset(map(hash, shingles(text))) for text in texts]
    frequency = Counter(shingle for own in sets for shingle in own)
    holders: dict[int, list[int]] = {}
    pairs: set[tuple[int, int]] = set()
    for row, own in enumerate(sets):
        rare = sorted(own, key=lambda shingle: (frequency[shingle], shingle))
        for shingle in rare[: int((1 - bar) * len(own)) + 1]:
            if frequency[shingle] > 1:
                pairs.update((other, row) for other in holders.setdefault(shingle, []))
                holders[shingle].append(row)
    return {
        (one, other)
        for one, other in pairs
        if len(sets[one] & sets[other]) >= bar * len(sets[one] | sets[other])
    }


@pytest.mark.parametrize(
    ("like", "rows"),
    [pytest.param("chat", 20_000, marks=pytest.mark.slow), ("chat", 2_000), ("reasoning", 1_200)],
)
def test_records_without_defect_stay_distinct(like: str, rows: int) -> None:
    clean = records(make(like, rows, defects=False))
    conversations = near_pairs([turns(made["messages"]) for made in clean], 0.8)
    assert len(conversations) <= rows / 1000
    prompts = near_pairs([made["messages"][0]["content"] for made in clean], 0.8)
    openings = sum(made["messages"][0]["content"].count(" ") < 5 for made in clean)
    assert like == "reasoning" or len({row for _, row in prompts}) <= openings + rows / 200


# Truth -------------------------------------------------------------------------------------------

SUM = r"-?\d+(?:\.\d+)?(?: [-+×÷] -?\d+(?:\.\d+)?)+"
EQUATION = re.compile(rf"(?<![\w.])(?<![a-z] [-+×÷] )({SUM}) = (-?\d+(?:\.\d+)?)(?![\d\w]| [-+×÷])")
CHAIN = re.compile(rf"(?<![\w.]) ?(?<!\S)(-?\d+) = ({SUM})(?![\d\w])")


def value(text: str) -> Fraction:
    """× and ÷ before + and -, from left to right."""
    total, term, sign = Fraction(0), Fraction(0), 1
    parts = text.split(" ")
    term = Fraction(parts[0])
    for operator, number in zip(parts[1::2], parts[2::2], strict=True):
        if operator == "×":
            term *= Fraction(number)
        elif operator == "÷":
            term /= Fraction(number)
        else:
            total, term, sign = total + sign * term, Fraction(number), 1 if operator == "+" else -1
    return total + sign * term


def equations(text: str) -> list[tuple[str, str]]:
    return [
        *((left, right) for left, right in EQUATION.findall(text)),
        *((left, right) for left, right in CHAIN.findall(text)),
    ]


def is_true(left: str, right: str) -> bool:
    one, other = value(left), value(right)
    return one == other


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.__name__)
def test_every_equation_of_a_clean_working_holds(problem: Problem) -> None:
    seen = 0
    for index in range(200):
        solved = problem(Dice(1, b"facts", index), Dice(1, b"voice", index), 0)
        for left, right in equations(solved.thinking):
            seen += 1
            assert is_true(left, right), (left, right, solved.thinking)
    assert seen >= 200 or problem.__name__ in {"order", "liars"}


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.__name__)
def test_a_slip_spoils_the_answer_and_nothing_of_the_question(problem: Problem) -> None:
    for index in range(60):
        right = problem(Dice(2, b"facts", index), Dice(2, b"voice", index), 0)
        assert right.answer in right.reply
        for slip in SLIPS:
            wrong = problem(Dice(2, b"facts", index), Dice(3, b"voice", index), slip)
            assert wrong.question == right.question
            assert wrong.answer != right.answer
            assert wrong.answer in wrong.reply


def test_weekdays_agree_with_the_calendar() -> None:
    from datetime import date, datetime

    weekday = next(problem for problem in PROBLEMS if problem.__name__ == "weekday")
    for index in range(100):
        solved = weekday(Dice(4, b"facts", index), Dice(4, b"voice", index), 0)
        _, then = re.findall(r"\d+ [A-Z][a-z]+ \d{4}", solved.question)
        day: date = datetime.strptime(then, "%d %B %Y").date()  # noqa: DTZ007 - a day has no zone
        assert solved.answer == DAYS[day.weekday()]


def test_letters_are_counted() -> None:
    letters = next(problem for problem in PROBLEMS if problem.__name__ == "letters")
    for index in range(100):
        solved = letters(Dice(5, b"facts", index), Dice(5, b"voice", index), 0)
        match = re.search(r'letter "(\w)".*?(?::|\?) "?([A-Z].*)', solved.question)
        assert match is not None
        assert int(solved.answer) == match[2].lower().count(match[1])


# Wording -----------------------------------------------------------------------------------------


def test_letters_hold_the_same_facts_in_every_manner() -> None:
    assert all(len({phrase.gaps for phrase in aside}) == 1 for aside in ASIDES)
    for index in range(200):
        versions = letter(Dice(6, b"letter", index))
        assert len(versions) == len(MANNERS)
        numbers = [sorted(set(re.findall(r"\d+", text)) - {"30", "00"}) for text in versions]
        assert numbers[0] == numbers[1] == numbers[2]
        assert len(versions[2]) < min(len(versions[0]), len(versions[1]))


def test_no_gap_is_left_open_and_no_article_is_wrong() -> None:
    for made in records(make("chat", 2_000, defects=False)):
        text = turns(made["messages"]) + made["chat_template_kwargs"]["custom_instructions"]
        assert not re.search(r"\{\w+\}|%s", text)
        assert not re.search(r"\b[Aa] (?=[aeio]\w)", text), text
        assert not re.search(r"\b(first|next|last) (a|about|two or|three or)\b", text), text


def test_tables_add_up() -> None:
    seen = 0
    for made in records(make("chat", 2_000, defects=False)):
        if made["source"] != "table_no_think":
            continue
        rows = re.findall(r"\| (\d+) \| ([\d.]+) \| ([\d.]+) \|", last(made))
        total = sum(Fraction(price) * int(count) for count, price, _ in rows)
        assert all(Fraction(price) * int(count) == Fraction(both) for count, price, both in rows)
        assert f"**{float(total):.2f}**" in last(made)
        seen += 1
    assert seen > 50


def test_constraints_are_kept() -> None:
    numbers = {"two": 2, "three": 3, "four": 4}
    seen = 0
    for made in records(make("chat", 2_000, defects=False)):
        if made["source"] != "personas_instruction_following_no_think":
            continue
        prompt, kept = (message["content"] for message in made["messages"])
        match = re.search(r"exactly (\w+) bullet points, each marked with '(.)'", prompt)
        assert match is not None
        lines = kept.splitlines()
        assert sum(line.startswith(f"{match[2]} ") for line in lines) == numbers[match[1]]
        assert re.match(r"<<.*>>$", lines[0])
        assert kept.endswith(re.findall(r'"([^"]*)"', prompt)[-1])
        assert ("***" in lines) == ("***" in prompt)
        seen += 1
    assert seen > 100


def test_every_topic_has_enough_to_say() -> None:
    for topic in TOPICS:
        assert len(topic.tips) >= 8
        assert len(set(topic.pitfalls)) >= 8
        assert len(topic.kit) >= 5
