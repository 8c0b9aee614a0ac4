"""What other services' events change here."""

from uuid import uuid4

import pytest

from crm_shared.events.contracts import auth, empresas
from crm_shared.events.models import CartaMorta, MensagemRecebida
from crm_shared.records.references import Referencia

pytestmark = pytest.mark.django_db


def empresa(nome, evento=empresas.EmpresaAtualizada):
    return evento(
        nome=nome, razao_social=nome, nome_fantasia="", cnpj="", segmento="", ciclo_vida="lead", responsavel_id=None, equipe_id=None
    )


@pytest.fixture
def vinculo(api, joao):
    return api().post(f"/clientes/{joao['id']}/empresas", {"empresa_id": str(uuid4())}).json()


def nome_atual(api, joao):
    return api().get(f"/clientes/{joao['id']}").json()["empresas"][0]["empresa_nome"]


def test_a_renamed_company_shows_its_new_name(api, joao, vinculo, deliver):
    deliver(empresa("Padaria Sol"), vinculo["empresa_id"], versao=1)
    deliver(empresa("Padaria Lua"), vinculo["empresa_id"], versao=2)
    assert nome_atual(api, joao) == "Padaria Lua"


def test_an_older_event_that_arrives_late_changes_nothing(api, joao, vinculo, deliver):
    deliver(empresa("Padaria Lua"), vinculo["empresa_id"], versao=2)
    deliver(empresa("Padaria Sol"), vinculo["empresa_id"], versao=1)
    assert nome_atual(api, joao) == "Padaria Lua"


def test_the_same_event_twice_takes_effect_once(vinculo, deliver):
    identifier = uuid4()
    for _ in range(2):
        deliver(empresa("Padaria Sol"), vinculo["empresa_id"], id=identifier)
    assert MensagemRecebida.objects.filter(pk=identifier).count() == 1


def test_a_deleted_company_stays_named_and_marked(api, joao, vinculo, deliver):
    deliver(empresa("Padaria Sol", empresas.EmpresaExcluida), vinculo["empresa_id"], versao=3)
    assert Referencia.objects.get(pk=vinculo["empresa_id"]).estado == "excluida"
    assert nome_atual(api, joao) == "Padaria Sol"


def test_the_owner_s_name_and_team_are_known_from_auth(api, novo, bruno, deliver):
    deliver(
        auth.UsuarioCriado(nome="Bruno Reis", email="b@exemplo.com.br", equipe_id=str(bruno.equipe), papel="vendedor", ativo=True), bruno.id
    )
    body = api().post("/clientes", {**novo, "responsavel_id": str(bruno.id)}).json()
    assert (body["responsavel_nome"], body["equipe_id"]) == ("Bruno Reis", str(bruno.equipe))


def test_what_cannot_be_read_becomes_a_dead_letter(deliver, settings):
    from django.utils.module_loading import import_string

    from crm_shared.events.consume import Consumer

    consumer = Consumer(import_string(settings.EVENT_HANDLERS))
    for raw in (b"", b"{", b"[]", b'{"type": 7}', b'{"type": "empresas.empresa.criada.v1"}', b"\xff\x00"):
        consumer.process(raw)
    assert set(CartaMorta.objects.values_list("estado", flat=True)) == {"morta"}
