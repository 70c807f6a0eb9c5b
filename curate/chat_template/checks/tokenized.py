"""Checks of a text as its tokenizer cuts it."""

from __future__ import annotations

from collections.abc import Iterator

from curate.chat_template.checks.finding import Flaw
from curate.chat_template.checks.rows import Rendered
from curate.chat_template.checks.subject import Subject
from curate.errors import TemplateError


def markers(subject: Subject) -> Iterator[Flaw]:
    """C17: what the tokenizer takes thinking markers for."""
    if subject.tokenizer is None:
        return
    added = {token.content: token for token in subject.engine.get_added_tokens_decoder().values()}
    for marker in (subject.block.opening, subject.block.closing):
        if (token := added.get(marker)) is None:
            count = len(subject.encode(marker).ids)
            yield Flaw(f"{marker} is plain text of {count} tokens", None, None, "note")
        elif token.special:
            what = f"{marker} is a special token: decoding without special tokens deletes it"
            yield Flaw(what, None, None, "warning")
        else:
            yield Flaw(f"{marker} is one token, not special", None, None, "note")


def boundary(row: Rendered) -> Iterator[Flaw]:
    """C18: the prompt's tokens begin the tokens of prompt and answer."""
    end = len(row.case.turns) - 1
    if row.subject.tokenizer is None or row.case.turns[end].role != "assistant" or not end:
        return
    try:
        prompt = row.subject.render(row.case, end, prompt=True).text
    except TemplateError:
        return
    whole = row.rendering.text
    if not whole.startswith(prompt):
        return  # told by C06
    short, long = (row.subject.encode(text).ids for text in (prompt, whole))
    if long[: len(short)] != short:
        yield Flaw("tokens of the prompt change when the answer follows", end, len(prompt))


def mask(row: Rendered) -> Iterator[Flaw]:
    """C19: every trained turn has trained tokens, its end among them, and transformers sees the same."""
    if row.subject.tokenizer is None or not row.rendering.spans:
        return
    encoding = row.subject.encode(row.rendering.text)
    offsets: list[tuple[int, int]] = encoding.offsets
    for start, end in row.rendering.spans:
        mine = [n for n, (a, b) in enumerate(offsets) if a < end and b > start]
        if not mine:
            yield Flaw("a trained turn has no token", None, start)
            continue
        if offsets[mine[-1]][1] > end or offsets[mine[0]][0] < start:
            yield Flaw("a token stands half inside what is trained", None, start)
        # transformers looks up the tokens of a span's first and last character.
        first, last = encoding.char_to_token(start), encoding.char_to_token(end - 1)
        if first is None or not last:
            yield Flaw(
                "transformers loses the mask from here on: an edge has no token", None, start
            )
        elif (first, last) != (mine[0], mine[-1]):
            yield Flaw("transformers masks other tokens than are trained", None, start)


def room(row: Rendered) -> Iterator[Flaw]:
    """C20: no trained text is cut off at the length trained with."""
    limit = row.subject.max_length
    if row.subject.tokenizer is None or limit is None:
        return
    encoding = row.subject.encode(row.rendering.text)
    if len(encoding.ids) <= limit:
        return
    cut = encoding.offsets[limit][0]
    spans = row.rendering.spans or [(0, len(row.rendering.text))]
    if all(start >= cut for start, _ in spans):
        yield Flaw("cut to its length, the row has nothing left to train", None, cut)
    elif any(end > cut for _, end in spans):
        yield Flaw("trained text is cut off", None, cut)


def doubled_beginning(row: Rendered) -> Iterator[Flaw]:
    """C10: the tokenizer does not add the BOS that the template prints."""
    bos = row.subject.template.bos_token
    if row.subject.tokenizer is None or not bos or not row.rendering.text.startswith(bos):
        return
    ids = row.subject.engine.encode(bos, add_special_tokens=True).ids
    if len(ids) > 1 and ids[0] == ids[1]:
        yield Flaw("the tokenizer adds BOS to a text that begins with it", None, 0)
