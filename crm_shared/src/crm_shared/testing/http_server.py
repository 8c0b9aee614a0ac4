"""A small HTTP server for tests of outgoing calls: answers as it is told and remembers what it was asked.

with serving(Reply(503), Reply(201, {"id": 1})) as server: ServiceClient(server.url)...; server.requests
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Call:
    """A request as it arrived; `body` is parsed JSON, `raw` its bytes."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    raw: bytes = b""


@dataclass(frozen=True)
class Reply:
    """`raw` instead of JSON; `delay` seconds before the answer, `drip` seconds before each byte; `cut` hangs up instead."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    delay: float = 0.0
    drip: float = 0.0
    cut: bool = False

    @property
    def content(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return b"" if self.body is None else json.dumps(self.body).encode()


Script = Reply | Callable[[Call], Reply]


class Server:
    """`replies` go out one after the other, the last one again and again; a function is asked for its reply."""

    def __init__(self, *replies: Script) -> None:
        self.replies = list(replies)
        self.requests: list[Call] = []
        self.connections = 0
        self.url = ""

    def reply_to(self, call: Call) -> Reply:
        self.requests.append(call)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return reply if isinstance(reply, Reply) else reply(call)


@contextmanager
def serving(*replies: Script) -> Iterator[Server]:
    server = Server(*replies)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(server))
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_port}"
    threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()


def _handler_of(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            server.connections += 1
            super().setup()

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            call = Call(self.command, self.path, dict(self.headers), json.loads(body) if body else None, body)
            with suppress(OSError):  # a client that hung up is part of the test
                self._send(server.reply_to(call))

        def _send(self, reply: Reply) -> None:
            time.sleep(reply.delay)
            if reply.cut:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.content))}.items():
                self.send_header(name, value)
            self.end_headers()
            for byte in reply.content if reply.drip else ():
                time.sleep(reply.drip)
                self.wfile.write(bytes([byte]))
            if not reply.drip:
                self.wfile.write(reply.content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, *_args: Any) -> None:
            return

    return Handler
