"""Twenty conversations of every kind, and what they are rendered with."""

from __future__ import annotations

from typing import Any

THOUGHT = "<think>\n7 has no divisors.\n</think>\n\nYes."
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": 'Weather of a city, <b>now</b> & "later"',
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string", "enum": ["Zürich", "Oslo"]}},
                "required": ["city"],
            },
        },
    }
]


def system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **more}


CALL = assistant(
    "",
    tool_calls=[
        {
            "id": "call12345",
            "type": "function",
            "function": {"name": "get_weather", "arguments": {"city": "Zürich"}},
        }
    ],
)
RESULT = {"role": "tool", "name": "get_weather", "content": '{"c": 7}', "tool_call_id": "call12345"}

PLAIN = [user("Hi"), assistant("Hello!")]
MULTI = [
    system("Be brief."),
    user("Is 7 prime?"),
    assistant("Yes."),
    user("And 9?"),
    assistant("No."),
]
INLINE = [
    system("Be brief."),
    user("Is 7 prime?"),
    assistant(THOUGHT),
    user("And 9?"),
    assistant("<think>\n9 = 3*3.\n</think>\n\nNo."),
]

CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "plain": (PLAIN, {}),
    "plain prompt": (PLAIN[:1], {"add_generation_prompt": True}),
    "multi-turn": (MULTI, {}),
    "multi-turn prompt": (MULTI[:4], {"add_generation_prompt": True}),
    "inline reasoning": (INLINE, {}),
    "inline reasoning prompt": (
        INLINE[:4],
        {"add_generation_prompt": True, "enable_thinking": False},
    ),
    "reasoning_content": ([*MULTI[:4], assistant("No.", reasoning_content="9 = 3*3.")], {}),
    "reasoning": ([*PLAIN[:1], assistant("Hello!", reasoning="A greeting.")], {}),
    "thinking": (
        [*PLAIN[:1], assistant("Hello!", thinking="A greeting."), user("And?")],
        {"add_generation_prompt": True, "enable_thinking": True},
    ),
    "tools offered": (PLAIN, {"tools": TOOLS}),
    "tools used": ([user("Weather?"), CALL, RESULT, assistant("7 °C.")], {"tools": TOOLS}),
    "tools used with reasoning": (
        [
            system("Ask."),
            user("Weather?"),
            CALL | {"reasoning_content": "Look it up."},
            RESULT,
            assistant("7 °C.", reasoning_content="It says 7."),
        ],
        {"tools": TOOLS},
    ),
    "tool arguments as text": (
        [
            user("Weather?"),
            assistant(
                None,
                tool_calls=[{"function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}}],
            ),
            RESULT,
        ],
        {"tools": TOOLS, "add_generation_prompt": True},
    ),
    "parts": (
        [
            user(
                [
                    {"type": "text", "text": "Look: "},
                    {"type": "image"},
                    {"type": "text", "text": "?"},
                ]
            ),
            assistant([{"type": "text", "text": "A cat."}]),
        ],
        {},
    ),
    "empty contents": ([system(""), user(""), assistant("")], {}),
    "missing contents": ([user(None), assistant(None, reasoning_content="Nothing.")], {}),
    "same role twice": ([user("a"), user("b"), assistant("c"), assistant("d"), system("e")], {}),
    "syntax in data": (
        [
            user("{{ 7 * 7 }} {% set x = 1 %} {# no #} {% generation %}"),
            assistant("{{ messages }}"),
        ],
        {},
    ),
    "odd white space": (
        [user("  \r\n a\u0085b\u2028c \t"), assistant("\n\n<think>\n\n</think>\n\n  x \n\n")],
        {},
    ),
    "unknown role": (
        [{"role": "developer", "content": "x"}, {"role": "gpt", "content": "y", "weight": 1.5}],
        {"documents": [{"title": "T", "text": "é"}]},
    ),
}
