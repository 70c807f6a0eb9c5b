"""Final answers against gold answers."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.answers import conclusion, normal, same

EQUAL = [
    ("72", "72"),
    ("1,200", "1200"),
    ("$18", "18"),
    ("18 dollars", "18"),
    ("50\\%", "50"),
    ("90^\\circ", "90"),
    ("x = 4", "4"),
    ("0.50", "1/2"),
    ("\\frac{3}{4}", "0.75"),
    ("\\dfrac34", "3/4"),
    ("−5", "-5"),
    ("1e3", "1000"),
    ("In total, she has 18 apples.", "18"),
    ("We get \\boxed{\\frac{a}{b}} at last", "\\frac{a}{b}"),
    ("first \\boxed{1}, no: \\boxed{2}", "2"),
    ("so <answer>7</answer>", "7"),
    ("5 and 6\n#### 11", "11"),
    ("The final answer: (C).", "C"),
    ("C) 1120", "(C)"),
    ("Yes, it is.", "yes"),
    ("True", "true"),
    ("[1,2]", "[1, 2]"),
    ('{"a": 1}', "{'a':1}"),
    ("abc", "'abc'"),
    ('"abc"', "'abc'"),
    ('""', "''"),
]
UNEQUAL = [
    ("71", "72"),
    ("It is 5 or rather 6.", "5"),
    ("\\boxed{3}", "4"),
    ("(B)", "C"),
    ("No.", "yes"),
    ("[1, 3]", "[1, 2]"),
    ("['a ']", "['a']"),
    ("Abc", "'abc'"),
    ("London", "Paris"),
]
UNTOLD = [
    ("many", "12"),
    ("", "12"),
    ("12", ""),
    ("2, 5", "5"),
    ("(\\log_b c)^3", "3"),
    ("2\\sqrt{2}", "\\sqrt{8}"),
    ("It is Paris", "Paris"),
    ("' '", "''"),
    ("a b", "'a  b'"),
    ("perhaps", "yes"),
    ("1/0", "2"),
    ("9" * 5000, "2"),
    ("1e99999999", "2"),
]


@pytest.mark.parametrize(
    ("text", "gold", "told"),
    [
        (*case, told)
        for cases, told in ((EQUAL, True), (UNEQUAL, False), (UNTOLD, None))
        for case in cases
    ],
)
def test_answer_is_compared(text: str, gold: str, told: bool | None) -> None:
    assert same(text, gold) is told


@given(st.text(), st.text())
def test_anything_can_be_compared(text: str, gold: str) -> None:
    assert same(text, gold) in (True, False, None)


@given(st.integers(), st.sampled_from(("{:,}", "{}.0", "${}", "{} apples", "\\boxed{{{}}}")))
def test_numbers_are_equal_however_written(number: int, form: str) -> None:
    assert same(form.format(number), str(number)) is True
    assert same(form.format(number), str(number + 1)) is False


@pytest.mark.real
def test_labels_of_real_solutions_agree(shared: Path) -> None:
    """5,276 model solutions labelled by their authors; 11 end without an answer."""
    path = shared / "data/reasoning/gsm8k_example_model_solutions.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        problems = [json.loads(line) for line in lines]
    disagreements: list[tuple[str, str]] = []
    for problem in problems:
        gold = problem["ground_truth"].split("\nA: ")[1]
        for name in ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"):
            solution = problem[name]
            found = solution["solution"].replace("\nA: ", "\n#### ")
            if (same(found, gold) is True) != solution["is_correct"]:
                disagreements.append((found[-60:], gold))
    assert not disagreements


@pytest.mark.real
def test_gold_solutions_agree_with_gold_answers(shared: Path) -> None:
    with (shared / "data/eval/math500_test.jsonl").open(encoding="utf-8") as lines:
        problems = [json.loads(line) for line in lines]
    assert [p["answer"] for p in problems if same(p["solution"], p["answer"]) is not True] == []


@given(st.text(st.sampled_from("ab1 \n\t\u3000'\"=+($.é"), max_size=20))
def test_no_white_space_stands_beside_signs(text: str) -> None:
    pieces = re.split(
        r"('[^']*')", text.replace('"', "'").replace("\u3000", " ").strip(" \t\n.$`*")
    )
    pieces[::2] = [
        re.sub(r"\s*([^\w\s])\s*|\s+", lambda found: found[1] or " ", piece)
        for piece in pieces[::2]
    ]
    assert normal(text) == "".join(pieces).strip()


PIECES = [
    "So",
    ", ",
    " ",
    "\n",
    "the ",
    "The",
    "Final ",
    "final ",
    "answer",
    "Answer",
    " is",
    ":",
    "**",
    "x",
]
ANNOUNCED = re.compile(
    r"(?<![^\s*#])\**(?:(?:(?:So|Therefore|Thus|Hence),?\s+the\s+|The\s+)(?:[Ff]inal\s+)?answer"
    r"|Final\s+[Aa]nswer|Answer)(?:\s+is\b:?|\**\s*:)\**\s*"
)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_conclusions_are_where_their_pattern_is_last(text: str) -> None:
    found, announced = conclusion(text), list(ANNOUNCED.finditer(text))
    assert (found and found.span()) == (announced[-1].span() if announced else None)
