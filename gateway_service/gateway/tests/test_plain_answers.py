"""What is read of an answer at a glance llhttp would read alike, to the byte, however it is cut; all else is left to llhttp."""

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.upstream import connection, plain
from gateway.upstream.connection import Connection

SEEDS = [
    b"HTTP/1.1 200 OK\r\nServer: gunicorn\r\nContent-Type: application/json\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
    b'HTTP/1.1 404 Not Found\r\nETag: "a\xc3\xa9"\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\nX-Empty:\r\n\r\n',
    b"HTTP/1.1 201 Created\r\ncontent-length:12\r\nLocation: /clientes/1\r\n\r\n0123456789ab",
    b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
]
# What stands at a place where readers of HTTP have disagreed.
PIECES = [
    *(bytes([byte]) for byte in b"\r\n\0\x01\x7f\x80\xff \t:;,_-+(/09aZ"),
    *(b"\r\n", b"\n\n", b"\r\r\n", b"\r\n\r\n", b"\r\n ", b" :", b"::", b"HTTP/1.0", b"HTTP/1.2", b"0x", b"100", b"304", b"299", b"600"),
    *(b"Content-Length: 5\r\n", b"Content-Length: 7\r\n", b"Transfer-Encoding: chunked\r\n", b"Trailer: x\r\n", b"Upgrade: h2c\r\n"),
    *(b"Connection: close\r\n", b"Connection: x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"9" * 30, b"A" * 300),
]


class Transport(asyncio.Transport):
    """What is written to nobody."""

    closed = False

    def write(self, data: Any) -> None:
        """Lost."""

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is no buffer."""


def read(data: bytes, cuts: list[int]) -> tuple[Any, ...]:
    """What came of the answer `data`, which arrives in so many parts: all that a reader could tell, and whether the connection stays."""

    async def scene() -> tuple[Any, ...]:
        stays: list[bool] = []
        transport, service = Transport(), Connection(lambda _, reusable: stays.append(reusable))
        service.connection_made(transport)
        exchange = service.begin("GET", b"", more=False)
        for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
            if not transport.closed and (start < end):
                service.data_received(data[start:end])
        return exchange.begun, exchange.status, exchange.fields, exchange.take(), exchange.complete, stays, transport.closed

    return asyncio.run(scene())


def by_llhttp(data: bytes, cuts: list[int], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, ...]:
    with monkeypatch.context() as patch:
        patch.setattr(connection.plain, "read", lambda _data: None)
        return read(data, cuts)


def mutants(seed: bytes, number: int) -> Iterator[tuple[bytes, list[int]]]:
    dice = random.Random(len(seed))
    for _ in range(number):
        data = seed
        for _ in range(dice.randint(0, 2)):
            at = dice.randrange(len(data) + 1)
            data = data[:at] + dice.choice([*PIECES, b""]) + data[at + dice.choice((0, 0, 1, 2, 9)) :]
        yield data, sorted(dice.randrange(len(data) + 1) for _ in range(dice.choice((0, 0, 1, 2))))


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_plain_answers_are_read_at_a_glance_and_alike(seed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert plain.read(seed) is not None
    assert read(seed, []) == by_llhttp(seed, [], monkeypatch)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_change_of_an_answer_is_read_in_another_way(seed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0
    for data, cuts in mutants(seed, 1500):
        taken += plain.read(data[: cuts[0]] if cuts else data) is not None
        assert read(data, cuts) == by_llhttp(data, cuts, monkeypatch), (data, cuts)
    assert taken > 100 or seed is SEEDS[3]  # else nothing was compared


@pytest.mark.parametrize(
    "data",
    [
        SEEDS[0][:40],
        SEEDS[0] + b"x",
        SEEDS[3],
        b"HTTP/1.1 100 Continue\r\n\r\n" + SEEDS[0],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: 1\r\n 2\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: a\0b\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
    ],
)
def test_what_is_rare_or_wrong_is_left_to_llhttp(data: bytes) -> None:
    assert plain.read(data) is None
