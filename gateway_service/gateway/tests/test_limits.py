"""How many requests a person, a key or an address may make of the gateways: exactly so many, and the rest costs no service anything."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families

from crm_shared.testing.forge import Forge
from crm_shared.testing.revocations import telling
from gateway.limits.counters import PATIENCE
from gateway.tests.conftest import PROJECT, Gateway
from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.valkey_server import Valkey
from gateway.tests.wire import Answer, Wire

LONG = 86_399  # seconds of a window in which a test surely ends


def metric(gateway: Gateway, name: str, **labels: str) -> float:
    with Wire(gateway.monitor_port) as wire:
        text = wire.ask("GET", "/metrics").body.decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return sum(sample.value for sample in samples if sample.name == name and labels.items() <= sample.labels.items())


@pytest.fixture(scope="module")
def limited(run_gateway: Callable[..., Gateway], services: dict[str, str]) -> Gateway:
    return run_gateway(**services | {"GATEWAY_LIMIT_PERSON": f"20/{LONG}"})


@pytest.fixture
def somebody(forge: Forge) -> str:
    """A token of a person who has made no request yet."""
    return forge.token(sub=str(uuid4()), scope="clientes:ler")


def test_fifty_clients_over_two_gateways_get_exactly_the_limit(
    run_gateway: Callable[..., Gateway], services: dict[str, str], upstream: Upstream, somebody: str
) -> None:
    """Half as many again as allowed, each naming another address of its own invention."""
    gateways = [run_gateway(**services | {"GATEWAY_LIMIT_PERSON": f"200/{LONG}"}) for _ in range(2)]
    seen: Counter[int] = Counter()
    number = count(1)

    def client(gateway: Gateway) -> None:
        with Wire(gateway.port, somebody) as wire:
            for _ in range(6):
                spoofed = f"8.8.{next(number) % 256}.{next(number) % 256}"
                seen[wire.ask("GET", "/gateway/clientes", [("X-Forwarded-For", spoofed), ("X-Real-IP", spoofed)]).status] += 1

    threads = [threading.Thread(target=client, args=(gateways[place % 2],)) for place in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {200: 200, 429: 100}
    assert len(upstream.requests) == 200
    assert sum(metric(gateway, "crm_gateway_limited_total", limite="pessoa") for gateway in gateways) == 100
    for gateway in gateways:
        gateway.end()


def spent(limited: Gateway, token: str) -> Wire:
    wire = Wire(limited.port, token)
    assert {wire.ask("GET", "/gateway/clientes").status for _ in range(20)} == {200}
    return wire


def test_who_is_refused_learns_when_to_come_back_and_nothing_is_asked(limited: Gateway, upstream: Upstream, somebody: str) -> None:
    with spent(limited, somebody) as wire:
        upstream.requests.clear()
        for method, body in (("GET", None), ("POST", b"{}"), ("DELETE", None), ("GET", None)):
            answer = wire.ask(method, "/gateway/vendas/x", body=body)
            assert (answer.status, answer.codigo) == (429, "muitas_requisicoes")
            wait = int(answer.values("retry-after")[0])
            assert 0 < wait <= LONG
            assert answer.values("ratelimit-policy") == [f'"pessoa";q=20;w={LONG}']
            assert answer.values("ratelimit") == [f'"pessoa";r=0;t={wait}']
        english = wire.ask("GET", "/gateway/clientes", [("Accept-Language", "en")]).json()["detail"]
        assert english.startswith(f"The limit of 20 requests in {LONG} seconds is reached. Try again in ")
        assert upstream.requests == []


@pytest.mark.short_way
def test_what_the_gateway_composes_counts_once(limited: Gateway, upstream: Upstream, somebody: str) -> None:
    async def empty(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 18", b'{"resultados": []}')

    upstream.handlers["/clientes"] = empty
    with Wire(limited.port, somebody) as wire:
        left = [wire.ask("GET", "/gateway/busca?q=ana").values("ratelimit")[0].rpartition(";")[0] for _ in range(2)]
        assert left == ['"pessoa";r=19', '"pessoa";r=18']
        assert {wire.ask("GET", "/gateway/clientes").status for _ in range(18)} == {200}
        upstream.requests.clear()
        assert wire.ask("GET", "/gateway/busca?q=ana").codigo == "muitas_requisicoes"
    assert upstream.requests == []


def test_answers_say_what_is_left(limited: Gateway, upstream: Upstream, somebody: str) -> None:
    with Wire(limited.port, somebody) as wire:
        said = [wire.ask("GET", "/gateway/clientes").values("ratelimit") for _ in range(3)]
    assert [item[0].rpartition(";")[0] for item in said] == [f'"pessoa";r={left}' for left in (19, 18, 17)]


@pytest.mark.short_way
def test_the_flood_of_one_leaves_the_others_alone(limited: Gateway, upstream: Upstream, somebody: str, forge: Forge) -> None:
    with spent(limited, somebody) as flooding, Wire(limited.port, forge.token(sub=str(uuid4()))) as other:
        for _ in range(20):
            assert flooding.ask("GET", "/gateway/clientes").status == 429
            assert other.ask("GET", "/gateway/clientes").status == 200
        for path in ("/saude", "/saude/vivo", "/saude/pronto"):
            assert flooding.ask("GET", path).status == 200


def test_a_bad_token_counts_for_nobody(limited: Gateway, upstream: Upstream, somebody: str) -> None:
    with Wire(limited.port, somebody) as wire:
        for _ in range(30):
            assert wire.ask("GET", "/gateway/clientes", token=somebody[:-4] + "AAAA").status == 401
        assert wire.ask("GET", "/gateway/clientes").status == 200


def test_a_limit_that_is_none_stops_the_start(services: dict[str, str]) -> None:
    bad = {"GATEWAY_LIMIT_PERSON": "muitas", "GATEWAY_LIMIT_ADDRESS": "100", "GATEWAY_TRUSTED_PROXIES": "10.0.0.1/8"}
    command = [sys.executable, "manage.py", "diffsettings"]
    done = subprocess.run(command, cwd=PROJECT, env=os.environ | services | bad, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert [name for name in bad if f"{name} não" not in done.stderr] == []


# -- without Redis --


def test_a_frozen_redis_makes_no_errors_and_one_pause(
    run_gateway: Callable[..., Gateway], services: dict[str, str], upstream: Upstream, forge: Forge, valkey: Valkey
) -> None:
    with telling(valkey.url):
        gateway = run_gateway(**services | {"BUS_URL": valkey.url, "GATEWAY_LIMIT_PERSON": f"100/{LONG}"})
        valkey.send(signal.SIGSTOP)
        try:
            with Wire(gateway.port, forge.token(sub=str(uuid4()))) as wire:
                started = time.monotonic()
                seen = Counter(wire.ask("GET", "/gateway/clientes").status for _ in range(150))
                assert time.monotonic() - started < 2 * PATIENCE + 5
            assert seen == {200: 100, 429: 50}
            assert metric(gateway, "crm_gateway_limits_alone_total") >= 1
        finally:
            valkey.send(signal.SIGCONT)
            gateway.end()


# -- by address --


@pytest.fixture
def by_address(run_gateway: Callable[..., Gateway], services: dict[str, str], valkey: Valkey) -> Iterator[Callable[..., Gateway]]:
    """Gateways that let an address make five requests; a Redis of their own, for every test comes from the same address."""
    started: list[Gateway] = []

    def run(**more: str) -> Gateway:
        started.append(run_gateway(**services | {"BUS_URL": valkey.url, "GATEWAY_LIMIT_ADDRESS": f"5/{LONG}"} | more))
        return started[-1]

    with telling(valkey.url):
        yield run
        for gateway in started:
            gateway.end()


def statuses(gateway: Gateway, *asked: tuple[str, str], token: str = "") -> list[int]:
    def one(target: str, forwarded: str) -> Answer:
        with Wire(gateway.port, token) as wire:
            return wire.ask("GET", target, [("X-Forwarded-For", forwarded)] if forwarded else [])

    return [one(*item).status for item in asked]


def test_an_address_has_a_limit_of_its_own_whatever_it_says_it_is(
    by_address: Callable[..., Gateway], upstream: Upstream, somebody: str
) -> None:
    gateway = by_address()
    assert statuses(gateway, *((("/gateway/clientes"), f"8.8.8.{n}") for n in range(7)), token=somebody) == [200] * 5 + [429] * 2
    upstream.requests.clear()
    assert statuses(gateway, ("/auth/eu", ""), ("/publico/clientes/x", "9.9.9.9"), ("/gateway/nada", "")) == [429] * 3
    assert statuses(gateway, ("/saude/vivo", "")) == [200]
    assert metric(gateway, "crm_gateway_limited_total", limite="endereco") == 5
    assert upstream.requests == []


@pytest.mark.short_way
def test_pages_count_and_static_files_do_not(by_address: Callable[..., Gateway], upstream: Upstream) -> None:
    gateway = by_address()
    assert 429 not in statuses(gateway, *[("/static/gateway/x", "")] * 9)
    assert statuses(gateway, *[("/entrar", "")] * 7) == [200] * 5 + [429] * 2


def test_behind_a_proxy_of_ours_each_client_has_its_own(by_address: Callable[..., Gateway], upstream: Upstream, somebody: str) -> None:
    gateway = by_address(GATEWAY_TRUSTED_PROXIES="127.0.0.0/8,10.0.0.0/8")
    asked = [("/gateway/clientes", text) for text in ["203.0.113.7"] * 3 + ["8.8.8.8, 203.0.113.7, 10.1.2.3"] * 3 + ["203.0.113.8"] * 3]
    assert statuses(gateway, *asked, token=somebody) == [200] * 5 + [429] + [200] * 3
    told = [seen.values("x-forwarded-for") for seen in upstream.requests]
    assert told == [["203.0.113.7"]] * 5 + [["203.0.113.8"]] * 3, "services are told the client, and only that"
