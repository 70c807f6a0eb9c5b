"""Conversations every template is tried on."""

from __future__ import annotations

import json

from curate import thinking
from curate.chat_template.checks.case import Case, Turn

_SYSTEM = Turn("system", "Be brief.")
_FIRST = Turn("user", "Is 7 prime?")
_YES = Turn("assistant", "Yes.")
_SECOND = Turn("user", "And 9?")
_NO = Turn("assistant", "No.")
_INLINE = (f"{thinking.OPEN}\n", f"\n{thinking.CLOSE}\n\n", "")
_WHY = "7 has no divisors but 1 and 7."
_WHY_NOT = "9 is 3 times 3."

PLAIN = Case("plain", (_FIRST, _YES))
SYSTEM = Case("with a system text", (_SYSTEM, _FIRST, _YES))
TURNS = Case("several turns", (_SYSTEM, _FIRST, _YES, _SECOND, _NO))
BARE_TURNS = Case("several turns, no system text", (_FIRST, _YES, _SECOND, _NO))
INLINE = Case(
    "reasoning in the content",
    (
        _SYSTEM,
        _FIRST,
        _YES._replace(reasoning=_WHY, markers=_INLINE),
        _SECOND,
        _NO._replace(reasoning=_WHY_NOT, markers=_INLINE),
    ),
)
APART = Case(
    "reasoning in a field",
    (_SYSTEM, _FIRST, _YES._replace(reasoning=_WHY), _SECOND, _NO._replace(reasoning=_WHY_NOT)),
)
ONE_INLINE = Case("reasoning in the content of one answer", INLINE.turns[:3])
ONE_APART = Case("reasoning in a field of one answer", APART.turns[:3])
_CALL = {
    "tool_calls": [
        {
            "id": "call12345",
            "type": "function",
            "function": {"name": "get_weather", "arguments": {"city": "Oslo"}},
        }
    ]
}
_ANSWERED = {"tool_call_id": "call12345", "name": "get_weather"}
TOOLS = Case(
    "tool calls",
    (
        Turn("user", "Is it cold in Oslo?"),
        Turn("assistant", "", more=_CALL),
        Turn("tool", "7 degrees.", more=_ANSWERED),
        Turn("assistant", "A little."),
    ),
    json.dumps(
        [
            {
                "type": "function",
                "function": {
                    "name": "get_weather",
                    "description": "Weather of a city",
                    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
                },
            }
        ]
    ),
)

CASES: tuple[Case, ...] = (
    PLAIN,
    SYSTEM,
    TURNS,
    BARE_TURNS,
    ONE_INLINE,
    INLINE,
    ONE_APART,
    APART,
    TOOLS,
)

ODD: tuple[Case, ...] = (
    Case("a developer turn", (Turn("developer", "Be brief."), _FIRST, _YES)),
    Case("a tool turn", TOOLS.turns, TOOLS.tools),
    Case("an answer without content", (_FIRST, Turn("assistant", None, more=_CALL))),
    Case("two turns of one role", (_FIRST, _SECOND, _YES)),
    Case("an answer first", (_YES, _SECOND, _NO)),
    Case("a system turn in the middle", (_FIRST, _YES, _SYSTEM, _SECOND, _NO)),
)
"""Shapes a template may well refuse; it is told which."""
