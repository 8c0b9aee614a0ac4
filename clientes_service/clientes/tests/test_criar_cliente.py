"""Creating a person: what is stored, what is refused, what is told."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


def test_it_works(api, novo, ana):
    response = api().post("/clientes", novo)
    body = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"/clientes/{body['id']}"
    assert response["ETag"] == '"v1"'
    assert (body["cpf"], body["email"], body["telefone"]) == ("52998224725", "joao@exemplo.com.br", "+5511987654321")
    assert body["responsavel_id"] == str(ana.id)
    assert body["equipe_id"] == str(ana.equipe)


def test_principal_contacts_become_meios_and_keep_what_was_typed(joao):
    from clientes.models import ContatoMeio

    meios = {meio["tipo"]: meio for meio in joao["meios"]}
    assert meios["telefone"]["valor"] == "+5511987654321"
    assert meios["telefone"]["principal"]
    assert ContatoMeio.objects.get(tipo="telefone").chave_equivalencia == "551187654321"


def test_a_name_is_enough(api):
    assert api().post("/clientes", {"nome": "Zé"}).status_code == 201


@pytest.mark.parametrize(
    ("campo", "valor", "codigo"),
    [
        ("nome", "", "em_branco"),
        ("nome", None, "nulo"),
        ("nome", "x" * 201, "muito_longo"),
        ("cpf", "111.111.111-11", "cpf_invalido"),
        ("cpf", 52998224725, "invalido"),
        ("telefone", "32519999", "telefone_sem_ddd"),
        ("email", "sem arroba", "email_invalido"),
        ("origem", "marte", "opcao_invalida"),
        ("data_nascimento", "2026-02-30", "invalido"),
        ("responsavel_id", "x", "invalido"),
        ("apelido", "Jô", "campo_desconhecido"),
        ("versao", 7, "somente_leitura"),
        ("criado_em", "2020-01-01T00:00:00Z", "somente_leitura"),
    ],
)
def test_it_refuses(api, novo, campo, valor, codigo):
    from clientes.models import Cliente

    problem = assert_problem(api().post("/clientes", {**novo, campo: valor}), 400)
    assert [(erro["campo"], erro["codigo"]) for erro in problem["erros"]] == [(campo, codigo)]
    assert not Cliente.objects.exists()


def test_a_cpf_in_use_names_its_holder(api, joao, novo):
    problem = assert_problem(api().post("/clientes", {**novo, "cpf": "52998224725"}), 409)
    assert (problem["codigo"], problem["registro_id"]) == ("duplicado", joao["id"])


def test_a_deleted_person_frees_its_cpf_until_it_would_come_back(api, joao, novo):
    api().delete(f"/clientes/{joao['id']}")
    segundo = api().post("/clientes", novo).json()
    problem = assert_problem(api().post(f"/clientes/{joao['id']}/restaurar"), 409)
    assert problem["registro_id"] == segundo["id"]


def test_it_records_one_event_with_personal_data_apart(joao, published):
    [evento] = published()
    assert (evento.tipo, evento.versao, str(evento.agregado_id)) == ("clientes.cliente.criado.v1", 1, joao["id"])
    assert evento.pessoais["cpf"] == "52998224725"
    assert "João" not in str(evento.dados)
    assert evento.ator == joao["responsavel_id"]


def test_somebody_else_as_owner_needs_the_right_to_assign(api, novo, bruno):
    body = {**novo, "responsavel_id": str(bruno.id)}
    assert_problem(api("clientes:criar", "clientes:ler").post("/clientes", body), 403)
    assert api("clientes:criar", "clientes:atribuir").post("/clientes", body).json()["responsavel_id"] == str(bruno.id)


def test_masked_for_those_without_the_right_to_personal_data(api, joao):
    reader = api("clientes:ler")
    [row] = reader.get("/clientes").json()["resultados"]
    detail = reader.get(f"/clientes/{joao['id']}").json()
    assert row["cpf"] == detail["cpf"] == "***.982.247-**"
    assert "8765" not in row["telefone"]
    assert not row["email"].startswith("joao@")
    assert detail["meios"][0]["valor"] not in ("joao@exemplo.com.br", "+5511987654321")
