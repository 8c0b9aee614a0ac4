"""Reading an answer at a glance: most come whole in one read, with fields that were seen many times before.

Whatever is not plain is left to llhttp, and with it all that is wrong: so there is no second opinion on what is refused.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from gateway.upstream.exchange import Fields

_LONGEST_HEAD, _LONGEST_REMEMBERED = 16 * 1024, 256  # bytes; the second of a line
_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([2-5][0-9]{2}) [\x20-\x7e]*")
_FIELD = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\x21-\x7e\x80-\xff]?|[\x21-\x7e\x80-\xff][\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])"
)
_LENGTH = re.compile(rb"[0-9]{1,15}")
_BODILESS = (204, 304)
# They change how the rest is to be read, or what becomes of the connection.
_RARE = frozenset((b"connection", b"transfer-encoding", b"upgrade", b"trailer"))
_STAYS = (b"connection", b"keep-alive")


class Head(NamedTuple):
    """`fields` with lower-case names; `length` of the body, which begins at `end`, in bytes."""

    status: int
    fields: Fields
    length: int
    end: int


def read(data: bytes) -> Head | None:
    """The head with which `data` begins, when a body of known length follows, of which no more than that is there, and the
    connection stays after it. None for anything else. Not for answers to a HEAD.
    """
    end = data.find(b"\r\n\r\n", 0, _LONGEST_HEAD)
    if end < 0:
        return None
    first, *lines = data[:end].split(b"\r\n")
    status = _status(first)
    fields: Fields = []
    length = b""
    for line in lines:
        field = _field(line) if len(line) <= _LONGEST_REMEMBERED else _field.__wrapped__(line)
        if field is None or (length and field[0] == b"content-length"):
            return None
        if field[0] == b"content-length":
            length = field[1]
        fields.append(field)
    if not status or not _LENGTH.fullmatch(length) or end + 4 + int(length) < len(data):
        return None
    return Head(status, fields, int(length), end + 4)


@lru_cache(maxsize=64)
def _status(line: bytes) -> int:
    """0 for a line that is not plain, and for answers that have no body."""
    found = _STATUS_LINE.fullmatch(line)
    return 0 if found is None or int(found[1]) in _BODILESS else int(found[1])


@lru_cache(maxsize=1024)
def _field(line: bytes) -> tuple[bytes, bytes] | None:
    found = _FIELD.fullmatch(line)
    if found is None:
        return None
    name, value = found[1].lower(), found[2]
    return None if name in _RARE and (name, value.lower()) != _STAYS else (name, value)
