"""A client that sends exactly the bytes it is given."""

import http.client
import io
import json
import socket
from collections.abc import Iterable
from typing import Any


class Reader(io.BufferedReader):
    """One reader for a whole connection: each answer would otherwise take bytes of the next one with it."""

    def makefile(self, _mode: str) -> "Reader":
        return self

    def close(self) -> None:
        """Not at the end of each answer; the socket's end is its own."""


class Answer:
    """A whole answer; raises http.client.IncompleteRead when it was cut."""

    def __init__(self, reader: Reader, method: str) -> None:
        response = http.client.HTTPResponse(reader, method=method)  # type: ignore[arg-type]
        response.begin()
        self.status = response.status
        self.fields = [(name.lower(), value) for name, value in response.getheaders()]
        self.body = response.read()
        self.will_close = response.will_close
        response.close()

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def codigo(self) -> str:
        assert self.values("content-type") == ["application/problem+json"], self.body[:200]
        document = self.json()
        assert document["status"] == self.status
        assert len(document["rastro"]) == 32
        assert document["title"]
        assert document["detail"]
        return document["codigo"]


class Wire:
    """One connection to the gateway."""

    def __init__(self, port: int, token: str = "", timeout: float = 30) -> None:
        self.host, self.token = f"127.0.0.1:{port}", token
        self.sock = socket.create_connection(("127.0.0.1", port), timeout)
        self.reader = Reader(socket.SocketIO(self.sock, "rb"))

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_error: object) -> None:
        self.sock.close()

    def head(
        self, method: str, target: str | bytes, fields: Iterable[tuple[str, str]] = (), *, token: str | None = None, host: str | None = None
    ) -> bytes:
        token = self.token if token is None else token
        lines = [f"Host: {host or self.host}"]
        lines += [f"Authorization: Bearer {token}"] if token else []
        lines += [f"{name}: {value}" for name, value in fields]
        raw = target if isinstance(target, bytes) else target.encode("latin-1")
        return method.encode() + b" " + raw + b" HTTP/1.1\r\n" + "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def answer(self, method: str = "GET") -> Answer:
        return Answer(self.reader, method)

    def ask(
        self, method: str, target: str | bytes, fields: Iterable[tuple[str, str]] = (), body: bytes | None = None, **options: Any
    ) -> Answer:
        fields = [*fields, *([("Content-Length", str(len(body)))] if body is not None else [])]
        self.send(self.head(method, target, fields, **options) + (body or b""))
        return self.answer(method)

    def rest(self) -> bytes:
        """Everything until the gateway closes."""
        return self.reader.read()
