"""The same short letter, written in several manners."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from curate.sources.embedded.dice import Dice
from curate.sources.embedded.words import DAYS, FIRST_NAMES, LAST_NAMES, MONTHS, TOWNS, phrases


class Manner(NamedTuple):
    """One way of writing, and what one says to get it."""

    name: str
    orders: tuple[str, ...]


MANNERS: tuple[Manner, ...] = (
    Manner(
        "friendly",
        (
            "Rewrite this so that it sounds like a note to a friend:",
            "Make this message warmer and more casual, but keep all the facts.",
            "This reads stiff. Could you make it friendly and relaxed?",
        ),
    ),
    Manner(
        "formal",
        (
            "Rewrite the following message in a formal, professional tone.",
            "Please make this suitable for a business letter, leaving nothing out:",
            "Turn this into polite, formal English.",
        ),
    ),
    Manner(
        "brief",
        (
            "Make this as short as possible without losing any information.",
            "Rewrite the text so that it fits on a small card. Every fact must stay.",
            "Please cut this down to the bare essentials:",
        ),
    ),
)

Versions = tuple[str, str, str]
"""One text in every manner, in the order of `MANNERS`."""


class _Facts(NamedTuple):
    to: str
    sender: str
    deputy: str
    family: str
    town: str
    day: str
    later: str
    date: int
    month: str
    hour: int
    number: int
    amount: int
    thing: str
    reason: str


_THINGS = (
    *("the projector", "the blue ladder", "the sound system", "the folding tables", "the minutes"),
    *(
        "the spare keys",
        "the guest list",
        "the first draft",
        "the floor plan",
        "the survey results",
    ),
    *("the name tags", "the camera", "the signed contract", "the seating plan", "the price list"),
    *("the coffee machine", "the measuring tape", "the visitor book", "the extension cables"),
)
_REASONS = (
    *("the hall is being painted", "two of us have caught a cold", "the train line is closed"),
    *("the printer delivered late", "the caterer needs more notice", "the heating has failed"),
    *("the council has not answered", "our speaker missed a flight", "the roof is leaking"),
    *("the van is in the workshop", "the figures are not final", "half the team is at a fair"),
    *("the bridge is under repair", "the software update overran", "the key holder is away"),
)
_EVENTS = (
    *("planning meeting", "book club", "budget review", "fire drill", "choir rehearsal"),
    *("welcome breakfast", "safety training", "spring fair", "board game night", "site visit"),
    *("parents' evening", "product demo", "first-aid course", "neighbourhood walk", "staff lunch"),
    *("kitchen inspection", "poetry reading", "quarterly review", "open day", "recycling drive"),
)


def _moved(dice: Dice, facts: _Facts) -> Versions:
    event = dice.pick(_EVENTS)
    return (
        (
            f"just a heads-up that we've had to move the {event} from {facts.day} to {facts.later} the "
            f"{facts.date}th at {facts.hour}:30, because {facts.reason}. Sorry for the muddle!"
        ),
        (
            f"please note that the {event} planned for {facts.day} has been rescheduled to {facts.later} "
            f"the {facts.date}th at {facts.hour}:30, as {facts.reason}. We apologise for any inconvenience."
        ),
        (
            f"{event} moved from {facts.day} to {facts.later} {facts.date}th, {facts.hour}:30 "
            f"({facts.reason}). Sorry."
        ),
    )


def _invited(dice: Dice, facts: _Facts) -> Versions:
    event = dice.pick(_EVENTS)
    return (
        (
            f"we're throwing a little {event} in {facts.town} on {facts.day} the {facts.date}th, and it "
            f"wouldn't be the same without you. There'll be about {facts.number} of us, so let me know "
            f"by {facts.later} if you can make it!"
        ),
        (
            f"you are cordially invited to our {event}, which will take place in {facts.town} on "
            f"{facts.day} the {facts.date}th. We expect approximately {facts.number} guests and would be "
            f"grateful for your reply by {facts.later}."
        ),
        (
            f"{event}, {facts.town}, {facts.day} {facts.date}th, about {facts.number} guests. "
            f"Reply by {facts.later}, please."
        ),
    )


def _owed(dice: Dice, facts: _Facts) -> Versions:
    number = dice.between(1000, 9999)
    return (
        (
            f"I think invoice {number} slipped through: it's {facts.amount} for {facts.thing} and was "
            f"due on {facts.day} the {facts.date}th. No drama, but could you sort it out by {facts.later}?"
        ),
        (
            f"according to our records, invoice {number} for {facts.thing}, amounting to {facts.amount} "
            f"and due on {facts.day} the {facts.date}th, remains unpaid. We would appreciate settlement "
            f"by {facts.later}."
        ),
        (
            f"invoice {number} ({facts.thing}, {facts.amount}, due {facts.day} {facts.date}th) is "
            f"unpaid. Please pay by {facts.later}."
        ),
    )


def _thanked(dice: Dice, facts: _Facts) -> Versions:
    event = dice.pick(_EVENTS)
    return (
        (
            f"thanks a million for helping with the {event} in {facts.town}! You looked after "
            f"{facts.number} people even though {facts.reason}, and everybody noticed. I owe you a cake "
            f"on {facts.day}."
        ),
        (
            f"I should like to express my sincere thanks for your support at the {event} in "
            f"{facts.town}. Although {facts.reason}, you attended to {facts.number} people, which was "
            f"widely appreciated. Allow me to return the favour with a cake on {facts.day}."
        ),
        (
            f"thank you for the {event} in {facts.town}: {facts.number} people looked after, although "
            f"{facts.reason}. Cake from me on {facts.day}."
        ),
    )


def _missing(dice: Dice, facts: _Facts) -> Versions:
    event = dice.pick(_EVENTS)
    return (
        (
            f"have you seen {facts.thing}? We last had it all together at the {event} in {facts.town}, "
            f"some {facts.number} days ago, and we need it back by {facts.day} at {facts.hour}."
        ),
        (
            f"I am writing to enquire about {facts.thing}, last in use at the {event} in {facts.town} "
            f"some {facts.number} days ago. We require its return by {facts.day} at {facts.hour} o'clock."
        ),
        (
            f"looking for {facts.thing}, last used at the {event} in {facts.town} {facts.number} days "
            f"ago. Needed by {facts.day}, {facts.hour}:00."
        ),
    )


def _ill(dice: Dice, facts: _Facts) -> Versions:
    event = dice.pick(_EVENTS)
    return (
        (
            f"I'm in bed with a nasty cold and won't be in before {facts.later}. Could {facts.deputy} "
            f"from {facts.town} run the {event} on {facts.day} at {facts.hour}? The notes are on page "
            f"{facts.number} of my folder."
        ),
        (
            f"owing to a heavy cold I shall be unable to return to work before {facts.later}. May I ask "
            f"that {facts.deputy} from {facts.town} take charge of the {event} on {facts.day} at "
            f"{facts.hour} o'clock? My notes are to be found on page {facts.number} of my folder."
        ),
        (
            f"ill with a cold until {facts.later}. Please let {facts.deputy} ({facts.town}) run the "
            f"{event}, {facts.day} {facts.hour}:00; notes on page {facts.number} of my folder."
        ),
    )


def _late(dice: Dice, facts: _Facts) -> Versions:
    number = dice.between(100, 999)
    return (
        (
            f"bad news about order {number}: {facts.thing} won't leave {facts.town} before {facts.later}, "
            f"because {facts.reason}. We'll knock {facts.amount} off the price, if that's any comfort."
        ),
        (
            f"we regret to inform you that order {number}, {facts.thing}, cannot be dispatched from "
            f"{facts.town} before {facts.later}, since {facts.reason}. By way of apology, "
            f"{facts.amount} will be deducted from the price."
        ),
        (
            f"order {number} ({facts.thing}) leaves {facts.town} on {facts.later} at the earliest: "
            f"{facts.reason}. We deduct {facts.amount}."
        ),
    )


def _asked(dice: Dice, facts: _Facts) -> Versions:
    event = dice.pick(_EVENTS)
    return (
        (
            f"could you have a quick look at {facts.thing} before the {event} on {facts.day}? It's only "
            f"{facts.number} pages, and I'd love to hear what you think by {facts.later} at {facts.hour}."
        ),
        (
            f"I would be grateful if you could review {facts.thing}, which comprises {facts.number} "
            f"pages, in advance of the {event} on {facts.day}. Your comments by {facts.later} at "
            f"{facts.hour} o'clock would be most welcome."
        ),
        (
            f"please review {facts.thing} ({facts.number} pages) before {facts.day}'s {event}; comments "
            f"by {facts.later}, {facts.hour}:00."
        ),
    )


_MATTERS: tuple[Callable[[Dice, _Facts], Versions], ...] = (
    *(_moved, _invited, _owed, _thanked, _missing, _ill, _late, _asked),
)

ASIDES = tuple(
    zip(
        phrases(
            """
            By the way, the spare chairs are still in the {room}, where your {relative} left them in {month}.
            Oh, and parking near the station in {town} is hopeless before {few}, so come by bike if you can.
            And bring {some} cups, would you? Ours broke on {day}, and the shop in {town} is shut for {span}.
            Also, {name} found {amount} in the cash box from {month}, so next {day}'s coffee is on us.
            P.S. {name} from {town} says hi and wants you to know that the {relative} is fine again.
            Between you and me, {span} of quiet before {month} would do {name} and the rest of us good.
            """
        ),
        phrases(
            """
            Kindly note that the spare chairs remain in the {room}, where your {relative} placed them in {month}.
            Please be advised that parking near the station in {town} is scarce before {few} o'clock; we recommend cycling.
            We would also ask you to bring {some} cups, since ours broke on {day} and the shop in {town} is closed for {span}.
            Furthermore, {name} discovered {amount} in the cash box from {month}, which will cover the coffee on {day}.
            {name} of {town} sends kind regards and is pleased to report that the {relative} has recovered.
            I might add in confidence that {span} of calm before {month} would benefit {name} and all of us.
            """
        ),
        phrases(
            """
            Spare chairs: {room}, since your {relative} left them there in {month}.
            Parking in {town} is scarce before {few}; cycle.
            Bring {some} cups (ours broke on {day}; shop in {town} closed for {span}).
            {name} found {amount} in the cash box of {month}: coffee on {day} is paid.
            Greetings from {name}, {town}; the {relative} is well.
            In confidence: {span} of quiet before {month} would help {name} and all of us.
            """
        ),
        strict=True,
    )
)
"""Remarks that go with any letter, in every manner; their gaps agree, in order."""


def letter(dice: Dice) -> Versions:
    """One letter in every manner: the same facts, other words."""
    to, sender, deputy = dice.several(FIRST_NAMES, 3)
    facts = _Facts(
        to=to,
        sender=sender,
        deputy=deputy,
        family=dice.pick(LAST_NAMES),
        town=dice.pick(TOWNS),
        day=dice.pick(DAYS),
        later=dice.pick(DAYS),
        date=dice.between(4, 20),
        month=dice.pick(MONTHS),
        hour=dice.between(8, 19),
        number=dice.between(6, 80),
        amount=dice.between(12, 940),
        thing=dice.pick(_THINGS),
        reason=dice.pick(_REASONS),
    )
    friendly, formal, brief = dice.pick(_MATTERS)(dice, facts)
    remarks = ["", "", ""]
    for aside in dice.several(ASIDES, dice.between(1, 2)):
        words = dice.each(aside[0].gaps)
        for manner, remark in enumerate(aside):
            remarks[manner] += f" {remark.text % words}"
    return (
        f"Hi {facts.to},\n\n{friendly}{remarks[0]}\n\nBig hug,\n{facts.sender}",
        f"Dear {facts.to} {facts.family},\n\n{formal}{remarks[1]}\n\nYours sincerely,\n{facts.sender}",
        f"{facts.to}: {brief}{remarks[2]} – {facts.sender}",
    )
