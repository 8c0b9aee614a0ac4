"""What other services' events change here."""

from dataclasses import fields
from uuid import uuid4

import pytest

from crm_shared.events.contracts import auth, clientes, empresas
from crm_shared.events.models import MensagemRecebida

pytestmark = pytest.mark.django_db


def cliente(nome, contrato=clientes.ClienteAtualizado):
    blank = {item.name: "" for item in fields(contrato)}
    return contrato(**{**blank, "nome": nome})


def empresa(nome, contrato=empresas.EmpresaAtualizada):
    blank = {item.name: "" for item in fields(contrato)}
    return contrato(**{**blank, "nome": nome})


@pytest.fixture
def ligada(api, conversa):
    """The conversation, tied to a customer and a company that nobody has told of yet."""
    return api().patch(f"/comunicacao/{conversa['id']}", {"cliente_id": str(uuid4()), "empresa_id": str(uuid4())}).json()


def atual(api, conversa):
    return api().get(f"/comunicacao/{conversa['id']}").json()


def test_names_follow_in_details_and_lists(api, ligada, deliver):
    deliver(cliente("Maria Souza"), ligada["cliente_id"], versao=1)
    deliver(empresa("Padaria Sol"), ligada["empresa_id"], versao=1)
    deliver(empresa("Padaria Lua"), ligada["empresa_id"], versao=2)
    [row] = api().get("/comunicacao").json()["resultados"]
    for shown in (row, atual(api, ligada)):
        assert (shown["cliente_nome"], shown["empresa_nome"], shown["cliente_estado"]) == ("Maria Souza", "Padaria Lua", "ok")


def test_a_renamed_customer_is_found_by_the_new_name_without_a_new_version(api, ligada, deliver):
    deliver(cliente("Maria Souza"), ligada["cliente_id"], versao=1)
    deliver(cliente("Maria Lima"), ligada["cliente_id"], versao=2)
    assert [row["id"] for row in api().get("/comunicacao", {"busca": "lima"}).json()["resultados"]] == [ligada["id"]]
    assert api().get("/comunicacao", {"busca": "souza"}).json()["resultados"] == []
    assert atual(api, ligada)["versao"] == ligada["versao"]


def test_an_older_event_that_arrives_late_changes_nothing(api, ligada, deliver):
    deliver(cliente("Maria Lima"), ligada["cliente_id"], versao=2)
    deliver(cliente("Maria Souza"), ligada["cliente_id"], versao=1)
    assert atual(api, ligada)["cliente_nome"] == "Maria Lima"


def test_the_same_event_twice_takes_effect_once(ligada, deliver):
    identifier = uuid4()
    for _ in range(2):
        deliver(cliente("Maria"), ligada["cliente_id"], id=identifier)
    assert MensagemRecebida.objects.filter(pk=identifier).count() == 1


def test_a_deleted_customer_stays_named_and_marked(api, ligada, deliver):
    deliver(cliente("Maria", clientes.ClienteExcluido), ligada["cliente_id"], versao=3)
    assert (atual(api, ligada)["cliente_nome"], atual(api, ligada)["cliente_estado"]) == ("Maria", "excluida")


def test_the_owner_s_name_is_known_from_auth(api, conversa, ana, deliver):
    deliver(auth.UsuarioCriado(nome="Ana Reis", email="a@exemplo.com.br", equipe_id=str(ana.equipe), papel="vendedor", ativo=True), ana.id)
    assert atual(api, conversa)["responsavel_nome"] == "Ana Reis"
