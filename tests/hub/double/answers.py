"""What the double is asked, and what it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Request:
    """A request, its path still quoted; `here` is the address it was sent to."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    here: str

    @property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object."""
        return json.loads(self.body or b"{}")

    def asks(self, name: str) -> bool:
        """Whether a query parameter is on."""
        return self.query.get(name, [""])[0].lower() in {"1", "true"}

    @property
    def bearer(self) -> str | None:
        """The token sent along."""
        said = self.headers.get("authorization", "")
        return said.removeprefix("Bearer ") or None


@dataclass
class Answer:
    """A status, headers, and a body: bytes, or a stretch of a file."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    file: Path | None = None
    start: int = 0
    length: int = 0

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return self.length if self.file else len(self.body)


class Refused(Exception):  # noqa: N818 (it is an answer)
    """An answer that ends the work on a request."""

    def __init__(self, status: int, message: str, code: str = "", **headers: str) -> None:
        super().__init__(message)
        told = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = as_json({"error": message}, status, told)


def as_json(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """An answer in JSON."""
    told = {"Content-Type": "application/json"} | (headers or {})
    return Answer(status, told, json.dumps(data).encode())


def stretch(request: Request, size: int) -> tuple[int, int, int]:
    """Status, start and length of what a `Range` header asks for. Refuses one beyond the end."""
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if asked is None or asked.groups() == ("", ""):
        return 200, 0, size
    first, last = asked.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1, size) if first and last else size
    if start >= end:
        raise Refused(416, "Requested range not satisfiable", Content_Range=f"bytes */{size}")
    return 206, start, end - start
