"""The head of an answer, and what its body is framed by."""

from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time

from gateway.server.head import Head

_TOLD = frozenset((b"content-length", b"transfer-encoding", b"date", b"connection"))
_NO_BODY = (204, 304)


class AnswerHead:
    """`data` as it goes out. `left`: bytes that the body must have, or None without such a number; `chunked`: it is framed by chunks."""

    __slots__ = ("chunked", "data", "left", "no_body")

    def __init__(self, asked: Head, status: int, fields: Iterable[tuple[bytes, bytes]], *, close: bool) -> None:
        """Raises ValueError for fields that would be none, or more, on the wire."""
        self.no_body = asked.method == "HEAD" or status in _NO_BODY or status < 200
        self.left: int | None = None
        parts, dated = [_status_line(status)], False
        for name, value in fields:
            lowered = name.lower()
            if lowered in _TOLD:
                if lowered == b"date":
                    dated = True
                elif lowered == b"content-length" and status != 204:
                    self.left = 0 if self.no_body else int(value)
                else:  # how the connection goes on and what frames a body is decided here
                    continue
            parts += (name, b": ", value, b"\r\n")
        self.chunked = self.left is None and not self.no_body and asked.version != "1.0"
        breaks = len(parts) // 4 + 1
        head = b"".join(parts)
        if head.count(b"\n") != breaks or head.count(b"\r") != breaks or b"\0" in head:
            raise ValueError("a field that is no field")
        self.data = head + _ending(self.chunked, close, None if dated else int(time()))


@lru_cache(maxsize=128)
def _status_line(status: int) -> bytes:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Unknown"
    return f"HTTP/1.1 {status} {reason}\r\n".encode("ascii")


@lru_cache(maxsize=8)
def _ending(chunked: bool, close: bool, second: int | None) -> bytes:
    """The fields that are the server's own, and the end of the head."""
    lines = ["transfer-encoding: chunked"] * chunked + ["connection: close"] * close
    lines += [] if second is None else [f"date: {formatdate(second, usegmt=True)}"]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii")


def framed(piece: bytes, *, last: bool) -> bytes:
    """`piece` as a chunk, with the end of the body after the last one."""
    chunk = b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""
    return chunk + b"0\r\n\r\n" if last else chunk


def refusal(status: int, told: str) -> bytes:
    """The whole answer to what was no request, or was not answered by the application."""
    body = told.encode()
    head = _status_line(status) + b"content-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
    return head + body
