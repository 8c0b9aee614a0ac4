"""`GET /gateway/busca`: all services at once, in parts when one does not answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import pytest

from crm_shared.testing.forge import Forge
from gateway.kinds import KINDS
from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Answer

Ask = Callable[..., Answer]
SCOPES = " ".join(sorted({kind.scope for kind in KINDS}))
ID = "018f0000-0000-7000-8000-00000000000%d"


def answering(*rows: dict[str, Any], status: str = "200 OK") -> Callable[[Exchange], Awaitable[None]]:
    body = json.dumps({"resultados": rows, "proximo": None, "anterior": None}).encode()
    head = f"HTTP/1.1 {status}\nContent-Type: application/json\nContent-Length: {len(body)}".encode()

    async def answer(exchange: Exchange) -> None:
        await exchange.answer(head, body)

    return answer


@pytest.fixture
def people(upstream: Upstream) -> Upstream:
    """Every service that is up finds nothing, clientes two people and empresas a company."""
    for kind in KINDS:
        upstream.handlers[kind.path] = answering()
    upstream.handlers["/clientes"] = answering(
        {"id": ID % 1, "nome": "Mariana Dias", "email": "m@exemplo.com.br", "telefone": "", "cpf": "***.982.247-**"},
        {"id": ID % 2, "nome": "Maria", "email": "", "telefone": None, "cpf": ""},
    )
    upstream.handlers["/empresas"] = answering({"id": ID % 3, "nome": "Padaria da Maria", "cnpj": "", "municipio": "Santos", "uf": "SP"})
    return upstream


@pytest.fixture
def everyone(forge: Forge) -> str:
    return forge.token(scope=SCOPES)


def asked(upstream: Upstream) -> dict[str, dict[str, list[str]]]:
    """Path -> parameters of each question that a service got."""
    return {seen.target.split(b"?")[0].decode(): parse_qs(seen.target.split(b"?")[1].decode()) for seen in upstream.requests}


def test_what_all_services_find_stands_in_one_list(ask: Ask, people: Upstream, everyone: str) -> None:
    answer = ask("GET", "/gateway/busca?q=maria", token=everyone)
    assert (answer.status, answer.values("cache-control")) == (200, ["no-store"])
    found = answer.json()
    assert [row["titulo"] for row in found["resultados"]] == ["Maria", "Mariana Dias", "Padaria da Maria"]
    assert found["resultados"][1] == {
        "servico": "clientes",
        "recurso": "clientes",
        "id": ID % 1,
        "titulo": "Mariana Dias",
        "subtitulo": "m@exemplo.com.br · ***.982.247-**",
        "endereco": f"/gateway/clientes/{ID % 1}",
    }


def test_who_is_down_is_named_and_the_rest_is_there(ask: Ask, people: Upstream, everyone: str) -> None:
    """tarefas refuses connections, automacao cannot be reached; vendas fails, comunicacao talks nonsense, auth sleeps."""
    people.handlers["/vendas"] = answering(status="503 No")
    people.handlers["/comunicacao"] = lambda exchange: exchange.answer(b"HTTP/1.1 200 OK\nContent-Length: 2", b"[]")

    async def sleep(exchange: Exchange) -> None:
        await asyncio.sleep(10)

    people.handlers["/auth/usuarios"] = sleep
    found = ask("GET", "/gateway/busca?q=maria", token=everyone).json()
    assert len(found["resultados"]) == 3
    assert {item["recurso"]: item["motivo"] for item in found["indisponiveis"]} == {
        "oportunidades": "fora_do_ar",
        "conversas": "resposta_invalida",
        "tarefas": "fora_do_ar",
        "fluxos": "fora_do_ar",
        "usuarios": "tempo_esgotado",
    }


def test_each_is_asked_for_the_little_that_is_shown(ask: Ask, people: Upstream, everyone: str) -> None:
    ask("GET", "/gateway/busca?q=S%C3%A3o+Jos%C3%A9&limite=7", token=everyone)
    questions = asked(people)
    assert questions["/clientes"] == {"busca": ["São José"], "limite": ["7"], "campos": ["id,nome,email,telefone,cpf"]}
    assert set(questions) == {kind.path for kind in KINDS if kind.servico not in ("tarefas", "automacao")}


def test_the_callers_own_token_goes_along_and_little_else(ask: Ask, people: Upstream, everyone: str) -> None:
    extra = [("If-None-Match", '"v1"'), ("Range", "bytes=0-1"), ("X-Usuario", "admin"), ("Accept-Language", "en")]
    ask("GET", "/gateway/busca?q=maria&recursos=clientes", extra, token=everyone)
    (seen,) = people.requests
    assert seen.values("authorization") == [f"Bearer {everyone}"]
    assert seen.values("accept-language") == ["en"]
    assert not [name for name, _ in seen.headers if name.lower() in ("if-none-match", "range", "x-usuario")]


def test_what_the_role_does_not_read_is_not_asked_for(ask: Ask, people: Upstream, forge: Forge) -> None:
    found = ask("GET", "/gateway/busca?q=maria&recursos=clientes,empresas", token=forge.token(scope="clientes:ler")).json()
    assert found["indisponiveis"] == [{"servico": "empresas", "recurso": "empresas", "motivo": "escopo_ausente"}]
    assert set(asked(people)) == {"/clientes"}
    nothing = ask("GET", "/gateway/busca?q=maria&recursos=empresas", token=forge.token(scope="clientes:ler"))
    assert (nothing.status, nothing.codigo) == (403, "escopo_ausente")


def test_fields_that_the_role_does_not_see_are_not_asked_for(ask: Ask, people: Upstream, forge: Forge) -> None:
    token = forge.token(scope="clientes:ler", campos={"clientes": {"cpf": "o", "email": "m"}})
    assert ask("GET", "/gateway/busca?q=maria&recursos=clientes", token=token).status == 200
    assert asked(people)["/clientes"]["campos"] == ["id,nome,email,telefone"]
    people.handlers["/clientes"] = answering(status="400 Bad Request")
    refused = ask("GET", "/gateway/busca?q=maria&recursos=clientes", token=token)
    assert (refused.status, refused.codigo) == (403, "escopo_ausente")


def test_when_nobody_answers_it_is_an_error(ask: Ask, people: Upstream, everyone: str) -> None:
    answer = ask("GET", "/gateway/busca?q=maria&recursos=tarefas,fluxos", token=everyone)
    assert (answer.status, answer.codigo, answer.values("retry-after")) == (503, "servico_indisponivel", ["2"])


def test_a_service_that_ended_the_session_ends_the_search(ask: Ask, people: Upstream, everyone: str) -> None:
    people.handlers["/vendas"] = answering(status="401 No")
    assert ask("GET", "/gateway/busca?q=maria", token=everyone).status == 401


def test_without_a_token_nobody_is_asked(ask: Ask, people: Upstream) -> None:
    for token, codigo in (("", "token_ausente"), ("x.y.z", "token_invalido")):
        answer = ask("GET", "/gateway/busca?q=maria", token=token)
        assert (answer.status, answer.codigo) == (401, codigo)
    assert people.requests == []


@pytest.mark.parametrize(
    ("query", "campo", "codigo"),
    [
        ("", "q", "obrigatorio"),
        ("q=", "q", "obrigatorio"),
        ("q=+", "q", "obrigatorio"),
        ("q=a", "q", "busca_curta"),
        (f"q={'x' * 300}", "q", "busca_longa"),
        ("q=a%00b", "q", "busca_invalida"),
        ("q=ana&q=bia", "q", "parametro_repetido"),
        ("q=ana&limite=0", "limite", "invalido"),
        ("q=ana&limite=26", "limite", "invalido"),
        ("q=ana&limite=x", "limite", "invalido"),
        ("q=ana&recursos=senhas", "recursos", "opcao_invalida"),
        ("q=ana&recursos=", "recursos", "opcao_invalida"),
        ("q=ana&ordenar=nome", "ordenar", "parametro_desconhecido"),
    ],
)
def test_bad_questions_are_refused(ask: Ask, people: Upstream, everyone: str, query: str, campo: str, codigo: str) -> None:
    answer = ask("GET", f"/gateway/busca?{query}", token=everyone)
    assert (answer.status, answer.codigo) == (400, "dados_invalidos")
    (erro,) = answer.json()["erros"]
    assert (erro["campo"], erro["codigo"]) == (campo, codigo)
    assert people.requests == []


@pytest.mark.parametrize("query", ["q=%ff%fe", "q=a%ZZ" + "&x=1" * 30])
def test_what_is_no_text_is_refused(ask: Ask, people: Upstream, everyone: str, query: str) -> None:
    assert ask("GET", f"/gateway/busca?{query}", token=everyone).status == 400


def test_it_is_only_read(ask: Ask, people: Upstream, everyone: str) -> None:
    answer = ask("POST", "/gateway/busca?q=maria", body=b"{}", token=everyone)
    assert (answer.status, answer.codigo, answer.values("allow")) == (405, "metodo_nao_permitido", ["GET, HEAD"])
    head = ask("HEAD", "/gateway/busca/?q=maria", token=everyone)
    assert (head.status, head.body) == (200, b"")
