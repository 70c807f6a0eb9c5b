"""What the people of the chat miniature ask about.

Every tip is an order (it starts with a verb), so that it can stand in a list of instructions.
"""

from __future__ import annotations

from typing import NamedTuple

from curate.sources.embedded.words import sayings, wordings


class Topic(NamedTuple):
    """One everyday subject."""

    subject: str
    """Such as `growing tomatoes on a balcony`."""
    goal: str
    """Such as `grow tomatoes on a balcony`."""
    tips: tuple[tuple[str, ...], ...]
    """What to do, each in many wordings."""
    pitfalls: tuple[str, ...]
    """What goes wrong, in all wordings."""
    kit: tuple[str, ...]
    """Things one buys for it."""


def _topic(subject: str, goal: str, tips: str, pitfalls: str, kit: str) -> Topic:
    return Topic(subject, goal, wordings(tips), sayings(pitfalls), tuple(kit.split(", ")))


TOPICS: tuple[Topic, ...] = (
    _topic(
        "growing tomatoes on a balcony",
        "grow tomatoes on a balcony",
        """
        Choose a compact variety, because a plant that wants {few} metres of cane will fight the wind up there.
        Give each plant a pot of at least fifteen litres, with {some} holes in the bottom and a saucer below.
        Water slowly until it runs out at the base, then leave the pot alone for {minutes} minutes and check again.
        Turn the pots {often} so that the side facing the wall gets its share of light.
        Pinch out the little shoots between stem and leaf, which is {minutes} minutes of work {often}.
        Feed with a potash-rich liquid {often} once the first truss of flowers has opened.
        Tie the stem loosely to a cane with soft string, leaving room for {few} more weeks of growth.
        Pick the fruit as soon as it is red all over, since leaving it for {span} only makes the skin split.
        Shake the flowering stems gently for {few} seconds around noon if few bees come by.
        """,
        """
        Letting the compost dry out and then flooding it is {mostly} what splits the skins.
        A pot that is too small {easily} stunts the whole plant, however much you feed it.
        Planting out before the last frost can cost you {span} of growth.
        Too much nitrogen gives you {few} handsome leaves for every flower.
        """,
        "terracotta pots, potting compost, bamboo canes, tomato feed, garden string, watering can",
    ),
    _topic(
        "learning to run five kilometres",
        "run five kilometres without stopping",
        """
        Start with {minutes} minutes of brisk walking and add one minute of easy running after every {few} of them.
        Run slowly enough to speak a full sentence, even if a {relative} on a walk overtakes you.
        Rest for a whole day after each run, because legs grow stronger over {span} of easy going and not on the road.
        Lay out shoes and clothes the evening before, so that a dark {day} {part} needs no decisions.
        Write down distance and mood {often}, and judge yourself by {span} instead of by one bad outing.
        Add no more than a tenth to the weekly distance, and step back every {few} weeks.
        Stretch calves and hips for {minutes} minutes afterwards, while the muscles are still warm.
        Join a free timed run in the park on a {day}, where half the field is {mostly} walking.
        Strengthen ankles with {few} sets of heel raises while the kettle boils.
        """,
        """
        Going too fast in the first {minutes} minutes is {mostly} why people give up.
        New shoes need {span} of short outings before they meet a long one.
        Running through a sharp pain {easily} turns a day off into {span} off.
        Skipping rest days feels brave, and {mostly} ends in shin splints.
        """,
        "running shoes, cotton socks, a reflective vest, a water bottle, a sports watch, sun cream",
    ),
    _topic(
        "baking sourdough bread",
        "bake a decent sourdough loaf",
        """
        Feed the starter {often} with equal weights of flour and water until it doubles within {few} hours.
        Weigh everything, since a cup of flour can differ by {minutes} grams from one scoop to the next.
        Fold the dough {few} times during the first two hours, {minutes} minutes apart, instead of kneading it.
        Judge the dough by its looks and not by the clock, because a cold {room} adds {few} hours.
        Shape it tightly, seam below, and let it sleep in the refrigerator until {day} {part}.
        Heat the pot in the oven for {minutes} minutes before the loaf goes in.
        Score the top with one quick cut, about {few} centimetres deep at a shallow angle.
        Bake it covered for {minutes} minutes, then uncovered until the crust is the colour of chestnuts.
        Wait {few} hours before slicing, however good the {room} smells.
        """,
        """
        A starter that sinks in water is {mostly} too young to lift a loaf.
        Adding flour because the dough is sticky {easily} leads to a brick.
        Cutting the loaf while it steams makes the crumb gummy for {span}.
        An oven that is {minutes} degrees too cool gives a pale and leathery crust.
        """,
        "bread flour, a digital scale, a proving basket, a cast-iron pot, a dough scraper, sea salt",
    ),
    _topic(
        "keeping a household budget",
        "keep a household budget that lasts",
        """
        List every fixed cost first, from rent to the subscription your {relative} talked you into.
        Track what you really spend for {span} before you set a single limit.
        Move {amount} into savings on payday, so that it never looks like money to spend.
        Give each month one page, and spend {minutes} minutes on it {often}.
        Keep {amount} aside for repairs, because the {room} never breaks at a good moment.
        Divide yearly bills by twelve and put that sum away each {month} as in any other month.
        Agree with everyone at home on {few} categories, since nobody keeps up with thirty.
        Plan {some} cheap meals before you shop, and go after you have eaten.
        Check the numbers aloud with your {relative} on the last {day} of the month.
        """,
        """
        Forgetting yearly insurance is {mostly} what breaks a careful plan in {month}.
        A budget with no money for fun lasts {span} at best.
        Small card payments add up {easily}: {amount} a month is not rare.
        Copying somebody else's percentages {mostly} fails, because their rent is not yours.
        """,
        "a ring binder, coloured envelopes, a pocket calculator, a wall calendar, graph paper, pencils",
    ),
    _topic(
        "sleeping better",
        "fall asleep more easily",
        """
        Get up at the same hour on {day} as on any other day, even after a short night.
        Dim the lights in the {room} about {minutes} minutes before bed.
        Leave the telephone to charge in the {room}, and buy a plain alarm clock for {amount} or less.
        Drink the last coffee before {few} in the afternoon and watch what changes over {span}.
        Write tomorrow's worries on paper for {minutes} minutes, then close the notebook.
        Cool the bedroom by {few} degrees, since a falling temperature tells the body it is night.
        Leave the bed after {minutes} sleepless minutes, sit in the {room}, and return when your eyes close.
        Walk outside in daylight {often}, best of all in the {part}.
        Read {some} pages of something gentle, preferably something you have read before.
        """,
        """
        A long nap on {day} {mostly} steals from the night that follows.
        Wine makes people drowsy and then {easily} wakes them {few} hours later.
        Looking at the clock turns {minutes} wakeful minutes into a sum nobody needs.
        Sleeping late on weekends for {span} moves the body clock like a small jet lag.
        """,
        "blackout curtains, ear plugs, an alarm clock, cotton sheets, a reading lamp, camomile tea",
    ),
    _topic(
        "learning the guitar as an adult",
        "learn the guitar as an adult",
        """
        Practise for {minutes} minutes {often}, which beats three hours on a {day}.
        Tune the instrument before every session; it takes {few} minutes and trains the ear.
        Learn {few} chords that share fingers, and change between them to a slow count.
        Play along with a recording at half speed until {some} bars feel boring.
        Leave the guitar on a stand in the {room}, because a closed case is a closed door.
        Record yourself {often} and listen {span} later, when progress is easier to hear.
        Press just behind the fret with the tip of the finger, using {few} times less force than you expect.
        Find a {relative} who sings, and accompany one song until neither of you stops.
        Learn one melody by ear in {span}, without any tablature.
        """,
        """
        Racing ahead of your fingers {easily} builds mistakes that take {span} to unlearn.
        High strings on a cheap guitar {mostly} hurt more than the songs deserve.
        Buying a second instrument rarely helps before {span} of practice on the first.
        Skipping rhythm is {mostly} why a correct chord still sounds wrong.
        """,
        "nylon strings, a clip-on tuner, a guitar stand, a capo, felt picks, a music stand",
    ),
    _topic(
        "moving to another town",
        "move to another town without losing my nerve",
        """
        Book the van for a {day}, {span} ahead, because month ends fill up first.
        Number the boxes and note on your telephone what is in each, {room} by {room}.
        Pack one bag for the first {few} nights, with towels, chargers and the kettle.
        Tell bank, employer and insurer the new address {span} before the date.
        Photograph every meter on the last {part}, with the {relative} who holds the keys as a witness.
        Give away whatever you have not touched since {month}, starting with the {room}.
        Fill heavy boxes with books only to the half, and top them up with {some} cushions.
        Measure the sofa and the stairwell {few} days before the movers do it for you.
        Introduce yourself to the neighbours within {few} days, while you still have questions to ask.
        """,
        """
        Leaving the {room} for last {mostly} doubles the work of the final night.
        A lift that is out of order {easily} adds {few} hours and {amount} to the bill.
        Cheap boxes give way at the bottom, {mostly} on the stairs.
        Forgetting to forward the post costs {span} of small annoyances.
        """,
        "packing boxes, bubble wrap, marker pens, strong tape, moving blankets, a hand trolley",
    ),
    _topic(
        "preparing for a job interview",
        "prepare for a job interview",
        """
        Read the advertisement {few} times and underline every verb in it.
        Collect {few} short stories, each with a problem, what you did, and a number at the end.
        Say your answers aloud to a {relative} for {minutes} minutes, since silent rehearsal flatters us.
        Travel the route once on a {day} {part}, so that the clock holds no surprises.
        Look up who will sit across the table, and what they have published since {month}.
        Ask {some} questions of your own, one of them about the first {few} weeks in the job.
        Pause for {few} breaths before a hard question; it feels long only to you.
        Write a note of thanks the same {part}, with one detail nobody else could know.
        Prepare a sentence about salary, with a range and a reason, {few} days before anyone asks.
        """,
        """
        Answers longer than {few} minutes {easily} lose the room.
        Speaking badly of a former employer {mostly} says more about the speaker.
        Learning sentences by heart falls apart at the first question from a {relative} of the trade.
        Arriving {minutes} minutes early is courteous; arriving an hour early is {mostly} a burden.
        """,
        "a leather folder, printed copies, a fountain pen, a pressed shirt, a notebook, a train ticket",
    ),
    _topic(
        "starting a compost heap",
        "start a compost heap",
        """
        Set the bin on bare soil in half shade, about {few} steps from the back door.
        Layer kitchen scraps with torn cardboard, roughly {few} handfuls of brown to one of green.
        Turn the heap {often} with a fork, which takes {minutes} minutes and warms you in {season}.
        Keep it as damp as a wrung sponge, adding {some} cups of water when {season} is dry.
        Chop stalks and peels small, because a whole cabbage stump needs {span} longer.
        Cover the top with an old carpet or {some} sacks to hold the heat.
        Bury fruit under at least {few} centimetres of leaves to keep the flies away.
        Sieve the dark, crumbly part after {span}, and return the rest as a starter.
        Collect autumn leaves in a separate sack, where they wait {span} for their turn.
        """,
        """
        Meat and cheese {easily} bring rats, whatever your {relative} says.
        A heap of nothing but grass {mostly} turns to slime within {span}.
        Glossy paper and weeds in seed spoil the result for {span}.
        A heap smaller than a metre {mostly} stays cold in {season}.
        """,
        "a compost bin, a garden fork, a kitchen caddy, a garden sieve, work gloves, straw",
    ),
    _topic(
        "taking better photographs with a telephone",
        "take better photographs with my telephone",
        """
        Wipe the lens first; {minutes} minutes in a pocket are enough to blur a whole {part}.
        Move {few} steps closer instead of zooming, and fill the frame with what matters.
        Wait for the low light of the {part}, when faces have shape and colours are warm.
        Switch on the grid and put the horizon on one of its lines, {mostly} the upper one in {season}.
        Tap on the brightest part of the {room} and pull the exposure down until the window has detail.
        Take {few} frames of the same scene and delete all but one the same {part}.
        Kneel down to the height of a child or a dog, even in the middle of {town}.
        Look at the edges of the picture for {few} seconds before you press.
        Photograph one {room} in {span} of different light, and compare.
        """,
        """
        Digital zoom {easily} costs you {few} times the detail that a walk would have saved.
        Flash in a dark {room} {mostly} turns faces flat and eyes red.
        Filters look fresh today and dated in {span}.
        Keeping {few} hundred similar pictures {mostly} means looking at none.
        """,
        "a small tripod, a lens cloth, a clip-on light, a spare battery, a memory card, a wrist strap",
    ),
    _topic(
        "reading more books",
        "read more books this year",
        """
        Carry a book everywhere, because queues in {town} give you {minutes} minutes you had written off.
        Stop reading what bores you after {minutes} pages, without any guilt.
        Keep {few} books open at once, one of them light enough for a tired {part}.
        Read {minutes} minutes before breakfast, when nobody from work expects an answer.
        Join the library of {town}, where a due date on a {day} is a gentle push.
        Write one sentence about each book in a notebook, and reread the list every {month}.
        Swap favourites with a {relative} twice a year, sealed and without a summary.
        Listen to a recording while you clean the {room} or walk through {town}.
        Set aside one {day} {part} a month for nothing but reading, and tell your {relative} so.
        """,
        """
        Counting titles {easily} pushes people towards thin books.
        A telephone on the same table {mostly} wins within {minutes} minutes.
        Buying {few} books for each one finished is a hobby, but another one.
        Saving reading for the holidays {mostly} means not reading for {span}.
        """,
        "a bookmark, a reading lamp, a library card, a bookshelf, page flags, a reading stand",
    ),
    _topic(
        "caring for houseplants",
        "keep my houseplants alive",
        """
        Push a finger {few} centimetres into the soil and water only when it feels dry.
        Group thirsty plants together in the {room}, where they share a little humid air.
        Wipe the leaves {often}, because dust takes {some} hours of light from them each week.
        Move pots {few} steps back from a south window in {season}.
        Repot in {season}, one size up, and only when roots circle the base.
        Feed at half the strength on the label, {often} from {month} until growth slows down.
        Check the undersides of leaves for webs when you water on {day} {part}.
        Stand orchids in lukewarm water for {minutes} minutes, then let them drain in the {room}.
        Leave a note with {few} simple rules for the {relative} who waters during your holiday.
        """,
        """
        Too much love from the watering can kills {mostly} faster than neglect.
        A pot without a hole {easily} drowns the roots within {span}.
        Moving a plant around {often} makes it drop leaves in protest.
        Cold draughts in the {room} undo {span} of good care.
        """,
        "a misting bottle, clay pebbles, potting soil, a moisture meter, plant saucers, pruning scissors",
    ),
    _topic(
        "speaking in public",
        "speak in front of an audience",
        """
        Write the last sentence first, and let every one of your {few} points lead to it.
        Practise standing up, in the {room}, for {minutes} minutes {often}.
        Talk to one friendly face for {few} seconds, then find another on the far side.
        Cut a third of the slides, starting with the {few} you explain with an apology.
        Learn the opening {some} sentences by heart and speak the rest from keywords.
        Arrive {minutes} minutes early, test the microphone, and walk across the stage.
        Breathe out slowly {few} times before you begin, longer than you breathe in.
        Tell one story about your {relative} or the street you live on; people keep stories for {span}.
        Ask a {relative} to time you, and end {few} minutes before you have to.
        """,
        """
        Reading from the slide {easily} loses people within {minutes} seconds.
        Apologising at the start {mostly} plants a doubt nobody had.
        A talk that runs over by {minutes} minutes is remembered for exactly that.
        Too much coffee {mostly} makes trembling hands worse.
        """,
        "index cards, a presenter remote, a lapel microphone, throat lozenges, a flip chart, a timer",
    ),
    _topic(
        "cycling to work",
        "cycle to work all year round",
        """
        Try the route on a quiet {day} {part}, when a wrong turn costs you only {minutes} minutes.
        Check tyres, brakes and chain {often}, which takes {few} minutes once it is a habit.
        Keep a clean shirt and {some} spare socks in a drawer at work, and refill it on {day}.
        Fit mudguards before {season}; your {relative} riding behind you will be grateful too.
        Ride an arm's length from parked cars, even when somebody behind you has {few} seconds less patience.
        Charge the lights on {day} night and carry one spare with {few} hours in it.
        Leave {minutes} minutes earlier than you must, and arrive without sweating.
        Lock frame and front wheel to something that is bolted to the ground, {few} steps from a lit door.
        Oil the chain after {some} wet rides, and wipe off what you can see.
        """,
        """
        Soft tyres {easily} cost you {minutes} minutes on the way to {town}.
        A helmet older than {few} years {mostly} protects less than it promises.
        Cheap lights fail in {month}, when they are needed.
        Overdressing {mostly} makes a {minutes}-minute ride unpleasant.
        """,
        "mudguards, a rain jacket, a floor pump, chain oil, a helmet, a sturdy lock",
    ),
    _topic(
        "writing a short story",
        "write a short story",
        """
        Begin as late as you can, on the {day} when something has already gone wrong.
        Give the main character one wish, and a {relative} who wants the opposite.
        Set the whole story in one {room} or one street of {town}, and learn what it smells like.
        Write {minutes} minutes {often}, at the same table, before you open any message.
        Let people talk past each other for {few} lines; nobody answers the question that was asked.
        Finish the draft before you improve a single sentence, even if that takes {span}.
        Put the pages away for {span}, then read them aloud in the {part}.
        Strike out the first {few} sentences and see whether anyone misses them.
        End on an image from the {room} rather than on an explanation.
        """,
        """
        Explaining a feeling right after showing it {mostly} weakens both.
        A dream in the first {few} paragraphs {easily} loses an editor.
        Five names on the first page are {few} too many.
        Polishing the opening for {span} is {mostly} a way of not writing the end.
        """,
        "a notebook, soft pencils, a thesaurus, a desk lamp, index cards, an eraser",
    ),
    _topic(
        "teaching a puppy to walk on a lead",
        "teach my puppy to walk on a lead",
        """
        Let the puppy wear collar and lead indoors, in the {room}, for {minutes} minutes at a time.
        Reward every loose step with something the size of a pea, {few} times in the first minute.
        Stop like a tree as soon as the lead tightens, and count to {few} before you move.
        Train {often} for {minutes} minutes, always before a meal and never after one.
        Change direction {few} times on the way to the corner, so that watching you becomes a game.
        Begin in a dull street of {town} before you meet ducks, joggers and other dogs.
        Ask the {relative} who also walks the dog to use the very same words.
        End each walk in the {part} with {some} minutes of free sniffing, which is worth more than biscuits.
        Note on a calendar how {day} went, since progress over {span} is easy to miss.
        """,
        """
        Pulling back {easily} teaches a young dog to pull harder.
        Walks of more than {minutes} minutes {mostly} tire the joints at that age.
        Being strict on {day} and generous {span} later confuses every animal.
        A lead that stretches {mostly} rewards exactly what you want to lose.
        """,
        "a flat collar, a two-metre lead, a treat pouch, soft biscuits, a towel, a rubber ball",
    ),
)
