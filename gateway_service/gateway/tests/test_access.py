"""One line and one observation per request, at the gateway's own port for metrics, and nobody's data in them."""

import json
import secrets
import time
from collections.abc import Callable

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.tests.conftest import Gateway
from gateway.tests.upstream_server import Upstream
from gateway.tests.wire import Answer, Wire

Ask = Callable[..., Answer]


@pytest.fixture
def rastro() -> str:
    return secrets.token_hex(16)


def traceparent(rastro: str) -> tuple[str, str]:
    return ("traceparent", f"00-{rastro}-{'cd' * 8}-01")


@pytest.fixture
def lines(gateway: Gateway) -> Callable[[], list[dict[str, object]]]:
    """Those that came since the test began; each must be JSON."""
    before = gateway.log.stat().st_size

    def read() -> list[dict[str, object]]:
        time.sleep(0.3)
        with gateway.log.open("rb") as log:
            log.seek(before)
            return [json.loads(line) for line in log.read().split(b"\n")[:-1]]

    return read


def test_a_request_is_one_line(rastro: str, ask: Ask, upstream: Upstream, lines: Callable[[], list[dict[str, object]]]) -> None:
    ask("GET", "/gateway/clientes/x?busca=joao@exemplo.com", [traceparent(rastro)])
    [line] = [line for line in lines() if line["rastro"] == rastro]
    assert {name: line[name] for name in ("level", "servico", "mensagem", "metodo", "caminho", "status", "servico_chamado")} == {
        "level": "info",
        "servico": "gateway",
        "mensagem": "requisicao",
        "metodo": "GET",
        "caminho": "/gateway/clientes/x",
        "status": 200,
        "servico_chamado": "clientes",
    }
    assert isinstance(line["ms"], float)


@pytest.mark.parametrize(
    ("path", "status"), [("/gateway/tarefas", 502), ("/gateway/nada", 404), ("/gateway/clientes//x", 400), ("/nada", 404)]
)
def test_what_no_service_answered_has_its_line_too(
    rastro: str, ask: Ask, upstream: Upstream, lines: Callable[[], list[dict[str, object]]], path: str, status: int
) -> None:
    assert ask("GET", path, [traceparent(rastro)]).status == status
    [line] = [line for line in lines() if line["mensagem"] == "requisicao" and line["rastro"] == rastro]
    assert (line["status"], line["caminho"]) == (status, path)


def test_a_client_that_left_has_its_line(
    rastro: str, gateway: Gateway, token: str, upstream: Upstream, lines: Callable[[], list[dict[str, object]]]
) -> None:
    with Wire(gateway.port, token) as wire:
        wire.send(wire.head("POST", "/gateway/clientes", [("Content-Length", "1000"), traceparent(rastro)]) + b"x")
        time.sleep(0.3)
    time.sleep(0.3)
    assert [line["status"] for line in lines() if line["rastro"] == rastro and line["mensagem"] == "requisicao"] in ([408], [499])


@pytest.mark.parametrize(
    "path",
    [
        "/gateway/clientes/joao.silva@exemplo.com",
        "/gateway/clientes/joao.silva%40exemplo.com",
        "/gateway/clientes/52998224725",
        "/gateway/clientes/529.982.247-25",
        "/gateway/clientes/+5511987654321",
        "/gateway/clientes/eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        '/gateway/clientes/","level":"debug"',
        "/gateway/clientes/%0d%0a{}",
        "/gateway/clientes/\x1b[31m",
        "/" + "a" * 5000,
        "/\xff\xfe",
    ],
)
def test_a_path_brings_nobodys_data_and_breaks_no_line(
    gateway: Gateway, token: str, upstream: Upstream, lines: Callable[[], list[dict[str, object]]], path: str
) -> None:
    with Wire(gateway.port, token) as wire:
        wire.send(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: a\x1bb\r\nAuthorization: Bearer {token}\r\n\r\n".encode("latin-1")
        )
        wire.answer()
    found = lines()
    text = json.dumps(found)
    assert [secret for secret in ("joao.silva", "52998224725", "529.982", "98765", "eyJ", "\x1b") if secret in text] == []
    assert {line["servico"] for line in found} <= {"gateway"}
    assert all(len(str(line.get("caminho", ""))) < 600 for line in found)
    assert not [line for line in found if line["level"] == "debug"]


def scrape(gateway: Gateway) -> dict[tuple[object, ...], float]:
    with Wire(gateway.monitor_port) as wire:
        answer = wire.ask("GET", "/metrics")
    assert answer.status == 200
    families = text_string_to_metric_families(answer.body.decode())
    return {(item.name, *sorted(item.labels.items())): item.value for family in families for item in family.samples}


def test_metrics_are_told_at_their_own_port_only(gateway: Gateway, ask: Ask, upstream: Upstream) -> None:
    key = ("crm_http_requests_total", ("metodo", "GET"), ("rota", "/gateway/vendas"), ("status", "200"))
    lost = ("crm_gateway_upstream_failures_total", ("servico", "tarefas"), ("tipo", "Refused"))
    before = scrape(gateway)
    ask("GET", "/gateway/vendas/52998224725")
    ask("GET", "/gateway/tarefas")
    after = scrape(gateway)
    assert after[key] - before.get(key, 0) == 1
    assert after[lost] - before.get(lost, 0) == 1
    assert after[("crm_gateway_breaker_state", ("servico", "tarefas"))] == 0
    assert not [name for name in after if "52998224725" in str(name)]
    for host in ("127.0.0.1", f"127.0.0.1:{gateway.monitor_port}"):
        with Wire(gateway.port) as wire:
            wire.send(f"GET /metrics HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Port: {gateway.monitor_port}\r\n\r\n".encode())
            assert wire.answer().status == 404


@pytest.mark.parametrize("path", ["/gateway/metrics", "/gateway/clientes/../metrics", "/publico/metrics", "/auth/../metrics", "//metrics"])
def test_no_path_leads_to_a_services_metrics(ask: Ask, upstream: Upstream, path: str) -> None:
    assert ask("GET", path).status in (400, 404)
    assert "/metrics" not in [seen.target for seen in upstream.requests]
