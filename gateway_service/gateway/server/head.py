"""The head of a request: read here when it is of the plain kind that most are, and by gunicorn's parser when it is not.

What is read here gunicorn's parser would read alike (a test compares them), at ten times the cost.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

Fields = Sequence[tuple[bytes, bytes]]

_REQUEST_LINE = re.compile(rb"([A-Z]{3,20}) (/[\x21-\x7e]*) HTTP/1\.1")
_NAME = re.compile(rb"[A-Za-z0-9-]+")
_PLAIN = bytes([0x09, 0x0A, 0x0D, *range(0x20, 0x7F), *range(0x80, 0x100)])
_LENGTH_DIGITS = 15
_LONGEST_REMEMBERED = 4096  # bytes of all fields together
# One of each, or the message is ambiguous; the last three change how the rest is to be read.
_SINGLE = frozenset((b"host", b"content-type", b"content-length", b"connection"))
_RARE = frozenset((b"transfer-encoding", b"expect", b"upgrade"))
_END = b"\r\n\r\n"


@dataclass(slots=True)
class Head:
    """`fields` with lower-case names; a tuple when they are short, and so worth remembering.

    `length` of the body in bytes; None when it comes in chunks.
    """

    method: str
    target: bytes
    fields: Fields
    length: int | None = 0
    keep_alive: bool = True
    version: str = "1.1"
    expects_continue: bool = False
    websocket: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of the request line, of a field's line, and number of fields."""

    line: int
    field: int
    fields: int


def read(data: bytes, limits: Limits) -> tuple[Head, int] | None:
    """The head with which `data` begins and where it ends; None for what is not all there, is rare, or is wrong."""
    end = data.find(_END, 0, limits.line + limits.field)
    if end < 0:
        return None
    line, _, text = data[:end].partition(b"\r\n")
    first = _REQUEST_LINE.fullmatch(line)
    if first is None or len(line) > limits.line or end - len(line) > limits.field:
        return None
    short = len(text) <= _LONGEST_REMEMBERED
    found = _fields(text) if short else _fields.__wrapped__(text)
    if found is None or len(found.fields) > limits.fields:
        return None
    method, target = first.groups()
    return Head(
        method.decode("ascii"),
        target,
        found.fields if short else list(found.fields),
        found.length,
        found.keep_alive and method != b"CONNECT",
    ), end + len(_END)


class _Fields(NamedTuple):
    fields: Fields
    length: int
    keep_alive: bool


# A client sends the same fields with each request. The tuple is the same one again: what is read out of it can be remembered by it.
@lru_cache(maxsize=512)
def _fields(text: bytes) -> _Fields | None:
    """None when they are not plain."""
    lines = text.split(b"\r\n") if text else []
    breaks = max(len(lines) - 1, 0)
    if text.count(b"\r") != breaks or text.count(b"\n") != breaks or text.translate(None, _PLAIN):
        return None
    fields: list[tuple[bytes, bytes]] = []
    single: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        lowered = _lowered(name)
        if not lowered or not colon or lowered in single:
            return None
        value = value.strip(b" \t")
        if lowered in _SINGLE:
            single[lowered] = value
        fields.append((lowered, value))
    length, connection = single.get(b"content-length", b"0"), single.get(b"connection", b"keep-alive").lower()
    if not length.isdigit() or len(length) > _LENGTH_DIGITS or connection not in (b"keep-alive", b"close"):
        return None
    return _Fields(tuple(fields), int(length), connection != b"close")


# Clients send the same few names again and again. Names with an underscore, which some readers take for a hyphen, are not plain.
@lru_cache(maxsize=512)
def _lowered(name: bytes) -> bytes:
    """Empty for a name that is not plain."""
    lowered = name.lower()
    return b"" if lowered in _RARE or not _NAME.fullmatch(name) else lowered


def parsed(parser: Any) -> Head:
    """What gunicorn's parser has read. Names with an underscore are left out, as gunicorn does (`header_map`)."""
    fields = [(name, value) for name, value in parser.headers if b"_" not in name]
    told = {name: value.lower() for name, value in fields}
    version = "{}.{}".format(*parser.http_version)
    method = parser.method.decode("ascii")
    return Head(
        method,
        parser.path,
        fields,
        None if parser.is_chunked else parser.content_length or 0,
        parser.should_keep_alive and method != "CONNECT",
        version,
        told.get(b"expect") == b"100-continue" and version != "1.0",
        method == "GET" and told.get(b"upgrade") == b"websocket" and b"upgrade" in told.get(b"connection", b""),
    )
