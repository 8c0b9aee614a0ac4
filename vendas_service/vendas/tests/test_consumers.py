"""What other services' events change here."""

from uuid import uuid4

import pytest

from crm_shared.events.contracts import auth, clientes, empresas
from crm_shared.events.models import MensagemRecebida
from crm_shared.records.references import Referencia

pytestmark = pytest.mark.django_db


def empresa(nome, evento=empresas.EmpresaAtualizada, segmento="varejo"):
    return evento(
        nome=nome, razao_social=nome, nome_fantasia="", cnpj="", segmento=segmento, ciclo_vida="lead", responsavel_id=None, equipe_id=None
    )


def pessoa(nome, evento=clientes.ClienteAtualizado):
    return evento(nome=nome, cpf="", email="", telefone="", ciclo_vida="lead", origem="site", responsavel_id=None, equipe_id=None)


@pytest.fixture
def da_empresa(api, funil):
    return api().post("/vendas", {"titulo": "x", "empresa_id": str(uuid4()), "cliente_id": str(uuid4())}).json()


def nome_na_lista(api, campo="empresa_nome"):
    return api().get("/vendas").json()["resultados"][0][campo]


def test_a_renamed_company_shows_its_new_name(api, da_empresa, deliver):
    assert nome_na_lista(api) == ""
    deliver(empresa("Padaria Sol", empresas.EmpresaCriada), da_empresa["empresa_id"], versao=1)
    deliver(empresa("Padaria Lua"), da_empresa["empresa_id"], versao=2)
    assert nome_na_lista(api) == "Padaria Lua"
    assert Referencia.objects.get(pk=da_empresa["empresa_id"]).dados == {"segmento": "varejo"}


def test_an_older_event_that_arrives_late_changes_nothing(api, da_empresa, deliver):
    deliver(empresa("Padaria Lua"), da_empresa["empresa_id"], versao=2)
    deliver(empresa("Padaria Sol"), da_empresa["empresa_id"], versao=1)
    assert nome_na_lista(api) == "Padaria Lua"


def test_the_same_event_twice_takes_effect_once(da_empresa, deliver):
    identifier = uuid4()
    for _ in range(2):
        deliver(empresa("Padaria Sol"), da_empresa["empresa_id"], id=identifier)
    assert MensagemRecebida.objects.filter(pk=identifier).count() == 1


def test_a_deleted_company_stays_named_and_marked(api, da_empresa, deliver):
    deliver(empresa("Padaria Sol", empresas.EmpresaExcluida), da_empresa["empresa_id"], versao=3)
    assert Referencia.objects.get(pk=da_empresa["empresa_id"]).estado == "excluida"
    assert nome_na_lista(api) == "Padaria Sol"


def test_people_are_named_and_renamed(api, da_empresa, deliver):
    deliver(pessoa("João", clientes.ClienteCriado), da_empresa["cliente_id"], versao=1)
    deliver(pessoa("João Silva"), da_empresa["cliente_id"], versao=2)
    assert nome_na_lista(api, "cliente_nome") == "João Silva"
    deliver(pessoa("João Silva", clientes.ClienteExcluido), da_empresa["cliente_id"], versao=3)
    assert Referencia.objects.get(pk=da_empresa["cliente_id"]).estado == "excluida"


def test_the_owner_s_name_and_team_are_known_from_auth(api, funil, bruno, deliver):
    usuario = auth.UsuarioCriado(nome="Bruno Reis", email="b@exemplo.com.br", equipe_id=str(bruno.equipe), papel="vendedor", ativo=True)
    deliver(usuario, bruno.id)
    body = api().post("/vendas", {"titulo": "x", "responsavel_id": str(bruno.id)}).json()
    assert (body["responsavel_nome"], body["equipe_id"]) == ("Bruno Reis", str(bruno.equipe))
