"""`GET /gateway/composto/clientes/{id}/visao-360`: a person from all services at once, in parts when one does not answer."""

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest

from crm_shared.testing.forge import Forge
from gateway.tests.test_search import answering
from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Answer
from gateway.visao import PARTS

Ask = Callable[..., Answer]
ID = "018f0000-0000-7000-8000-000000000001"
X = f"/gateway/composto/clientes/{ID}/visao-360"
SCOPES = " ".join(sorted({part.scope for part in PARTS}))


async def person(exchange: Exchange) -> None:
    body = b'{"id": "%s", "nome": "Ana Souza"}' % ID.encode()
    await exchange.answer(b"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: %d" % len(body), body)


@pytest.fixture
def ana(upstream: Upstream) -> Upstream:
    """tarefas is down in these tests' gateway."""
    upstream.handlers[f"/clientes/{ID}"] = person
    for part in PARTS:
        upstream.handlers[part.path.format(id=ID)] = answering()
    upstream.handlers["/vendas"] = answering({"id": ID, "titulo": "Reforma"})
    return upstream


@pytest.fixture
def token(forge: Forge) -> str:
    return forge.token(scope=SCOPES)


def test_one_answer_of_all_services(ask: Ask, ana: Upstream, token: str) -> None:
    answer = ask("GET", X)
    assert (answer.status, answer.values("cache-control")) == (200, ["no-store"])
    shown = answer.json()
    assert shown["pessoa"]["nome"] == "Ana Souza"
    assert shown["oportunidades"] == {
        "resultados": [{"id": ID, "titulo": "Reforma"}],
        "mais": False,
        "endereco": f"/gateway/vendas?cliente_id={ID}",
    }
    assert shown["empresas"]["endereco"] == f"/gateway/clientes/{ID}/empresas"
    assert shown["tarefas"] is None
    assert shown["indisponiveis"] == [{"servico": "tarefas", "recurso": "tarefas", "motivo": "fora_do_ar"}]
    questions = {seen.target.split(b"?")[0].decode(): parse_qs((seen.target + b"?").split(b"?")[1].decode()) for seen in ana.requests}
    assert questions["/comunicacao"] == {"cliente_id": [ID], "limite": ["10"]}
    assert {value for seen in ana.requests for value in seen.values("authorization")} == {f"Bearer {token}"}


def test_all_are_asked_at_the_same_time(ask: Ask, ana: Upstream) -> None:
    """Each waits until all five that are up were asked."""

    async def meet(exchange: Exchange) -> None:
        while len(ana.requests) < 5:
            await asyncio.sleep(0.01)
        await (person if exchange.seen.target == f"/clientes/{ID}".encode() else answering())(exchange)

    for path in list(ana.handlers):
        ana.handlers[path] = meet
    assert [item["recurso"] for item in ask("GET", X).json()["indisponiveis"]] == ["tarefas"]


@pytest.mark.parametrize("status", ["404 Not Found", "401 Unauthorized"])
def test_only_the_person_makes_it_an_error(ask: Ask, ana: Upstream, status: str) -> None:
    ana.handlers["/vendas"] = answering(status="404 No")
    assert ask("GET", X).json()["indisponiveis"][0] == {"servico": "vendas", "recurso": "oportunidades", "motivo": "resposta_invalida"}
    ana.handlers[f"/clientes/{ID}"] = answering(status=status)
    assert ask("GET", X).status == int(status[:3])


def test_without_the_service_of_people_the_rest_is_there(ask: Ask, ana: Upstream) -> None:
    ana.handlers[f"/clientes/{ID}"] = answering(status="503 No")
    shown = ask("GET", X).json()
    assert shown["pessoa"] is None
    assert shown["oportunidades"]["resultados"]
    assert {"servico": "clientes", "recurso": "clientes", "motivo": "fora_do_ar"} in shown["indisponiveis"]


def test_what_the_role_does_not_read_is_not_asked_for(ask: Ask, ana: Upstream, forge: Forge) -> None:
    shown = ask("GET", X, token=forge.token(scope="clientes:ler")).json()
    missing = ("leads", "oportunidades", "conversas", "tarefas")
    assert {item["recurso"]: item["motivo"] for item in shown["indisponiveis"]} == dict.fromkeys(missing, "escopo_ausente")
    ana.requests.clear()
    refused = ask("GET", X, token=forge.token(scope="vendas:ler"))
    assert (refused.status, refused.codigo) == (403, "escopo_ausente")
    assert ana.requests == []


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (X + "?limite=0", 400),
        (X + "?limite=26", 400),
        (X + "?limite=x", 400),
        (X + "?limite=1&limite=2", 400),
        (X + "?outro=1", 400),
        (X.replace(ID, "1"), 404),
        (X.replace(ID, "x" * 36), 404),
        (X + "/mais", 404),
        (X.replace("/clientes/", "/empresas/"), 404),
        ("/gateway/composto", 404),
        ("/gateway/composto/", 404),
        (X.replace(ID, "%2e%2e"), 400),
    ],
)
def test_other_addresses_ask_nobody(ask: Ask, ana: Upstream, target: str, status: int) -> None:
    assert ask("GET", target).status == status
    assert ana.requests == []


def test_it_is_only_read_and_by_who_is_signed_in(ask: Ask, ana: Upstream) -> None:
    assert ask("POST", X, body=b"{}").codigo == "metodo_nao_permitido"
    assert ask("GET", X, token="").codigo == "token_ausente"
    assert ana.requests == []
    assert (ask("HEAD", X).body, ask("GET", X + "/?limite=25").status) == (b"", 200)
