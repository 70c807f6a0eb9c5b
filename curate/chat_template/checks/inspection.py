"""A template and its rows, held to all promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from curate.chat_template.checks.case import Case, PairCase
from curate.chat_template.checks.finding import Excerpt, Finding, Flaw, Severity
from curate.chat_template.checks.pairs import RenderedPair
from curate.chat_template.checks.probes import APART, CASES, ONE_APART, TOOLS
from curate.chat_template.checks.rows import Rendered
from curate.chat_template.checks.skeleton import Skeleton, parts, shape, skeleton
from curate.chat_template.checks.source import has_transformers
from curate.chat_template.checks.subject import Subject
from curate.chat_template.checks.table import CHECKS, Check
from curate.chat_template.renderer import Rendering
from curate.errors import TemplateError

SHAPES = 4096
"""Shapes remembered at a time; rows with tool calls have one each."""

_ORDER: Mapping[Severity, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Verdict:
    """What came of all checks."""

    findings: tuple[Finding, ...]
    """Errors first, then in the order of the checks."""
    rows: int
    """Rows seen by the checks that take one rendering."""
    sampled: int
    """Rows seen by the others."""
    skipped: Mapping[str, str]
    """Checks that could not be made, and why."""

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(one for one in self.findings if one.severity == severity)


@dataclass(frozen=True)
class _Shape:
    """What is known of all rows of a shape; without a skeleton where the template refuses signs for texts."""

    skeleton: Skeleton | None
    flaws: tuple[tuple[Check, Flaw], ...]


_Key = tuple[str, str, Severity]
"""A check, what it found, and how bad that is."""


@dataclass
class Inspection:
    """Holds a template to its promises: alone, then on rows as they pass."""

    subject: Subject
    _found: dict[_Key, Finding] = field(default_factory=dict[_Key, Finding], init=False)
    """Each with the first row it was found in."""
    _counts: Counter[_Key] = field(default_factory=Counter[_Key], init=False)
    _last: dict[_Key, int] = field(default_factory=dict[_Key, int], init=False)
    _looks: int = field(default=0, init=False)
    _shapes: dict[Hashable, _Shape] = field(default_factory=dict[Hashable, _Shape], init=False)
    _rows: int = field(default=0, init=False)
    _sampled: int = field(default=0, init=False)

    def template(self) -> None:
        """Check the template alone, and on conversations of every kind."""
        for check in CHECKS:
            if check.template is not None:
                for flaw in check.template(self.subject):
                    self._tell(check, flaw, "the template")
        for case in CASES:
            if not _is_passed_over(self.subject, case) and not self.subject.refuses(case):
                self._looks += 1
                self._look(case)
                self._look_closer(case)

    def row(self, case: Case | PairCase) -> None:
        """Check a row by one rendering of it, of a preference row one of each side."""
        self._rows += 1
        self._looks += 1
        if isinstance(case, PairCase):
            self._look_at_pair(case, is_sampled=False)
        else:
            self._look(case)

    def sample(self, case: Case | PairCase) -> None:
        """Check what takes more renderings of a row, or its tokens."""
        self._sampled += 1
        self._looks += 1
        if isinstance(case, PairCase):
            self._look_at_pair(case, is_sampled=True)
        else:
            self._look_closer(case)

    def seen(self) -> tuple[int, tuple[Finding, ...]]:
        """How many rows were checked, and what was found, in the order it was first found."""
        found = self._found.items()
        return self._rows, tuple(replace(one, rows=self._counts[key]) for key, one in found)

    def add(self, rows: int, findings: Iterable[Finding]) -> None:
        """Take in what another inspection of the same template has `seen` of further rows."""
        self._rows += rows
        for one in findings:
            key = one.check, one.what, one.severity
            self._found.setdefault(key, one)
            self._counts[key] += one.rows

    def verdict(self) -> Verdict:
        """What came of it all."""
        _, findings = self.seen()
        found = sorted(findings, key=lambda one: (_ORDER[one.severity], one.check, one.what))
        return Verdict(tuple(found), self._rows, self._sampled, _skipped(self.subject))

    def _look(self, case: Case) -> Rendered | None:
        """The checks that take one rendering."""
        rendering = self._render(case)
        if rendering is None:
            return None
        known = self._shape(case)
        rendered = Rendered(self.subject, case, rendering, known.skeleton)
        if known.flaws and known.skeleton is not None:
            shifts = known.skeleton.shifts(parts(case.turns))
            for check, flaw in known.flaws:
                at = flaw.offset
                moved = None if at is None else known.skeleton.shifted(at, shifts)
                self._tell(check, flaw._replace(offset=moved), case.name, rendering.text)
        for check in CHECKS:
            if check.row is not None:
                self._tell_all(check, check.row(rendered), rendered)
        return rendered

    def _look_closer(self, case: Case) -> Rendered | None:
        """The checks that take more."""
        rendering = self._render(case)
        if rendering is None:
            return None
        rendered = Rendered(self.subject, case, rendering)
        for check in CHECKS:
            if check.sample is not None:
                self._tell_all(check, check.sample(rendered), rendered)
        return rendered

    def _look_at_pair(self, case: PairCase, *, is_sampled: bool) -> None:
        look_at = self._look_closer if is_sampled else self._look
        chosen, rejected = look_at(case.chosen), look_at(case.rejected)
        if chosen is None or rejected is None:
            return
        seen = RenderedPair(self.subject, case, chosen.rendering, rejected.rendering)
        for check in CHECKS:
            look = check.sampled_pair if is_sampled else check.pair
            if look is not None:
                self._tell_all(check, look(seen), chosen)

    def _render(self, case: Case) -> Rendering | None:
        try:
            return self.subject.render(case)
        except TemplateError as error:
            (refusals,) = (check for check in CHECKS if check.id == "C24")
            why = error.problems[0].what
            self._tell(refusals, Flaw(f"it refuses a row: {why}", None, None, "error"), case.name)
            return None

    def _shape(self, case: Case) -> _Shape:
        key = shape(case)
        known = self._shapes.get(key)
        if known is None:
            if len(self._shapes) == SHAPES:
                self._shapes.clear()
            known = self._shapes[key] = self._learn(case)
        return known

    def _learn(self, case: Case) -> _Shape:
        try:
            bare = skeleton(self.subject, case)
        except TemplateError:
            return _Shape(None, ())
        flaws = [
            (check, flaw)
            for check in CHECKS
            if check.shape is not None
            for flaw in check.shape(bare.view)
        ]
        return _Shape(bare, tuple(flaws))

    def _tell_all(self, check: Check, flaws: Iterable[Flaw], of: Rendered) -> None:
        for flaw in flaws:
            self._tell(check, flaw, of.case.name, of.rendering.text)

    def _tell(self, check: Check, flaw: Flaw, name: str, text: str = "") -> None:
        severity = flaw.severity or check.severity
        key = check.id, flaw.what, severity
        # A row counts once, however many turns of it are so.
        self._counts[key] += self._last.get(key) != self._looks
        self._last[key] = self._looks
        if key not in self._found:
            place = flaw.message, flaw.offset
            excerpt = None if flaw.offset is None else Excerpt.at(text, flaw.offset)
            self._found[key] = Finding(
                check.id, severity, flaw.what, check.repair, 1, name, *place, excerpt
            )


def _is_passed_over(subject: Subject, case: Case) -> bool:
    """Whether a template that never heard of what is special about a conversation is tried on it."""
    return (case is TOOLS and not subject.reads_tool_calls) or (
        case in (APART, ONE_APART) and not subject.reads_reasoning
    )


def _skipped(subject: Subject) -> dict[str, str]:
    """The checks that say nothing, and why."""
    missing: dict[str, str] = {}
    if not (subject.compares and has_transformers()):
        missing["C03"] = "no transformers"
    if subject.form is None:
        missing["C04"] = "in part: nobody knows how to read this layout back"
    if subject.tokenizer is None:
        missing |= dict.fromkeys(("C17", "C18", "C19"), "no tokenizer")
    if subject.tokenizer is None or subject.max_length is None:
        missing["C20"] = "no tokenizer or no max_length"
    if subject.against is None:
        missing["C23"] = "no other template"
    return missing
