"""What the gateway says about itself and the services."""

from collections.abc import Callable

from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Answer

Ask = Callable[..., Answer]


def test_alive_and_ready(ask: Ask, upstream: Upstream) -> None:
    assert ask("GET", "/saude/vivo", token="").json() == {"estado": "vivo", "servico": "gateway"}
    assert ask("GET", "/saude/pronto", token="").json() == {"estado": "pronto", "servico": "gateway"}
    assert upstream.requests == []


def test_summary_names_each_service_and_never_fails(ask: Ask, upstream: Upstream) -> None:
    async def not_ready(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 503 Not Ready\nContent-Length: 0")

    answer = ask("GET", "/saude", token="")
    assert answer.status == 200
    assert answer.json()["estado"] == "degradado"
    assert answer.json()["servicos"] == {
        "auth": "pronto",
        "clientes": "pronto",
        "empresas": "pronto",
        "vendas": "pronto",
        "comunicacao": "pronto",
        "tarefas": "indisponivel",
        "automacao": "indisponivel",
    }
    upstream.handlers["/saude/pronto"] = not_ready
    assert set(ask("GET", "/saude", token="").json()["servicos"].values()) == {"indisponivel"}


def test_unknown_address_is_a_problem_with_its_trace(ask: Ask, upstream: Upstream) -> None:
    answer = ask("GET", "/nada", token="")
    assert (answer.status, answer.codigo) == (404, "nao_encontrado")
    assert answer.values("x-rastro") == [answer.json()["rastro"]]
