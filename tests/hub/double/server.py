"""HTTP in front of the double."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from double.answers import Answer, Refused, Request
from double.faults import Seen
from double.routes import answer

if TYPE_CHECKING:
    from double.hub import Double

PIECE = 64 * 1024


class Server(ThreadingHTTPServer):
    """Serves one double."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, double: Double, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.double = double

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep still about clients that hang up."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        double = self.server.double
        split = urlsplit(self.path)
        request = Request(
            self.command,
            split.path,
            parse_qs(split.query, keep_blank_values=True),
            {name.lower(): value for name, value in self.headers.items()},
            self._body(),
            f"http://{self.headers['Host']}",
        )
        account = double.accounts.get(request.bearer or "")
        seen = Seen(
            self.command,
            self.path,
            account and account.user,
            request.bearer is not None,
            request.headers.get("range"),
            len(request.body),
        )
        double.log.append(seen)
        fault = double.faults.meet(self.command, self.path)
        if fault is not None and fault.before is not None:
            fault.before()
        if fault is not None and fault.delay:
            time.sleep(fault.delay)
        told = None
        if fault is None or fault.applied or not (fault.reset or fault.status):
            try:
                told = answer(double, request)
            except Refused as refused:
                told = refused.answer
        if fault is not None and fault.status:
            told = Answer(fault.status, dict(fault.headers), fault.body)
        if told is None or (fault is not None and fault.reset):
            self._hang_up()
            return
        self._send(told, seen)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 (names http.server looks for)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces: list[bytes] = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _send(self, told: Answer, seen: Seen) -> None:
        seen.status = told.status
        self.send_response(told.status)
        for name, value in told.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(told.size))
        self.end_headers()
        if self.command == "HEAD":
            return
        if told.file is None:
            self.wfile.write(told.body)
            seen.sent += len(told.body)
            return
        with told.file.open("rb") as content:
            content.seek(told.start)
            left = told.length
            while left and (piece := content.read(min(PIECE, left))):
                self.wfile.write(piece)
                seen.sent += len(piece)
                left -= len(piece)

    def _hang_up(self) -> None:
        """Reset the connection, as a broken network does."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (named so above)
        """The double keeps its own log."""
