"""The server by itself, under applications and clients that the gateway's own tests do not have: one loop, real sockets."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import inf
from types import SimpleNamespace
from typing import Any

import pytest
import uvloop

from gateway.server import connection as connections
from gateway.server.connection import Connection
from gateway.server.head import Limits
from gateway.tests.conftest import PROJECT

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
GET = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
START = {"type": "http.response.start", "status": 200, "headers": []}
LENGTH_5 = {**START, "headers": [(b"content-length", b"5")]}


def body(data: bytes = b"", *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def sending(*messages: dict[str, Any]) -> Application:
    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    return application


async def hello(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send(LENGTH_5)
    await send(body(b"hello"))


class Stage:
    """A worker as the connections see it, and the errors that it was told of."""

    limits = Limits(line=200, field=400, fields=12)
    keep_alive, head_timeout, client_timeout = 75.0, 10.0, 60.0

    def __init__(self, asgi: Application) -> None:
        self.asgi, self.loop, self.alive = asgi, asyncio.get_running_loop(), True
        self.open: list[Connection] = []
        self.errors: list[str] = []
        self.log = SimpleNamespace(exception=lambda text, *_: self.errors.append(text))

    def opened(self, connection: Connection) -> None:
        self.open.append(connection)

    def closed(self, connection: Connection) -> None:
        self.open.remove(connection)

    def count(self) -> None:
        """Nothing rests on the number."""

    def takes_more(self) -> bool:
        return self.alive


class Client:
    def __init__(self, stage: Stage, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.stage, self.reader, self.writer = stage, reader, writer

    @property
    def connection(self) -> Connection:
        return self.stage.open[0]

    async def rest(self, data: bytes = b"") -> bytes:
        """Everything until the server closes."""
        self.writer.write(data)
        return await self.reader.read()

    async def answer(self, data: bytes) -> bytes:
        self.writer.write(data)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return head + await self.reader.readexactly(int(length or 0))


def play(application: Application, scene: Callable[[Client], Awaitable[None]]) -> Stage:
    """The errors that the server logged stand in what is returned."""

    async def run() -> Stage:
        stage = Stage(application)
        server = await stage.loop.create_server(lambda: Connection(stage), "127.0.0.1", 0)  # type: ignore[arg-type]
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname(), limit=1 << 22)
        try:
            await asyncio.wait_for(scene(Client(stage, reader, writer)), 10)
        finally:
            writer.close()
            server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        return stage

    loop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(run())
    finally:
        loop.close()


def answered(application: Application, request: bytes) -> bytes:
    """All that is sent until the connection ends; the client says at once that it ends it."""
    found: list[bytes] = []

    async def scene(client: Client) -> None:
        found.append(await client.rest(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)))

    play(application, scene)
    return found[0]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ((LENGTH_5, body(b"hello")), b"hello"),
        ((LENGTH_5, body(b"he", more=True), body(b"llo")), b"hello"),
        ((LENGTH_5, body(b"hello and more")), b"hello"),
        ((LENGTH_5, body(b"hello", more=True), body(b"HTTP/1.1 200 OK")), b"hello"),
        ((START, body(b"hello")), b"5\r\nhello\r\n0\r\n\r\n"),
        ((START, body(b"he", more=True), body(more=True), body(b"llo", more=True), body()), b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
        ((START, body()), b"0\r\n\r\n"),
        (({**START, "status": 204, "headers": [(b"content-length", b"5")]}, body(b"hello")), b""),
        (({**START, "status": 304, "headers": [(b"content-length", b"5")]}, body(b"hello")), b""),
        (({**START, "headers": [(b"transfer-encoding", b"chunked"), (b"connection", b"x")]}, body(b"hello")), b"5\r\nhello\r\n0\r\n\r\n"),
    ],
)
def test_answers_are_framed_by_their_length_or_chunks(messages: tuple[dict[str, Any], ...], expected: bytes) -> None:
    head, _, rest = answered(sending(*messages), GET).partition(b"\r\n\r\n")
    assert rest == expected
    assert head.count(b"transfer-encoding") == expected.endswith(b"0\r\n\r\n")
    assert head.count(b"connection: close") == head.count(b"connection") == 1
    assert head.count(b"date: ") == 1
    assert b"server" not in head.lower()


def test_answer_to_head_has_no_body() -> None:
    assert answered(hello, GET.replace(b"GET", b"HEAD")).endswith(b"\r\n\r\n")
    assert b"content-length: 5" in answered(hello, GET.replace(b"GET", b"HEAD"))
    assert b"chunked" not in answered(sending(START, body(b"x")), GET.replace(b"GET", b"HEAD"))


def test_an_old_client_gets_no_chunks() -> None:
    async def scene(client: Client) -> None:
        head, _, rest = (await client.rest(GET.replace(b"1.1", b"1.0"))).partition(b"\r\n\r\n")
        assert rest == b"hello"
        assert b"chunked" not in head

    play(sending(START, body(b"hello")), scene)


@pytest.mark.parametrize(
    "messages",
    [
        (LENGTH_5, body(b"he", more=True)),
        (LENGTH_5, body(b"he")),
        (START, body(b"he", more=True)),
        (LENGTH_5,),
    ],
)
def test_half_an_answer_ends_with_the_connection(messages: tuple[dict[str, Any], ...]) -> None:
    async def scene(client: Client) -> None:
        sent = await client.rest(GET + GET)
        assert sent.count(b"HTTP/1.1") <= 1
        assert not sent.endswith((b"hello", b"0\r\n\r\n"))

    play(sending(*messages), scene)


@pytest.mark.parametrize(
    "messages",
    [
        (),
        (body(b"x"),),
        ({"type": "http.response.trailers"},),
        ({**START, "headers": [(b"x", b"a\r\nset-cookie: b")]}, body()),
        ({**START, "headers": [(b"x\n", b"a")]}, body()),
        ({**START, "headers": [(b"x", b"\0")]}, body()),
        ({**START, "headers": [(b"content-length", b"x")]}, body()),
    ],
)
def test_mistakes_of_the_application_are_500(messages: tuple[dict[str, Any], ...]) -> None:
    async def scene(client: Client) -> None:
        sent = await client.rest(GET)
        assert sent.startswith(b"HTTP/1.1 500 ")
        assert b"cookie" not in sent

    stage = play(sending(*messages), scene)
    assert stage.errors == (["Error in ASGI application"] if messages else [])


def test_connection_stays_until_somebody_asks_to_close() -> None:
    async def scene(client: Client) -> None:
        for _ in range(3):
            assert b"connection" not in await client.answer(GET)
        client.stage.alive = False  # the worker is ending
        assert b"connection: close" in await client.rest(GET)

    play(hello, scene)


def test_pipelined_requests_wait_within_bounds_and_keep_their_order() -> None:
    go = asyncio.Event()

    async def slow(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await go.wait()
        await send(START)
        await send(body(scope["query_string"]))

    async def scene(client: Client) -> None:
        sent = 20_000
        client.writer.write(b"".join(b"GET /?%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(sent)))
        await asyncio.sleep(0.3)
        assert len(client.connection._waiting) < connections.PIPELINED + (1 << 18)  # one read of the loop more
        go.set()
        for number in range(sent):
            head = await client.reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert (await client.reader.readuntil(b"0\r\n\r\n")).split(b"\r\n")[1] == b"%d" % number

    play(slow, scene)


@pytest.mark.parametrize("request_", [POST, POST.replace(b"Content-Length: 5", b"Transfer-Encoding: chunked")])
def test_body_waits_for_the_application_within_bounds(request_: bytes) -> None:
    go = asyncio.Event()
    size = 4 << 20

    async def slow(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await go.wait()
        read, more = 0, True
        while more:
            message = await receive()
            read, more = read + len(message["body"]), message["more_body"]
        await send(START)
        await send(body(b"%d" % read))

    async def scene(client: Client) -> None:
        chunked = b"chunked" in request_
        client.writer.write(request_.replace(b"h: 5", b"h: %d" % size) + (b"%x\r\n" % size) * chunked)
        client.writer.write(bytes(size) + b"\r\n0\r\n\r\n" * chunked)
        await asyncio.sleep(0.2)
        held = client.connection._request
        assert held is not None
        assert held._buffered < 1 << 20
        go.set()
        assert b"%d" % size in await client.reader.readuntil(b"0\r\n\r\n")

    play(slow, scene)


def test_what_the_application_does_not_read_is_not_the_next_request() -> None:
    """Its answer arrives all the same, and the connection ends."""

    async def scene(client: Client) -> None:
        assert (await client.rest(POST + b"GET")).count(b"HTTP/1.1") == 1
        assert client.stage.open == [] or client.connection.deadline < inf

    play(hello, scene)


def test_application_hears_when_the_client_leaves() -> None:
    heard: list[str] = []
    done = asyncio.Event()

    async def listening(scope: dict[str, Any], receive: Any, send: Any) -> None:
        heard.extend([(await receive())["type"], (await receive())["type"]])
        try:
            await send(START)
        finally:
            done.set()

    async def scene(client: Client) -> None:
        client.writer.write(GET)
        await asyncio.sleep(0.1)
        assert heard == []
        client.writer.close()
        await done.wait()
        assert heard == ["http.request", "http.disconnect"]

    assert play(listening, scene).errors == []


def test_continue_is_said_only_to_whom_waits_for_it() -> None:
    async def reading(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await hello(scope, receive, send)

    async def scene(client: Client) -> None:
        expecting = POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
        assert await client.answer(expecting) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert (await client.answer(b"12345")).startswith(b"HTTP/1.1 200")
        assert (await client.answer(expecting + b"12345")).startswith(b"HTTP/1.1 200")

    play(reading, scene)


def test_the_master_loads_nothing_of_the_application() -> None:
    """What it has loaded a reload would not load again."""
    loaded = "import gateway.server.worker, sys; print(*(name for name in sys.modules if name.startswith(('gateway.', 'crm_shared'))))"
    found = subprocess.run([sys.executable, "-c", loaded], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert {name for name in found.split() if not name.startswith("gateway.server")} == set()


# -- deadlines: what the worker does when they are over, without waiting for it --


def test_a_head_has_so_long_and_a_byte_more_gains_nothing() -> None:
    async def scene(client: Client) -> None:
        await client.answer(GET)
        client.writer.write(GET[:10])
        await asyncio.sleep(0.05)
        began = client.connection.deadline
        assert began < client.stage.loop.time() + client.stage.head_timeout
        client.writer.write(GET[10:12])
        await asyncio.sleep(0.05)
        assert client.connection.deadline == began
        client.connection.expire()
        assert await client.rest() == b""

    play(hello, scene)


def test_no_deadline_while_the_application_works() -> None:
    seen: list[float] = []

    async def scene(client: Client) -> None:
        async def looking(scope: dict[str, Any], receive: Any, send: Any) -> None:
            seen.append(client.connection.deadline)
            await hello(scope, receive, send)

        client.stage.asgi = looking
        await client.answer(GET)
        await asyncio.sleep(0.05)
        assert seen == [inf]
        assert client.connection.deadline <= client.stage.loop.time() + client.stage.keep_alive

    play(hello, scene)


def test_who_does_not_read_holds_the_application_and_then_loses_the_connection() -> None:
    sent = 0
    ended = asyncio.Event()

    async def endless(scope: dict[str, Any], receive: Any, send: Any) -> None:
        nonlocal sent
        await send(START)
        while sent < 1 << 26 and not ended.is_set():
            await send(body(bytes(1 << 16), more=True))
            sent += 1 << 16
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(5)

    async def scene(client: Client) -> None:
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        client.writer.write(GET)
        await asyncio.sleep(0.5)
        stalled_at = sent
        assert stalled_at < 1 << 25
        assert client.connection.deadline <= client.stage.loop.time() + client.stage.client_timeout
        ended.set()
        client.connection.expire()
        await asyncio.sleep(0.1)
        assert client.stage.open == []

    play(endless, scene)
