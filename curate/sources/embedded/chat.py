"""A miniature of an instruction mix: everyday talk, rewriting, summaries, tables, constraints."""

from __future__ import annotations

from itertools import cycle
from typing import Any, NamedTuple

from curate.sources.embedded.dice import Dice
from curate.sources.embedded.letters import MANNERS, letter
from curate.sources.embedded.stories import STORIES
from curate.sources.embedded.topics import TOPICS, Topic
from curate.sources.embedded.words import (
    DAYS,
    FIRST_NAMES,
    NUMBERS,
    TOWNS,
    listed,
    sayings,
)

Turns = list[dict[str, str]]


class Talk(NamedTuple):
    """A conversation, where it claims to come from, and the system text it was held under."""

    source: str
    turns: Turns
    instructions: str = ""


def record(dice: Dice) -> dict[str, Any]:
    """One record in the columns of the reference's conversations without thinking."""
    source, turns, instructions = dice.pick(_TALKS)(dice)
    return {
        "messages": turns,
        "chat_template_kwargs": {
            "custom_instructions": instructions,
            "enable_thinking": False,
            "python_tools": [],
            "xml_tools": [],
        },
        "source": source,
    }


def turns(*texts: str) -> Turns:
    """Texts in turn, the user's first."""
    return [
        {"role": role, "content": text} for role, text in zip(cycle(("user", "assistant")), texts)
    ]


# Advice ------------------------------------------------------------------------------------------

_ASKS = (
    "I would like to {goal}. {life} {wish} Where do I begin?",
    "How do I {goal}? {life} {wish} I'd be glad of practical advice rather than theory.",
    "Can you help me {goal}? {life} {wish}",
    "{life} {wish} Still, I want to {goal} at last. What would you tell a beginner?",
    "What are the most important things to know about {subject}? {life} {wish}",
    "My plan for the coming months is to {goal}. {life} {wish} Please give me a few concrete steps.",
    "{life} Is it realistic to {goal} under these conditions, and how would you go about it? {wish}",
    "{wish} Please write me a short guide to {subject}. {life} Thank you!",
)
_LIVES = sayings(
    """
    I live in {town} with my {relative} and have about {minutes} minutes to spare {often}, mainly in the {part}.
    I can spend roughly {amount} a month on it, and {day} is the only day when I get {few} hours in one piece.
    Since {month} I have been working from a small {room} in {town}, with {few} calls a day in between.
    We are {few} people in a flat in {town}, and the {room} is the only place that is quiet in the {part}.
    I start late, after {few} years abroad, and {town} is still new to me on a grey {day} in {month}.
    Between night shifts in {town} and a {relative} who needs me on {day}, I find {minutes} minutes at the most.
    My days in {town} are long, and before the {part} of {day} I have {few} things on my list already.
    I look after a {relative} in {town} from {day} on, so {minutes} minutes in the {part} is what I have.
    """,
    512,
)
_WISHES = sayings(
    """
    My {relative} in {town} swears by it, but I tried for {span} last {season} and gave up one {day} {part}.
    A {relative} from {town} gave me {amount} for my birthday to get started, and I would hate to waste it in {span}.
    I promised my {relative} to have something to show by {month}, and so far I have managed {minutes} minutes on one {day}.
    Last {season} a course in {town} cost me {amount} and ended after {span}, so this time I want to teach myself.
    My {relative} thinks {span} of patience is all I have in me, and would bet {amount} on it until {month}.
    In {month} I read about a {relative} and {few} friends in {town} who managed it within {span}.
    What I fear most is spending {amount} by {month} and then stopping after {span}, as with my {few} other hobbies.
    A colleague from {town} says that {few} things matter and that the rest can wait for {span} or until {month}.
    """,
    512,
)
_OPENINGS = sayings(
    """
    With {minutes} minutes here and there you can get a long way, provided that you start small.
    That is a good plan, and {season} is a fine time to begin; give it {span} before you judge.
    You need less than most people think: {few} habits and about {amount} will do.
    The first {few} weeks decide, so make them easy enough that a bad {day} cannot stop you.
    Most beginners do too much in the first {few} weeks and then nothing at all by {month}.
    Let me suggest an order that has worked for others, including a {relative} of mine from {town}.
    Here is what I would do in your place, starting next {day} {part}.
    It is quite realistic, even if {span} pass before it feels natural.
    """
)
_CLOSINGS = sayings(
    """
    If only one of these sticks by {month}, let it be the first.
    Try this for {span} and then change whatever annoys you on a {day} {part}.
    Tell me after {few} weeks which of them worked in {town}, and we can plan the next step.
    None of it takes more than {minutes} minutes at a time, which is rather the point.
    Start on {day}, not on the first of {month}: good days to begin are the ones at hand.
    And ask your {relative} to remind you in {span}; it helps more than any gadget for {amount}.
    """
)
_WARNINGS = sayings("One warning from {span} of watching others:")


def _ask(dice: Dice, topic: Topic) -> str:
    ask, life, wish = dice.each((_ASKS, _LIVES, _WISHES))
    return ask.format(goal=topic.goal, subject=topic.subject, life=life, wish=wish)


def _tips(dice: Dice, topic: Topic, number: int) -> tuple[str, ...]:
    return dice.each(dice.several(topic.tips, number))


def _advice(dice: Dice) -> Talk:
    topic = dice.pick(TOPICS)
    ask = _ask(dice, topic)
    tips = _tips(dice, topic, dice.between(3, 5))
    style = dice.below(3)
    if style == 0:
        body = "\n".join([f"{number}. {tip}" for number, tip in enumerate(tips, 1)])
    elif style == 1:
        body = "- " + "\n- ".join(tips)
    else:
        body = " ".join(tips)
    opening, warning, pitfall, closing = dice.each(
        (_OPENINGS, _WARNINGS, topic.pitfalls, _CLOSINGS)
    )
    answer = f"{opening}\n\n{body}\n\n{warning} {pitfall[0].lower()}{pitfall[1:]}"
    if dice.below(2):
        answer += f"\n\n{closing}"
    return Talk("magpie_ultra_no_think", turns(ask, answer))


# Small talk --------------------------------------------------------------------------------------

_HELLOS = ("Hi!", "Hello", "Hey there", "Good morning!", "Hi, how are you?", "Good evening.")
_WELCOMES = (
    "Hello! How can I help you today?",
    "Hi there. What can I do for you?",
    "Good to hear from you. What is on your mind?",
    "Hello! I'm well, thank you. What would you like to talk about?",
)
_FOLLOW_UPS = sayings(
    """
    That helps. And what goes wrong for most people, say my {relative} in {town}, after {span}?
    I see. My {relative} tried this in {town} last {month} and stopped after {few} weeks. What should I avoid?
    Thanks! What is the classic mistake, if I only have {minutes} minutes on a {day}?
    Makes sense. Before I spend {amount} on it in {month}: where do beginners usually stumble?
    """
)
_THANKS = sayings(
    """
    Great, I will try that on {day} {part}. Thank you!
    Thank you, that keeps me busy for {span} at least.
    Lovely. I'll tell my {relative} as well. Thanks a lot!
    """
)
_FAREWELLS = sayings(
    """
    You're welcome! Be patient with yourself for {span}, and have a good {day}.
    My pleasure. Come back in {few} weeks and tell me how it went in {town}.
    Glad to help. Enjoy it, and greet your {relative} from me.
    Any time! I hope {season} treats you kindly.
    """
)


def _small_talk(dice: Dice) -> Talk:
    topic = dice.pick(TOPICS)
    ask = _ask(dice, topic)
    first, second = _tips(dice, topic, 2)
    opening, follow_up, warning, thanks, farewell, hello, welcome = dice.each(
        (_OPENINGS, _FOLLOW_UPS, topic.pitfalls, _THANKS, _FAREWELLS, _HELLOS, _WELCOMES)
    )
    said = [ask, f"{opening} {first} {second}", follow_up, warning]
    if dice.below(2):
        said = [hello, welcome, *said]
    if dice.below(2):
        said += [thanks, farewell]
    return Talk("everyday_conversations_no_think", turns(*said))


# Rewriting and summaries -------------------------------------------------------------------------


def _rewriting(dice: Dice) -> Talk:
    manner, other = dice.several(range(len(MANNERS)), 2)
    versions = letter(dice)
    instruction = dice.pick(MANNERS[other].orders)
    asked = f"{instruction}\n\n{versions[manner]}"
    return Talk("smol_rewrite_no_think", turns(asked, versions[other]))


_SUMMARY_ORDERS = (
    "Summarise the following report in at most three sentences.",
    "Give me the main points of this text, as briefly as you can.",
    "What happened? Please answer in two or three sentences, using only this article:",
    "Provide a concise, objective summary of the text below.",
    "Write a short summary of this news item for readers in a hurry.",
)


def _summary(dice: Dice) -> Talk:
    passage, summary = dice.pick(STORIES)(dice)
    return Talk(
        "smol_summarize_no_think", turns(f"{dice.pick(_SUMMARY_ORDERS)}\n\n{passage}", summary)
    )


# Tables ------------------------------------------------------------------------------------------

_TABLE_ORDERS = (
    "Turn this into a Markdown table with a total in the last row: {text}",
    "{text} Please put the purchase into a table (item, quantity, price, sum) and add it up.",
    "I need this for my accounts as a Markdown table, with sums and a total. {text}",
)
_TABLE_NOTES = sayings(
    """
    The total assumes that the prices are for one piece each, as in {month}.
    Please check the prices once more before {day}; I have taken them as you gave them.
    I kept the order in which you named them, so that your {relative} can compare it with the receipt.
    All sums are rounded to two places, and none of them includes the way to {town}.
    """
)


def _table(dice: Dice) -> Talk:
    topic = dice.pick(TOPICS)
    name, town, day = dice.pick(FIRST_NAMES), dice.pick(TOWNS), dice.pick(DAYS)
    things = dice.several(topic.kit, dice.between(3, 5))
    bought = [(thing, dice.between(1, 9), dice.between(120, 6400)) for thing in things]
    named = listed([f"{count} × {thing} at {cents / 100:.2f}" for thing, count, cents in bought])
    text = f"For {topic.subject}, {name} went to the market in {town} on {day} and bought {named}."
    rows = "\n".join(
        f"| {thing} | {count} | {cents / 100:.2f} | {count * cents / 100:.2f} |"
        for thing, count, cents in bought
    )
    total = sum(count * cents for _, count, cents in bought) / 100
    pieces = sum(count for _, count, _ in bought)
    answer = (
        f"| item | quantity | price | sum |\n| --- | ---: | ---: | ---: |\n{rows}\n"
        f"| **total** | {pieces} | | **{total:.2f}** |\n\n"
        f"{name} spent {total:.2f} on {pieces} things in {town}. {dice.pick(_TABLE_NOTES)}"
    )
    return Talk("table_no_think", turns(dice.pick(_TABLE_ORDERS).format(text=text), answer))


# Instructions with constraints -------------------------------------------------------------------


class Constrained(NamedTuple):
    """A task with rules, an answer that keeps them all, one that breaks some, and the rules."""

    prompt: str
    kept: str
    broken: str
    rules: list[str]


_ENDINGS = (
    *("Small steps count.", "Patience pays.", "Begin today.", "Ask if in doubt.", "Have fun!"),
    *("Less is more.", "Practice makes progress.", "The rest is weather.", "Good luck!"),
)
_TASKS = (
    "Write advice on {subject} for {name} from {town}, who has {minutes} minutes on {day}. {rules}",
    "{name} in {town} wants to {goal} with {minutes} minutes every {day}. Give instructions. {rules}",
    (
        "Draft a note for {name}, who lives in {town}, about {subject}; it hangs there until {day} and "
        "takes {minutes} seconds to read. {rules}"
    ),
)


def constrained(dice: Dice) -> Constrained:
    """A task whose rules can be checked by eye: how many points, how marked, how opened and closed."""
    topic = dice.pick(TOPICS)
    count = dice.between(2, 4)
    name, town, day = dice.pick(FIRST_NAMES), dice.pick(TOWNS), dice.pick(DAYS)
    ending, sign = dice.pick(_ENDINGS), dice.pick(("*", "-", "•", "+"))
    rules = [
        f"Use exactly {NUMBERS[count]} bullet points, each marked with '{sign}' and starting with a verb",
        f"Put a title in double angular brackets, such as <<title>>, that contains the name {name}",
        f'Finish with the exact words "{ending}"',
    ]
    title = f"<<{name}'s plan for {day}s in {town}>>"
    if ruled := dice.below(3) == 0:
        rules.append("Put a line that holds nothing but *** above the last words")
    prompt = dice.pick(_TASKS).format(
        subject=topic.subject,
        goal=topic.goal,
        name=name,
        town=town,
        day=day,
        minutes=dice.between(4, 90),
        rules=f"{'. '.join(rules)}.",
    )
    tips = _tips(dice, topic, count + 1)
    opening = dice.pick(_OPENINGS)
    points = "\n".join(f"{sign} {tip}" for tip in tips[:count])
    kept = "\n\n".join([title, points, *(["***"] if ruled else []), ending])
    broken = "\n\n".join([opening, "\n".join(tips)])
    return Constrained(prompt, kept, broken, rules)


def _constraints(dice: Dice) -> Talk:
    task = constrained(dice)
    return Talk("personas_instruction_following_no_think", turns(task.prompt, task.kept))


# Under a system text -----------------------------------------------------------------------------

_PERSONAS = (
    (
        "You are {name}, a {manner} tutor for {subject}. Answer in at most three sentences and end "
        "with a question that helps the learner on."
    ),
    "You answer letters to the {town} Weekly about {subject}. Be {manner}, and sign with {name}.",
    (
        "You are the {manner} assistant of a shop in {town} that serves people new to {subject}. Keep "
        "to facts, use no more than four sentences, and call the customer {name}."
    ),
)
_MANNERS = ("patient", "dry-witted", "brisk", "warm", "plain-spoken", "cheerful", "careful")
_QUESTIONS = sayings(
    """
    How far did you get in the last {few} weeks?
    What would you change about next {day} {part}?
    Which of the two can you fit into {minutes} minutes?
    Who in {town} could do this with you in {month}?
    """
)


def _persona(dice: Dice) -> Talk:
    topic = dice.pick(TOPICS)
    kind, name, town = dice.below(3), dice.pick(FIRST_NAMES), dice.pick(TOWNS)
    instructions = _PERSONAS[kind].format(
        name=name, town=town, manner=dice.pick(_MANNERS), subject=topic.subject
    )
    first, second = _tips(dice, topic, 2)
    if kind == 0:
        answer = f"{first} {second} {dice.pick(_QUESTIONS)}"
    elif kind == 1:
        warning = dice.pick(topic.pitfalls)
        answer = f"Dear reader,\n\n{first} {second} {warning}\n\nYours, {name}"
    else:
        answer = f"{name}, here is what our customers find useful. {first} {second}"
    return Talk("systemchats_no_think", turns(_ask(dice, topic), answer), instructions)


_TALKS = (
    *(_advice, _advice, _small_talk, _small_talk, _rewriting, _rewriting, _summary, _summary),
    *(_table, _constraints, _constraints, _persona),
)
"""Once for each twelfth of the records."""
