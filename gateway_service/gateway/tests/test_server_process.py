"""The server as a process of gunicorn: how it ends, and how many it holds."""

import asyncio
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

from gateway.tests.conftest import Gateway
from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Wire

RunGateway = Callable[..., Gateway]


def test_it_answers_what_is_in_hand_and_ends_without_waiting_for_the_idle(
    run_gateway: RunGateway, services: dict[str, str], upstream: Upstream, token: str
) -> None:
    async def slow(exchange: Exchange) -> None:
        upstream.event("asked").set()
        while not upstream.event("go").is_set():
            await asyncio.sleep(0.02)
        await exchange.answer(b"HTTP/1.1 200 OK\nContent-Length: 2", b"ok")

    gateway = run_gateway(**services)
    upstream.handlers["/clientes/x"] = slow
    with Wire(gateway.port, token) as idle, Wire(gateway.port, token) as busy:
        idle.ask("GET", "/gateway/clientes")
        busy.send(busy.head("GET", "/gateway/clientes/x"))
        assert upstream.event("asked").wait(5)
        gateway.process.terminate()
        time.sleep(0.5)
        late = idle.ask("GET", "/gateway/clientes")  # a client that did not know yet
        assert (late.status, late.will_close) == (200, True)
        upstream.event("go").set()
        answer = busy.answer()
        assert (answer.body, answer.will_close) == (b"ok", True)
    assert gateway.process.wait(10) == 0


def test_an_idle_connection_does_not_keep_it_from_ending(run_gateway: RunGateway, services: dict[str, str], upstream: Upstream) -> None:
    gateway = run_gateway(**services)
    with Wire(gateway.port) as idle, socket.create_connection(("127.0.0.1", gateway.port)) as silent:
        assert idle.ask("GET", "/saude/vivo").status == 200
        silent.sendall(b"GET /saude")
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(10) == 0


def test_over_its_bound_the_oldest_that_waits_makes_room(
    run_gateway: RunGateway, services: dict[str, str], upstream: Upstream, token: str
) -> None:
    gateway = run_gateway(**services, GUNICORN_CMD_ARGS="--worker-connections 20")
    crowd = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(60)]
    with Wire(gateway.port, token) as wire:
        for _ in range(3):
            assert wire.ask("GET", "/gateway/clientes").status == 200
    crowd[0].settimeout(5)
    with suppress(ConnectionResetError):
        assert crowd[0].recv(1) == b""
    for member in crowd:
        member.close()


def test_a_worker_may_end_after_so_many_requests(run_gateway: RunGateway, services: dict[str, str], upstream: Upstream, token: str) -> None:
    gateway = run_gateway(**services, GUNICORN_CMD_ARGS="--max-requests 20")
    first = gateway.worker
    for _ in range(30):
        with Wire(gateway.port, token) as wire:
            assert wire.ask("GET", "/gateway/clientes").status == 200
    psutil.wait_procs([first], 10)
    assert not first.is_running()
    with Wire(gateway.port, token) as wire:
        assert wire.ask("GET", "/gateway/clientes").status == 200
