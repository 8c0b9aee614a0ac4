"""`GET /gateway/rastros/{rastro}`: one request through all services, as a tree."""

import json
from collections.abc import Awaitable, Callable

import pytest

from crm_shared.testing.forge import Forge
from gateway.rastros import SERVICES, ordered
from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Answer

Ask = Callable[..., Answer]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
X = f"/gateway/rastros/{TRACE}"


def step(tipo: str, pk: str, second: int, causa: str = "", **more: str) -> dict[str, str]:
    shown = {"tipo": tipo, "id": pk, "nome": f"{tipo} {pk}", "situacao": "feito", "em": f"2026-11-23T12:00:{second:02}.500Z"}
    return shown | {"causa": causa, "registro_id": "", "ator": "", **more}


def answering(*steps: dict[str, str], incompleto: bool = False, status: str = "200 OK") -> Callable[[Exchange], Awaitable[None]]:
    body = json.dumps({"passos": steps, "incompleto": incompleto}).encode()

    async def answer(exchange: Exchange) -> None:
        await exchange.answer(f"HTTP/1.1 {status}\nContent-Type: application/json\nContent-Length: {len(body)}".encode(), body)

    return answer


@pytest.fixture
def told(upstream: Upstream) -> Upstream:
    """tarefas and automacao are down in these tests' gateway."""
    for name in SERVICES:
        upstream.handlers[f"/{name}/rastros/{TRACE}"] = answering()
    upstream.handlers[f"/clientes/rastros/{TRACE}"] = answering(step("evento", "a", 0), step("recebido", "c", 6, "c"), incompleto=True)
    upstream.handlers[f"/vendas/rastros/{TRACE}"] = answering(
        step("recebido", "a", 1, "a"), step("evento", "b", 2), step("evento", "c", 5, "a", registro_id="r")
    )
    return upstream


@pytest.fixture
def token(forge: Forge) -> str:
    return forge.token(scope="eventos:ler")


def test_each_step_stands_below_what_it_came_from(ask: Ask, told: Upstream) -> None:
    answer = ask("GET", X)
    assert (answer.status, answer.values("cache-control")) == (200, ["no-store"])
    shown = answer.json()
    drawn = [(item["servico"], item["tipo"], item["id"], item["nivel"], item["pai"]) for item in shown["passos"]]
    assert drawn == [
        ("clientes", "evento", "a", 0, None),
        ("vendas", "recebido", "a", 1, 0),
        ("vendas", "evento", "c", 1, 0),
        ("clientes", "recebido", "c", 2, 2),
        ("vendas", "evento", "b", 0, None),
    ]
    assert shown["incompletos"] == ["clientes"]
    down = [{"servico": name, "recurso": "rastros", "motivo": "fora_do_ar"} for name in ("tarefas", "automacao")]
    assert shown["indisponiveis"] == down


def test_as_text(ask: Ask, told: Upstream) -> None:
    answer = ask("GET", X + "?formato=texto")
    assert answer.values("content-type") == ["text/plain; charset=utf-8"]
    assert answer.body.decode().splitlines() == [
        f"rastro {TRACE}, desde 2026-11-23T12:00:00.500000+00:00",
        "    +0.000 s  clientes  evento  evento a  feito",
        "    +1.000 s    vendas  recebido  recebido a  feito",
        "    +5.000 s    vendas  evento  evento c  feito  r",
        "    +6.000 s      clientes  recebido  recebido c  feito",
        "    +2.000 s  vendas  evento  evento b  feito",
        "incompleto: clientes tem mais passos",
        "sem resposta: tarefas (fora_do_ar)",
        "sem resposta: automacao (fora_do_ar)",
    ]


def test_a_chain_of_any_length() -> None:
    """Nothing recurses: an automation without end is what one looks for here."""
    links = [{**step("evento", str(number), 0, str(number - 1)), "servico": "vendas"} for number in range(3000)]
    assert [item["nivel"] for item in ordered(links)] == [*range(3000)]


@pytest.mark.parametrize("status", ["500 No", "404 No"])
def test_what_a_service_does_not_tell_is_named(ask: Ask, told: Upstream, status: str) -> None:
    told.handlers[f"/vendas/rastros/{TRACE}"] = answering(status=status)
    missing = ask("GET", X).json()["indisponiveis"]
    assert {"servico": "vendas", "recurso": "rastros", "motivo": "resposta_invalida"} in missing


@pytest.mark.parametrize("body", [b"[]", b'{"passos": 1, "incompleto": false}', b'{"passos": ["x"], "incompleto": false}', b"x"])
def test_an_answer_of_another_shape(ask: Ask, told: Upstream, body: bytes) -> None:
    async def odd(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: %d" % len(body), body)

    told.handlers[f"/vendas/rastros/{TRACE}"] = odd
    answer = ask("GET", X)
    assert answer.status == 200
    assert [item["servico"] for item in answer.json()["indisponiveis"]] == ["vendas", "tarefas", "automacao"]


def test_it_takes_the_scope_of_all_events(ask: Ask, told: Upstream, forge: Forge) -> None:
    refused = ask("GET", X, token=forge.token(scope="clientes:ler"))
    assert (refused.status, refused.codigo, told.requests) == (403, "escopo_ausente", [])
    for name in SERVICES:
        told.handlers[f"/{name}/rastros/{TRACE}"] = answering(status="403 No")
    assert ask("GET", X).status in (403, 503)


@pytest.mark.parametrize(
    ("target", "status"),
    [(X + "0", 404), (X.upper().lower() + "/mais", 404), ("/gateway/rastros", 404), (X + "?formato=svg", 400), (X + "?outro=1", 400)],
)
def test_other_addresses_ask_nobody(ask: Ask, told: Upstream, target: str, status: int) -> None:
    assert (ask("GET", target).status, told.requests) == (status, [])
