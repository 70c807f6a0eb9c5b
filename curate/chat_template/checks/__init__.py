"""What a chat template promises, and whether it keeps that on given rows."""

from curate.chat_template.checks.finding import Excerpt, Finding, Severity
from curate.chat_template.checks.inspection import Inspection, Verdict
from curate.chat_template.checks.subject import Subject
from curate.chat_template.checks.table import CHECKS, Check

__all__ = [
    "CHECKS",
    "Check",
    "Excerpt",
    "Finding",
    "Inspection",
    "Severity",
    "Subject",
    "Verdict",
]
