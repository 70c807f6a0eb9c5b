"""One conversation as the trainer sees it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from curate.chat_template.checks.case import Case
from curate.chat_template.checks.pieces import Piece, cut
from curate.chat_template.checks.subject import Subject
from curate.chat_template.marked import Span


class Token(NamedTuple):
    """One token: its id, the text it stands for, and whether any of that is trained."""

    id: int
    text: str
    is_trained: bool


@dataclass(frozen=True)
class Shown:
    """A rendering, cut into pieces and, where there is a tokenizer, into tokens."""

    template: str
    row: str
    pieces: tuple[Piece, ...]
    tokens: tuple[Token, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self) | {
            "pieces": [piece._asdict() for piece in self.pieces],
            "tokens": [token._asdict() for token in self.tokens],
        }


def show(subject: Subject, case: Case, *, with_tokens: bool = False) -> Shown:
    """Render a conversation. Raises TemplateError where the template refuses it."""
    rendering = subject.render(case)
    pieces = tuple(cut(subject, case, rendering))
    tokens = _tokens(subject, rendering.text, rendering.spans) if with_tokens else ()
    return Shown(str(subject.template.name), case.name, pieces, tokens)


def _tokens(subject: Subject, text: str, spans: list[Span]) -> tuple[Token, ...]:
    encoding = subject.encode(text)
    return tuple(
        Token(
            identity,
            text[start:end],
            any(start < last and end > first for first, last in spans),
        )
        for identity, (start, end) in zip(encoding.ids, encoding.offsets, strict=True)
    )
