"""People and leads in bulk: as single requests do it, with fewer statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clientes.models import Cliente, ContatoMeio

pytestmark = pytest.mark.django_db


def feito(client, **corpo):
    answer = client.post("/clientes/lote", corpo)
    assert answer.status_code == 207, answer.json()
    return answer.json()["resultados"]


def cpf(number):
    digits = [int(digit) for digit in f"{number:09d}"]
    for _ in range(2):
        rest = sum(digit * weight for digit, weight in zip(digits, range(len(digits) + 1, 1, -1), strict=True)) * 10 % 11
        digits.append(rest % 10)
    return "".join(map(str, digits))


def pessoa(number):
    return {
        "nome": f"Pessoa {number}",
        "cpf": cpf(number),
        "email": f"p{number}@exemplo.com.br",
        "telefone": f"(11) 98765-{number:04d}",
    }


def test_created_with_contacts_and_events(api, published, ana):
    results = feito(api(), operacao="criar", itens=[pessoa(1), pessoa(2), {**pessoa(3), "cpf": pessoa(1)["cpf"]}])
    assert [item["status"] for item in results] == [201, 201, 409]
    assert results[2]["registro_id"] == results[0]["id"]
    assert ContatoMeio.objects.filter(principal=True).count() == 4
    assert [evento.tipo for evento in published()] == ["clientes.cliente.criado.v1"] * 2
    assert set(Cliente.objects.values_list("responsavel_id", flat=True)) == {ana.id}


def test_upsert_by_cpf_in_any_spelling(api, joao):
    [changed, made] = feito(
        api(), operacao="upsert", chave="cpf", itens=[{"cpf": "52998224725", "campanha": "Natal"}, {**pessoa(7), "nome": "Nova"}]
    )
    assert (changed["status"], changed["id"], made["status"]) == (200, joao["id"], 201)
    assert Cliente.objects.get(pk=joao["id"]).campanha == "Natal"


def test_ana_changes_nothing_of_brunos(api, joao, bruno, published):
    before = len(published())
    for operacao in ("atualizar", "excluir"):
        [result] = feito(api(como=bruno, vis="proprio"), operacao=operacao, itens=[{"id": joao["id"]}])
        assert result["status"] == 404
    assert len(published()) == before


def test_assigning_asks_for_the_right(api, joao, bruno):
    corpo = {"operacao": "atribuir", "itens": [{"id": joao["id"], "responsavel_id": str(bruno.id)}]}
    rights = ("clientes:ler", "clientes:editar", "clientes:lote")
    assert api(*rights).post("/clientes/lote", corpo).status_code == 403
    [by_update] = feito(api(*rights), **{**corpo, "operacao": "atualizar"})
    assert (by_update["status"], by_update["erros"][0]["codigo"]) == (403, "escopo_ausente")
    assert feito(api(), **corpo)[0]["status"] == 200


def test_many_at_once_is_a_right_of_its_own(api, joao):
    corpo = {"operacao": "atualizar", "itens": [{"id": joao["id"], "origem": "evento"}]}
    assert api("clientes:ler", "clientes:editar").post("/clientes/lote", corpo).json()["codigo"] == "escopo_ausente"
    assert api("clientes:ler", "clientes:lote").post("/clientes/lote", corpo).json()["codigo"] == "escopo_ausente"
    assert feito(api("clientes:editar", "clientes:lote"), **corpo)[0]["status"] == 200


def test_statements_for_each_person(api):
    client = api()

    def statements(first, count):
        with CaptureQueriesContext(connection) as found:
            feito(client, operacao="criar", itens=[pessoa(number) for number in range(first, first + count)])
        return len(found)

    few = statements(100, 10)
    assert (statements(200, 60) - few) / 50 <= 5  # savepoint, look for the CPF, person, contacts, release


def test_leads(api, joao):
    answer = api().post("/clientes/leads/lote", {"operacao": "criar", "itens": [{"cliente_id": joao["id"]}, {}]})
    assert [item["status"] for item in answer.json()["resultados"]] == [201, 400]
