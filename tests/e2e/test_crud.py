"""Every service's root resource: GET, POST, PUT, PATCH, DELETE, with and without a trailing slash, at both doors."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from stack_access import on_its_machine, own_url


@dataclass(frozen=True)
class Case:
    """A body that POST takes, what PATCH changes in it, and what PUT writes in its place."""

    body: dict[str, Any]
    patch: dict[str, Any]
    put: dict[str, Any] = field(default_factory=dict)


def casos(crm: Any) -> dict[str, Case]:
    canal = crm.create("/gateway/comunicacao/canais", {"nome": f"Canal {uuid4()}", "tipo": "email"})["id"]
    gatilho = {"evento": "clientes.cliente.criado.v1", "condicoes": [{"campo": "origem", "operador": "igual", "valor": "site"}]}
    passos = [{"tipo": "criar_tarefa", "parametros": {"titulo": "Ligar", "prazo_dias_uteis": 2}}]
    return {
        "clientes": Case({"nome": "João"}, {"observacoes": "Prefere tarde"}, {"nome": "João Silva"}),
        "empresas": Case({"razao_social": "Padaria Sol Ltda"}, {"segmento": "varejo"}, {"razao_social": "Padaria Lua Ltda"}),
        "vendas": Case({"titulo": "Reforma"}, {"valor": "1000.00"}, {"titulo": "Reforma da loja", "valor": "5.00"}),
        "comunicacao": Case({"canal_id": canal}, {"assunto": "Dúvida"}, {"canal_id": canal, "assunto": "Outra dúvida"}),
        "tarefas": Case({"titulo": "Ligar"}, {"notas": "Depois das 14h"}, {"titulo": "Escrever"}),
        "automacao": Case(
            {"nome": f"Fluxo {uuid4()}", "gatilho": gatilho, "passos": passos},
            {"descricao": "Boas-vindas"},
            {"nome": f"Fluxo {uuid4()}", "gatilho": gatilho, "passos": passos},
        ),
    }


@pytest.fixture(scope="module")
def cases(admin):
    return casos(admin)


@pytest.fixture(params=["gateway", pytest.param("own port", marks=on_its_machine)])
def root(request, url):
    return lambda service: f"{url}/gateway/{service}" if request.param == "gateway" else f"{own_url(service)}/{service}"


def has(record: dict[str, Any], expected: dict[str, Any]) -> bool:
    """`gatilho` and `passos` come back with the members that their reader has filled in."""
    return all(record[name] == value for name, value in expected.items() if not isinstance(value, dict | list))


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("service", ["clientes", "empresas", "vendas", "comunicacao", "tarefas", "automacao"])
def test_a_record_s_life(admin, cases, root, service, slash):
    case, collection = cases[service], root(service)

    created = admin.request("POST", f"{collection}{slash}", json=case.body)
    assert created.status_code == 201, created.text
    record = created.json()
    assert has(record, case.body)
    assert created.headers["ETag"] == '"v1"'
    assert created.headers["Location"].endswith(record["id"])
    one = f"{collection}/{record['id']}{slash}"

    listed = admin.request("GET", f"{collection}{slash}").json()
    assert set(listed) == {"resultados", "proximo", "anterior"}
    assert record["id"] in {row["id"] for row in listed["resultados"]}
    assert admin.request("GET", one).json()["id"] == record["id"]

    patched = admin.request("PATCH", one, json=case.patch)
    assert patched.status_code == 200, patched.text
    assert has(patched.json(), case.patch)
    replaced = admin.request("PUT", one, json=case.put)
    assert replaced.status_code == 200, replaced.text
    assert has(replaced.json(), case.put)
    assert not has(replaced.json(), case.patch)

    assert admin.request("DELETE", one).status_code == 204
    assert admin.request("GET", one).status_code == 404
    assert admin.request("POST", f"{collection}/{record['id']}/restaurar{slash}").status_code == 200
    assert admin.request("GET", one).status_code == 200


@pytest.mark.parametrize("service", ["clientes", "empresas", "vendas", "comunicacao", "tarefas", "automacao"])
def test_the_same_key_creates_once(admin, cases, url, service):
    key, body = str(uuid4()), {**cases[service].body}
    if service == "automacao":
        body["nome"] = f"Fluxo {key}"
    first, second = (admin.request("POST", f"{url}/gateway/{service}", json=body, headers={"Idempotency-Key": key}) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("service", ["clientes", "empresas", "vendas", "comunicacao", "tarefas", "automacao"])
def test_mistakes_are_problems(admin, cases, root, service):
    collection = root(service)
    absent = f"{collection}/{uuid4()}"
    for response, status in (
        (admin.request("GET", absent), 404),
        (admin.request("POST", collection, json={**cases[service].body, "campo_que_nao_existe": 1}), 400),
        (admin.request("POST", collection, data=b"{"), 415),
        (admin.request("POST", collection, data=b"{", headers={"Content-Type": "application/json"}), 400),
        (admin.request("GET", f"{collection}?campo_que_nao_existe=1"), 400),
        (admin.request("DELETE", collection), 405),
    ):
        assert response.status_code == status, response.text
        assert response.headers["Content-Type"].startswith("application/problem+json")
        assert {"type", "title", "status", "detail", "codigo", "erros", "rastro"} <= response.json().keys()
