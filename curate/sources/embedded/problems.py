"""Small problems, each worked out in full.

Every problem is told by a function of three things: the facts (which numbers, which people), the voice
(which words), and a slip. With `slip` 0 every line is computed, so that the working is right; any
other number spoils one line of it the way people do (a digit, a wrong copy, one step too many), and
everything after follows from the spoilt line, so that the answer is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from curate.sources.embedded.dice import Dice
from curate.sources.embedded.words import DAYS, FIRST_NAMES, MONTHS, TOWNS, listed


class Solved(NamedTuple):
    """A problem, the thinking it takes, the reply to the one who asked, and the bare answer."""

    question: str
    thinking: str
    reply: str
    answer: str


Problem = Callable[[Dice, Dice, int], Solved]

SLIPS = (-10, -3, -2, -1, 1, 2, 3, 10)
"""Slips after which every problem comes out wrong."""

_STARTS = (
    "Let me work through this step by step.",
    "Okay, let me first collect what is given.",
    "I will take this one piece at a time.",
    "First I want to be sure what is being asked.",
    "Let me write down the numbers and then combine them.",
    "This looks manageable if I keep the units straight.",
    "All right, what do I know, and what is missing?",
    "Let me go slowly here, because a slip early on would spoil the rest.",
)
_CHECKS = (
    "Let me check that.",
    "Before I answer, a quick check.",
    "Does that make sense?",
    "I want to verify this the other way round.",
    "Let me make sure by going backwards.",
    "Wait, let me confirm this with the numbers from the question.",
)
_SURE = (
    "That fits.",
    "Good, it agrees.",
    "Yes, that works.",
    "So the result holds.",
    "It matches.",
)
_REPLIES = (
    "{sentence}",
    "{sentence}",
    "The answer is **{answer}**. {sentence}",
    "{sentence} So the answer is {answer}.",
    "**{answer}**\n\n{sentence}",
)


def _solved(
    voice: Dice, question: str, steps: list[str], check: str, sentence: str, answer: str
) -> Solved:
    """Put a start before the steps and, mostly, a check behind them; an empty check stays away."""
    said = [voice.pick(_STARTS), *steps]
    if check and voice.below(4):
        said.append(f"{voice.pick(_CHECKS)} {check} {voice.pick(_SURE)}")
    reply = voice.pick(_REPLIES).format(sentence=sentence, answer=answer)
    return Solved(question, "\n\n".join(said), reply, answer)


def _unless(slip: int, check: str) -> str:
    """A check, which would expose a slip and so is left out after one."""
    return "" if slip else check


# Quantities --------------------------------------------------------------------------------------

_WARES = (
    *(("notebook", "notebooks"), ("lamp", "lamps"), ("apple tree", "apple trees"), ("mug", "mugs")),
    *(("ticket", "tickets"), ("blanket", "blankets"), ("puzzle", "puzzles"), ("brush", "brushes")),
    *(("folding chair", "folding chairs"), ("jar of honey", "jars of honey"), ("map", "maps")),
    *(("bicycle bell", "bicycle bells"), ("wool scarf", "wool scarves"), ("basket", "baskets")),
)


def shopping(facts: Dice, voice: Dice, slip: int) -> Solved:
    """Two wares, a note, and the change."""
    name, town = facts.pick(FIRST_NAMES), facts.pick(TOWNS)
    (one, ones), (other, others) = facts.several(_WARES, 2)
    count, price = facts.between(3, 19), facts.between(4, 39)
    number, cost = facts.between(2, 14), facts.between(3, 48)
    true_total = count * price + number * cost
    paid = (true_total // 50 + 1) * 50
    first, second = count * price + slip, number * cost
    total = first + second
    change = paid - total
    question = facts.pick(
        (
            f"{name} runs a stall in {town} and buys {count} {ones} at {price} each and {number} {others} at {cost} each. {name} pays with {paid}. How much change is due?",
            f"At a market in {town}, a {one} costs {price} and a {other} costs {cost}. {name} takes {count} {ones} and {number} {others} and hands over {paid}. How much does {name} get back?",
            f"{name} has {paid} to spend in {town}. After buying {count} {ones} for {price} apiece and {number} {others} for {cost} apiece, how much is left?",
        )
    )
    steps = [
        f"The {ones}: {count} × {price} = {first}.",
        f"The {others}: {number} × {cost} = {second}.",
        f"Together that is {first} + {second} = {total}.",
        f"{name} had {paid}, so what remains is {paid} - {total} = {change}.",
    ]
    check = _unless(
        slip,
        f"Spent plus left over: {total} + {change} = {paid}, which is what {name} started with.",
    )
    return _solved(
        voice,
        question,
        steps,
        check,
        f"{name} spends {total} altogether and still has {change} of the money in the end.",
        str(change),
    )


def travel(facts: Dice, voice: Dice, slip: int) -> Solved:
    """A journey in two parts, with a break, and the time of arrival."""
    name = facts.pick(FIRST_NAMES)
    start, halt, end = facts.several(TOWNS, 3)
    speed, minutes = facts.pick((30, 36, 42, 48, 54, 60, 72, 84, 90)), facts.between(2, 9) * 10
    slow, more = facts.pick((6, 12, 18, 24, 30)), facts.between(2, 8) * 10
    rest = facts.between(5, 55)
    hour, minute = facts.between(6, 15), facts.between(0, 59)
    far, near = speed * minutes // 60, slow * more // 60
    total = minutes + rest + more + slip
    arrival = hour * 60 + minute + total
    clock = f"{arrival // 60}:{arrival % 60:02d}"
    question = facts.pick(
        (
            f"{name} leaves {start} at {hour}:{minute:02d} and drives {far} km to {halt} at {speed} km/h, rests there for {rest} minutes, and cycles the last {near} km to {end} at {slow} km/h. When does {name} arrive?",
            f"From {start} to {halt} it is {far} km by bus at {speed} km/h on average. {name} sets off at {hour}:{minute:02d}, waits {rest} minutes in {halt}, and then rides {near} km to {end} at {slow} km/h. At what time does {name} reach {end}?",
        )
    )
    steps = [
        f"Time is distance divided by speed. The first part takes {far} ÷ {speed} of an hour, which is {minutes} minutes: at {speed} km/h one covers {speed / 60:g} km a minute.",
        f"The break takes {rest} minutes.",
        f"The second part, {near} km at {slow} km/h, takes {more} minutes, since {slow / 60:g} km go by every minute.",
        f"Altogether: {minutes} + {rest} + {more} = {total} minutes, that is {total // 60} h {total % 60} min.",
        f"Starting at {hour}:{minute:02d} and adding {total // 60} h {total % 60} min gives {clock}.",
    ]
    check = _unless(
        slip,
        f"Distance is speed times time: {speed} × {minutes} ÷ 60 = {far} and {slow} × {more} ÷ 60 = {near}, as stated.",
    )
    return _solved(voice, question, steps, check, f"{name} reaches {end} at {clock}.", clock)


def discount(facts: Dice, voice: Dice, slip: int) -> Solved:
    """A reduced price, and tax on what is left."""
    name, (one, _) = facts.pick(FIRST_NAMES), facts.pick(_WARES)
    price, off = facts.between(6, 95) * 20, facts.pick((5, 10, 15, 20, 25, 30, 35, 40, 45))
    tax = facts.pick((5, 10, 20, 25))
    cut = price * off // 100 + slip
    reduced = price - cut
    added = reduced * tax / 100
    total = reduced + added
    question = facts.pick(
        (
            f"A hand-made {one} costs {price}. {name} gets {off} per cent off, and then {tax} per cent tax is added to the reduced price. What does {name} pay?",
            f"In the sale, {name} buys a {one} listed at {price} with a discount of {off} per cent. Tax of {tax} per cent is charged on what remains. How much is it in the end?",
        )
    )
    steps = [
        f"{off} per cent of {price}: {price} × {off} ÷ 100 = {cut}.",
        f"The reduced price is {price} - {cut} = {reduced}.",
        f"Tax on that: {reduced} × {tax} ÷ 100 = {added:g}.",
        f"Price and tax together: {reduced} + {added:g} = {total:g}.",
    ]
    check = _unless(
        slip,
        f"In one go, {price} × {100 - off} ÷ 100 × {100 + tax} ÷ 100 = {total:g}.",
    )
    return _solved(voice, question, steps, check, f"{name} pays {total:g}.", f"{total:g}")


def recipe(facts: Dice, voice: Dice, slip: int) -> Solved:
    """A list of ingredients for more people."""
    name, few = facts.pick(FIRST_NAMES), facts.pick((2, 4, 5, 6))
    factor = facts.between(3, 9)
    many = few * factor
    things = facts.several(("flour", "rice", "lentils", "sugar", "beans", "oats", "barley"), 3)
    grams = [facts.between(4, 60) * 5 for _ in things]
    scaled = [weight * factor for weight in grams]
    scaled[0] += slip
    total = sum(scaled)
    question = (
        f"A recipe for {few} people takes {listed([f'{weight} g of {thing}' for weight, thing in zip(grams, things, strict=True)])}. "
        + facts.pick(
            (
                f"{name} cooks for {many} people. How many grams are needed altogether?",
                f"How much does everything weigh, in grams, when {name} makes it for {many}?",
            )
        )
    )
    steps = [
        f"From {few} to {many} people is a factor of {many} ÷ {few} = {factor}.",
        *(
            f"{thing.capitalize()}: {weight} × {factor} = {scale} g."
            for thing, weight, scale in zip(things, grams, scaled, strict=True)
        ),
        f"Adding up: {' + '.join(map(str, scaled))} = {total} g.",
    ]
    check = _unless(
        slip,
        f"The small recipe weighs {' + '.join(map(str, grams))} = {sum(grams)} g, and {sum(grams)} × {factor} = {total}.",
    )
    return _solved(voice, question, steps, check, f"{name} needs {total} g in all.", str(total))


def average(facts: Dice, voice: Dice, slip: int) -> Solved:
    """The mean of some counts."""
    town, count = facts.pick(TOWNS), facts.between(4, 7)
    what = facts.pick(("visitors", "parcels", "loaves sold", "birds seen", "library loans"))
    counts = [facts.between(20, 300) for _ in range(count - 1)]
    counts.append(count * facts.between(60, 120) - sum(counts) % count)
    days = listed([f"{number} on {day}" for number, day in zip(counts, DAYS, strict=False)])
    total = sum(counts) + slip * count
    mean = total // count
    question = f"In {town} they noted the {what}: {days}. What was the average per day?"
    running, lines = counts[0], [f"Start with {counts[0]}."]
    for number in counts[1:-1]:
        lines.append(f"{running} + {number} = {running + number}.")
        running += number
    lines.append(f"{running} + {counts[-1]} = {total}.")
    steps = [
        "The average is the sum divided by the number of days, so I add first.",
        "\n".join(lines),
        f"There are {count} days: {total} ÷ {count} = {mean}.",
    ]
    check = _unless(slip, f"Going back, {mean} × {count} = {total}.")
    return _solved(
        voice, question, steps, check, f"On average there were {mean} {what} per day.", str(mean)
    )


# Time --------------------------------------------------------------------------------------------


def weekday(facts: Dice, voice: Dice, slip: int) -> Solved:
    """The weekday of a date some months ahead."""
    name, start = facts.pick(FIRST_NAMES), date(facts.between(1990, 2040), facts.between(1, 8), 1)
    start += timedelta(days=facts.between(0, 27))
    end = start + timedelta(days=facts.between(30, 120))
    spans: list[tuple[str, int]] = []
    day = start
    while (day.year, day.month) != (end.year, end.month):
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        spans.append((MONTHS[day.month - 1], (following - day).days))
        day = following
    spans.append((MONTHS[end.month - 1], end.day - 1))
    total = sum(days for _, days in spans) + slip
    weeks, rest = divmod(total, 7)
    found = DAYS[(start.weekday() + rest) % 7]
    was, then = _spelled(start), _spelled(end)
    question = facts.pick(
        (
            f"{was} is a {DAYS[start.weekday()]}. {name} has an appointment on {then}. Which day of the week is that?",
            f"{name} was told on {DAYS[start.weekday()]}, {was}, that the exam takes place on {then}. On which weekday does it fall?",
        )
    )
    counted = "\n".join(
        f"- {month}: {days} days"
        + (" left, up to the first of the next month" if not place else "")
        for place, (month, days) in enumerate(spans)
    )
    steps = [
        f"I count the days from {was} to {then}, month by month.\n{counted}",
        f"{' + '.join(str(days) for _, days in spans)} = {total} days.",
        f"Whole weeks change nothing: {total} = {weeks} × 7 + {rest}.",
        f"So I go {rest} days on from {DAYS[start.weekday()]}, which gives {found}."
        if rest
        else f"Nothing is left over, so it is a {found} again.",
    ]
    check = _unless(slip, f"{weeks} × 7 = {weeks * 7} and {weeks * 7} + {rest} = {total}.")
    return _solved(voice, question, steps, check, f"{then} is a {found}.", found)


def _spelled(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def meeting(facts: Dice, voice: Dice, slip: int) -> Solved:
    """Two things that recur, and when they coincide: a least common multiple by Euclid."""
    town, (one, other) = facts.pick(TOWNS), facts.several(FIRST_NAMES, 2)
    factor = facts.pick((2, 3, 4, 6))
    first, second = factor * facts.between(2, 40), factor * facts.between(41, 80)
    question = facts.pick(
        (
            f"{one} visits the library of {town} every {first} days and {other} every {second} days. Both are there today. In how many days will they meet there again?",
            f"Two lighthouses near {town} flash every {first} and every {second} seconds. They have just flashed together. After how many seconds will that happen again?",
        )
    )
    lines: list[str] = []
    high, low = second, first
    while low:
        lines.append(f"{high} = {high // low} × {low} + {high % low}")
        high, low = low, high % low
    multiple = first // high * second + slip
    steps = [
        f"I need the least common multiple of {first} and {second}. It is their product divided by their greatest common divisor, so Euclid first:",
        "\n".join(lines),
        f"The last divisor that leaves nothing is {high}, so that is the greatest common divisor.",
        f"{first} ÷ {high} = {first // high}, and {first // high} × {second} = {multiple}.",
    ]
    check = _unless(
        slip,
        f"{multiple} ÷ {first} = {multiple // first} and {multiple} ÷ {second} = {multiple // second}, both whole numbers.",
    )
    return _solved(
        voice, question, steps, check, f"It happens again after {multiple}.", str(multiple)
    )


def ages(facts: Dice, voice: Dice, slip: int) -> Solved:
    """Two ages, now and then, as an equation."""
    old, young = facts.several(FIRST_NAMES, 2)
    times, years, child = facts.between(2, 4), facts.between(3, 15), facts.between(6, 30)
    parent = times * (child + years) - years
    gap = parent - child
    found = child + slip
    question = facts.pick(
        (
            f"{old} is {gap} years older than {young}. In {years} years {old} will be {times} times as old as {young}. How old is {young} now?",
            f"{young} was born {gap} years after {old}. {years} years from now, {old}'s age will be {times} times {young}'s. What is {young}'s present age?",
        )
    )
    extra = times * years - years
    steps = [
        f"Let y be {young}'s age today. Then {old} is y + {gap}.",
        f"In {years} years: y + {gap} + {years} = {times} × (y + {years}).",
        f"The right side is {times}y + {times * years}, so y + {gap + years} = {times}y + {times * years}.",
        f"Collecting: {gap + years} - {times * years} = {gap - extra}, and that equals {times - 1}y.",
        f"y = {gap - extra} ÷ {times - 1} = {found}.",
    ]
    check = _unless(
        slip,
        f"In {years} years {young} is {child + years} and {old} is {parent + years}; {times} × {child + years} = {parent + years}.",
    )
    return _solved(voice, question, steps, check, f"{young} is {found} years old.", str(found))


# Numbers -----------------------------------------------------------------------------------------


def equation(facts: Dice, voice: Dice, slip: int) -> Solved:
    """A linear equation with the unknown on both sides."""
    letter = facts.pick("abcdhkmnpqrtuvwxyz")
    left, right = facts.between(5, 40), facts.between(2, 30)
    right = left + 7 if right == left else right
    root, shift = facts.between(-30, 60), facts.between(1, 400)
    constant = left * root + shift - right * root
    steep, rest = left - right, constant - shift
    found = root + slip
    question = facts.pick(
        (
            f"Solve for {letter}: {left}{letter} + {shift} = {right}{letter} {_signed(constant)}",
            f"For which value of {letter} do {left}{letter} + {shift} and {right}{letter} {_signed(constant)} agree?",
        )
    )
    steps = [
        f"Bring the terms with {letter} to one side: {left}{letter} - {right}{letter} = {steep}{letter}.",
        f"Bring the numbers to the other: {constant} - {shift} = {rest}.",
        f"So {steep}{letter} = {rest}.",
        f"Divide both sides by {steep}: {letter} = {found}.",
    ]
    check = _unless(
        slip,
        f"Left: {left} × {root} + {shift} = {left * root + shift}. Right: {right} × {root} {_signed(constant)} = {right * root + constant}.",
    )
    return _solved(voice, question, steps, check, f"{letter} = {found}.", str(found))


def _signed(number: int) -> str:
    return f"+ {number}" if number >= 0 else f"- {-number}"


def sequence(facts: Dice, voice: Dice, slip: int) -> Solved:
    """The next term of a quadratic sequence, by differences."""
    start, step, bend = facts.between(-20, 90), facts.between(-9, 25), facts.between(1, 14)
    size = facts.between(5, 7)
    terms = [start + step * place + bend * place * (place - 1) // 2 for place in range(size)]
    rises = [after - before for before, after in pairwise(terms)]
    rise = rises[-1] + bend + slip
    found = terms[-1] + rise
    shown = ", ".join(map(str, terms))
    question = facts.pick(
        (
            f"What comes next: {shown}, …?",
            f"A gardener counts shoots week after week: {shown}. If the pattern goes on, what is the next number?",
            f"Find the term that continues {shown}.",
        )
    )
    differences = "\n".join(
        f"{after} - {before} = {after - before}" for before, after in pairwise(terms)
    )
    steps = [
        f"Look at the differences between neighbours.\n{differences}",
        f"The differences {', '.join(map(str, rises))} are not constant, but they grow by {bend} each time.",
        f"So the next difference is {rises[-1]} + {bend} = {rise}.",
        f"And the next term is {terms[-1]} + {rise} = {found}.",
    ]
    check = _unless(
        slip,
        f"The second differences are all {bend}, from {rises[0]} up to {rise}.",
    )
    return _solved(voice, question, steps, check, f"The next term is {found}.", str(found))


def product(facts: Dice, voice: Dice, slip: int) -> Solved:
    """A long multiplication by parts."""
    first, second = facts.between(112, 989), facts.between(102, 987)
    digits = reversed(list(enumerate(map(int, reversed(str(second))))))
    parts = [(digit, 10**place) for place, digit in digits if digit]
    partial = [first * digit * power for digit, power in parts]
    partial[0] += slip * parts[0][1]
    question = facts.pick(
        (
            f"What is {first} × {second}?",
            f"Multiply {first} by {second} without a calculator.",
            f"A hall has {first} rows of {second} seats. How many seats are there?",
        )
    )
    lines = [
        f"{first} × {digit * power} = {value}"
        for (digit, power), value in zip(parts, partial, strict=True)
    ]
    running, sums = partial[0], list[str]()
    for value in partial[1:]:
        sums.append(f"{running} + {value} = {running + value}")
        running += value
    steps = [
        f"I split {second} into {' + '.join(str(digit * power) for digit, power in parts)}.",
        "\n".join(lines),
        "Now the parts together.\n" + "\n".join(sums),
    ]
    near = round(first, -2) * round(second, -2)
    check = _unless(
        slip,
        f"Roughly {round(first, -2)} × {round(second, -2)} = {near}, so {running} has the right size.",
    )
    return _solved(voice, question, steps, check, f"{first} × {second} = {running}.", str(running))


def primes(facts: Dice, voice: Dice, slip: int) -> Solved:
    """The sum of the primes in a stretch of numbers, each number tried in turn."""
    low = facts.between(20, 400)
    high = low + facts.between(12, 40)
    lines: list[str] = []
    found: list[int] = []
    for number in range(low, high + 1):
        divisor = next((d for d in range(2, math.isqrt(number) + 1) if number % d == 0), None)
        if divisor is None:
            found.append(number)
            lines.append(
                f"{number} cannot be divided by anything up to {math.isqrt(number)}, so it is a prime number."
            )
        else:
            lines.append(
                f"{number} = {divisor} × {number // divisor}, so this one is not a prime number."
            )
    total = sum(found) + slip
    question = facts.pick(
        (
            f"What is the sum of all prime numbers from {low} to {high}?",
            f"Add up every prime between {low} and {high}, both ends included.",
        )
    )
    shown = " + ".join(map(str, found)) or "0"
    steps = [
        f"I go through the numbers from {low} to {high} and look for the smallest divisor of each.",
        "\n".join(lines),
        f"The primes are {listed(list(map(str, found))) if found else 'none at all'}.",
        f"{shown} = {total}",
    ]
    check = _unless(slip, f"There are {len(found)} of them among {high - low + 1} numbers.")
    return _solved(voice, question, steps, check, f"The sum is {total}.", str(total))


_MODULI = (53, 59, 67, 71, 79, 83, 97, 101, 113, 131, 149, 173, 197, 211, 239, 257, 283, 331, 401)
"""Primes, so that a slip can never cancel out."""


def chain(facts: Dice, voice: Dice, slip: int) -> Solved:
    """A rule applied many times over."""
    modulus, factor, addend = facts.pick(_MODULI), facts.between(3, 48), facts.between(1, 90)
    start, times = facts.between(1, 50), facts.between(6, 36)
    number, lines = start, list[str]()
    for step in range(1, times + 1):
        value = factor * number + addend + (slip if step == 3 else 0)
        lines.append(
            f"Step {step}: {factor} × {number} + {addend} = {value}, and {value} = {value // modulus} × {modulus} + {value % modulus}."
        )
        number = value % modulus
    question = facts.pick(
        (
            f"Start with {start}. In each step multiply by {factor}, add {addend}, and keep only the remainder on division by {modulus}. Which number is left after {times} steps?",
            f"A machine takes a number times {factor}, adds {addend}, and passes on the remainder of that divided by {modulus}. It begins with {start} and runs {times} times. What comes out last?",
        )
    )
    steps = [
        f"There is no shortcut that I trust, so I follow the rule {times} times.",
        "\n".join(lines),
        f"After step {times} the remainder is {number}.",
    ]
    check = _unless(
        slip, f"All remainders are below {modulus}, and there are {len(lines)} lines, as asked."
    )
    return _solved(voice, question, steps, check, f"The last number is {number}.", str(number))


def binary(facts: Dice, voice: Dice, slip: int) -> Solved:
    """A number written in another base."""
    number, base = facts.between(60, 40000), facts.pick((2, 3, 4, 5, 7, 8))
    copied = number + slip
    lines: list[str] = []
    digits: list[str] = []
    left = copied
    while left:
        lines.append(f"{left} = {left // base} × {base} + {left % base}")
        digits.append(str(left % base))
        left //= base
    found = "".join(reversed(digits))
    question = facts.pick(
        (
            f"Write {number} in base {base}.",
            f"How is the number {number} written with the digits 0 to {base - 1} only, that is, in base {base}?",
        )
    )
    steps = [
        f"I divide {copied} by {base} again and again and keep the remainders.",
        "\n".join(lines),
        f"Read from the last remainder to the first: {found}.",
    ]
    powers = " + ".join(
        f"{digit} × {base**place}" for place, digit in enumerate(digits) if digit != "0"
    )
    check = _unless(slip, f"{powers} = {copied}.")
    return _solved(voice, question, steps, check, f"{number} is {found} in base {base}.", found)


# Logic and letters -------------------------------------------------------------------------------


def letters(facts: Dice, voice: Dice, slip: int) -> Solved:
    """How often a letter occurs in a sentence, word by word."""
    name, town = facts.pick(FIRST_NAMES), facts.pick(TOWNS)
    (_, some), (_, others) = facts.several(_WARES, 2)
    sentence = f"{name} from {town} traded {some} for {others} every {facts.pick(DAYS)} in {facts.pick(MONTHS)}"
    letter = facts.pick("aeinorst")
    words = sentence.split()
    counts = [word.lower().count(letter) for word in words]
    total = sum(counts) + abs(slip)
    question = facts.pick(
        (
            f'How many times does the letter "{letter}" occur in this sentence, in either case? "{sentence}"',
            f'Count the letter "{letter}", small or capital, in: {sentence}.',
        )
    )
    spelled = "\n".join(
        f"- {word}: {'-'.join(word)}, {count}" for word, count in zip(words, counts, strict=True)
    )
    steps = [
        f"Word by word, spelling each one out:\n{spelled}",
        f"{' + '.join(map(str, counts))} = {total}",
    ]
    check = _unless(
        slip, f"Without the empty ones: {' + '.join(str(c) for c in counts if c) or '0'} = {total}."
    )
    return _solved(
        voice, question, steps, check, f'The letter "{letter}" occurs {total} times.', str(total)
    )


def order(facts: Dice, voice: Dice, slip: int) -> Solved:
    """People in a line, from clues about neighbours."""
    size = facts.between(4, 6)
    people = facts.several(FIRST_NAMES, size)
    measure, first = facts.pick(
        (("taller", "tallest"), ("older", "oldest"), ("faster", "fastest"), ("richer", "richest"))
    )
    clues = [f"{before} is {measure} than {after}." for before, after in pairwise(people)]
    shuffled = facts.several(clues, len(clues))
    asked = facts.between(1, size - 2)
    place = ("second", "third", "fourth", "fifth")[asked - 1]
    question = (
        " ".join(shuffled)
        + " "
        + facts.pick(
            (f"Who is the {place} {first}?", f"Of these {size} people, who is {place} {first}?")
        )
    )
    line = [*people]
    if slip:
        line[asked], line[asked + 1] = line[asked + 1], line[asked]
    known = [people[0]]
    steps = [f"Nobody is said to be {measure} than {people[0]}, so {people[0]} is the {first}."]
    for before, after in pairwise(line):
        known.append(after)
        steps.append(
            f"From the clues, the one who stands right behind {before} must be {after}. What we know so far: {' > '.join(known)}."
        )
    steps.append(f"Counting from the front, the {place} is {line[asked]}.")
    check = _unless(
        slip, "Every clue compares two neighbours of this line, and each in the right direction."
    )
    return _solved(
        voice, question, steps, check, f"{line[asked]} is the {place} {first}.", line[asked]
    )


_CASES = ((True, True), (True, False), (False, True), (False, False))
"""Whether the first and the second are knights."""

_CLAIMS: tuple[tuple[str, str], ...] = (
    ("{you} is a knave.", "0101"),
    ("{you} is a knight.", "1010"),
    ("We are of the same kind.", "1001"),
    ("We are not of the same kind.", "0110"),
    ("At least one of us is a knave.", "0111"),
    ("Both of us are knaves.", "0001"),
    ("If I am a knight, then so is {you}.", "1011"),
    ("{you} and I are both knights.", "1000"),
    ("At least one of us is a knight.", "1110"),
)
"""What one may say, and in which of the cases, the speaker being the first, it is true."""


def _statements(one: str, other: str, case: tuple[bool, bool]) -> tuple[bool, bool]:
    """Whether what the first and what the second says is true."""
    return (
        one[_CASES.index(case)] == "1",
        other[_CASES.index((case[1], case[0]))] == "1",
    )


_RIDDLES = tuple(
    (one, other, settled[0])
    for one in _CLAIMS
    for other in _CLAIMS
    if len(settled := [case for case in _CASES if _statements(one[1], other[1], case) == case]) == 1
)
"""Two claims that leave exactly one case, and that case."""


def liars(facts: Dice, voice: Dice, slip: int) -> Solved:
    """Knights, who speak the truth, and knaves, who do not: all cases in turn."""
    first, second = people = facts.several(FIRST_NAMES, 2)
    (one, one_true), (other, other_true), truth = facts.pick(_RIDDLES)
    words = (one.format(you=second), other.format(you=first))
    settled = (truth[0], not truth[1]) if slip else truth
    question = facts.pick(
        (
            f'On an island, knights always tell the truth and knaves always lie. {first} says: "{words[0]}" {second} says: "{words[1]}" Who is what?',
            f'{first} and {second} are each either a knight (always truthful) or a knave (always lying). {first}: "{words[0]}" {second}: "{words[1]}" What are they?',
        )
    )
    steps = ["There are four cases; I test the two statements in each."]
    for case in _CASES:
        said = _statements(one_true, other_true, case)
        told = ", ".join(
            f"{who}'s statement is {'true' if true else 'false'}"
            for who, true in zip(people, said, strict=True)
        )
        steps.append(
            f"Suppose {first} is a {_rank(case[0])} and {second} is a {_rank(case[1])}. Then {told}. "
            + (
                "This agrees with what they are."
                if case == settled
                else "That does not agree, so no."
            )
        )
    answer = f"{first} is a {_rank(settled[0])} and {second} is a {_rank(settled[1])}"
    steps.append("Exactly one case is left.")
    check = _unless(slip, "Each knight above says something true and each knave something false.")
    return _solved(voice, question, steps, check, f"{answer}.", answer)


def _rank(knight: bool) -> str:
    return "knight" if knight else "knave"


PROBLEMS: tuple[Problem, ...] = (
    *(shopping, travel, discount, recipe, average, weekday, meeting, ages, equation, sequence),
    *(product, primes, chain, binary, letters, order, liars),
)
