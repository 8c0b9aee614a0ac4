"""What the server reads by itself gunicorn's parser would read alike, to the byte; all else it leaves to that parser."""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from gunicorn.asgi.parser import PythonProtocol

from gateway.server.head import Head, Limits, parsed, read

LIMITS = Limits(line=200, field=400, fields=12)
SEEDS = [
    b"GET /gateway/clientes?a=%2F&b HTTP/1.1\r\nHost: crm\r\nAuthorization: Bearer a.b.c\r\nAccept: */*\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: crm\r\nContent-Length: 5\r\nContent-Type: application/json\r\nConnection: close\r\n\r\nhello",
    b'DELETE /a/b HTTP/1.1\r\nhost:crm\r\nIf-Match: \t"v7" \r\nX-Any: jos\xc3\xa9\r\nConnection: Keep-Alive\r\n\r\nGET / HTTP/1.1\r\n\r\n',
    b"CONNECT /gateway/clientes HTTP/1.1\r\nHost: crm\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
]
# What stands at a place where readers of HTTP have disagreed.
PIECES = [
    *(bytes([byte]) for byte in b'\r\n\0\x01\x0b\x7f\x80\xff \t:;,_-+#"(/09aZ'),
    *(b"\r\n", b"\n\n", b"\r\r\n", b"\r\n\r\n", b"\r\n ", b" :", b"::", b"HTTP/1.0", b"HTTP/1.2", b"0x", b"*", b"http://a/", b"get"),
    *(b"Content-Length: 5\r\n", b"Content-Length: 7\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: b\r\n", b"Content_Length: 5\r\n"),
    *(
        b"Connection: close\r\n",
        b"Connection: x\r\n",
        b"Upgrade: h2c\r\n",
        b"Expect: 100-continue\r\n",
        b"A" * 150,
        b"B: c\r\n" * 12,
        b"9" * 30,
    ),
]


def by_gunicorn(data: bytes) -> tuple[Head, int]:
    found: list[Head] = []
    parser = PythonProtocol(
        on_headers_complete=lambda: found.append(parsed(parser)) or True,
        limit_request_line=LIMITS.line,
        limit_request_fields=LIMITS.fields,
        limit_request_field_size=LIMITS.field,
    )
    parser.feed(data)
    (head,) = found
    return replace(head, fields=tuple(head.fields)), len(data) - len(parser.remaining())


def mutants(seed: bytes, number: int) -> Iterator[bytes]:
    dice = random.Random(len(seed))
    for _ in range(number):
        data = seed
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(data) + 1)
            data = data[:at] + dice.choice([*PIECES, b""]) + data[at + dice.choice((0, 0, 1, 2, 9)) :]
        yield data


@pytest.mark.parametrize("seed", SEEDS)
def test_plain_heads_are_read_at_once_and_alike(seed: bytes) -> None:
    assert read(seed, LIMITS) == by_gunicorn(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_change_of_a_head_is_read_in_another_way(seed: bytes) -> None:
    taken = 0
    for data in mutants(seed, 4000):
        if (found := read(data, LIMITS)) is not None:
            taken += 1
            assert found == by_gunicorn(data), data
    assert taken > 100  # of mutants too some are plain: else nothing was compared


@pytest.mark.parametrize(
    "data",
    [
        SEEDS[0][:-1],
        b"\r\n" + SEEDS[0],
        b"GET /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /x HTTP/1.1\r\nExpect: 100-continue\r\n\r\n",
        b"GET /x HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
        b"GET /x HTTP/1.1\r\nConnection: close, upgrade\r\n\r\n",
        b"GET /x HTTP/1.1\r\nContent_Length: 5\r\n\r\n",
        b"GET /x HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
        b"GET /x HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n",
        b"GET /x HTTP/1.1\r\nContent-Length: " + b"9" * 16 + b"\r\n\r\n",
        b"GET /x HTTP/1.1\r\nX: 1\r\n 2\r\n\r\n",
        b"GET /x HTTP/1.1\nX: 1\n\n\r\n\r\n",
        b"GET /x HTTP/1.1\r\nX: a\0b\r\n\r\n",
        b"GET /x HTTP/1.0\r\n\r\n",
        b"GET http://crm/x HTTP/1.1\r\n\r\n",
        b"GET /" + b"x" * 200 + b" HTTP/1.1\r\n\r\n",
        b"GET /x HTTP/1.1\r\n" + b"X: 1\r\n" * 13 + b"\r\n",
    ],
)
def test_what_is_rare_or_wrong_is_left_to_gunicorn(data: bytes) -> None:
    assert read(data, LIMITS) is None
