"""From an event to deliveries: whom it concerns, once each."""

import pytest

from automacao.models import EntregaWebhook, Webhook
from crm_shared.events.contracts import auth, clientes
from crm_shared.events.models import MensagemRecebida
from crm_shared.records.models import uuid7

from .conftest import ATUALIZADO, CRIADO, entrega

pytestmark = pytest.mark.django_db


def quantas():
    return EntregaWebhook.objects.count()


def test_one_row_for_each_subscription_that_wants_the_type(deliver, cliente, inscrever):
    inscrever()
    inscrever(tipos=[ATUALIZADO])
    pk = uuid7()
    envelope = deliver(cliente(), pk)
    linha = entrega()
    assert (str(linha.evento_id), linha.registro_id, linha.estado) == (envelope["id"], pk, "pendente")
    assert (linha.rastro, linha.causa) == (envelope["rastro"], envelope["id"])


def test_the_same_event_twice_is_one_delivery_also_when_the_inbox_has_forgotten(deliver, cliente, inscrever):
    inscrever()
    pk, evento = uuid7(), uuid7()
    for _ in range(3):
        deliver(cliente(), pk, id=evento)
        MensagemRecebida.objects.all().delete()
    assert quantas() == 1


def test_what_is_told_again_to_mend_copies_is_not_sent(deliver, cliente, inscrever):
    inscrever()
    deliver(cliente(), uuid7(), recontado=True)
    assert not quantas()


@pytest.mark.parametrize("parado", [{"ativo": False}, {"excluido": True}])
def test_nothing_waits_for_who_is_switched_off(api, deliver, cliente, inscrever, parado):
    criado = inscrever(**{k: v for k, v in parado.items() if k == "ativo"})
    if "excluido" in parado:
        api().delete(f"/automacao/webhooks/{criado['id']}")
    deliver(cliente(), uuid7())
    assert not quantas()


@pytest.mark.parametrize(
    ("q", "esperado"),
    [
        ("origem:site", 1),
        ("origem:evento", 0),
        ("-origem:site", 0),
        ("origem:evento or ciclo_vida:lead", 1),
        ("equipe_id:vazio", 0),
        ('-ator:"svc:importador"', 1),
    ],
)
def test_the_filter_is_asked_of_the_event(deliver, cliente, inscrever, q, esperado):
    inscrever(q=q)
    deliver(cliente(), uuid7())
    assert quantas() == esperado


def test_amounts_and_dates_are_compared_as_such(deliver, inscrever, bruno):
    inscrever(tipos=[clientes.LeadCriado.TIPO], q="valor_estimado:>999.5")
    campos = dict.fromkeys(("empresa_nome", "fonte", "status", "temperatura", "interesse", "motivo_desqualificacao"), "")
    for valor in ("1000.00", "200.00", None):
        lead = clientes.LeadCriado(cliente_id=str(uuid7()), valor_estimado=valor, responsavel_id=str(bruno.id), equipe_id=None, **campos)
        deliver(lead, uuid7())
    assert entrega().mensagem["data"]["dados"]["valor_estimado"] == "1000.00"


@pytest.mark.parametrize(("mudado", "esperado"), [("origem", 1), ("campanha", 0), ("nome", 1)])
def test_watched_fields(deliver, cliente, inscrever, mudado, esperado):
    """A personal field stands by name alone among the changes; a subscription may watch it."""
    inscrever(campos_observados=["origem", "nome"])
    contrato = cliente(clientes.ClienteAtualizado)
    dados, pessoais = contrato.split()
    deliver(contrato, uuid7(), versao=2, data={"dados": dados, "pessoais": pessoais, "mudancas": [{"campo": mudado}]})
    assert quantas() == esperado


def test_a_creation_concerns_every_field(deliver, cliente, inscrever):
    inscrever(campos_observados=["origem"], tipos=[CRIADO])
    deliver(cliente(), uuid7())
    assert quantas() == 1


def test_personal_values_are_not_even_kept_for_who_did_not_ask(deliver, cliente, inscrever):
    inscrever()
    inscrever(dados_pessoais=True, nome="CRM")
    deliver(cliente(cpf="52998224725"), uuid7())
    guardados = {linha.webhook.nome: linha.mensagem["data"]["pessoais"] for linha in EntregaWebhook.objects.select_related("webhook")}
    assert guardados["ERP"] == {}
    assert guardados["CRM"]["cpf"] == "52998224725"


@pytest.mark.parametrize(
    ("vis", "dono", "esperado"),
    [("proprio", "ana", 1), ("proprio", "bruno", 0), ("equipe", "bruno", 1), ("equipe", "carla", 0), ("todos", "carla", 1)],
)
def test_an_event_out_of_the_owners_sight_makes_no_row(deliver, cliente, inscrever, request, vis, dono, esperado):
    de_quem = request.getfixturevalue(dono)
    inscrever({"vis": {"*": vis, "eventos": "proprio"}})
    deliver(cliente(responsavel_id=str(de_quem.id), equipe_id=str(de_quem.equipe)), uuid7())
    assert quantas() == esperado


def test_without_the_scope_to_read_there_is_nothing(api, novo, deliver, cliente):
    assert api("automacao:criar", "automacao:ler").post("/automacao/webhooks", novo).status_code == 201
    deliver(cliente(), uuid7())
    assert not quantas()


@pytest.mark.parametrize("evento", ["usuario", "papel"])
def test_after_a_change_of_rights_auth_decides_and_not_what_was_known(deliver, cliente, inscrever, ana, evento):
    inscrever({"vis": {"*": "proprio"}})
    if evento == "usuario":
        deliver(auth.UsuarioAtualizado(nome="Ana", email="a@x.br", equipe_id=None, papel="gerente", ativo=True), ana.id, versao=2)
    else:
        deliver(auth.PapelAtualizado(nome="vendedor", permissoes=[]), uuid7(), versao=2)
    assert Webhook.objects.get().direitos_em is None
    deliver(cliente(), uuid7())
    assert entrega().conferida is False


def test_other_services_people_change_nothing(deliver, inscrever, bruno):
    inscrever()
    deliver(auth.UsuarioAtualizado(nome="Bruno", email="b@x.br", equipe_id=None, papel="x", ativo=True), bruno.id, versao=2)
    assert Webhook.objects.get().direitos_em is not None


def test_a_type_that_nobody_wants_costs_one_look(deliver, cliente, inscrever, queries):
    inscrever(tipos=[ATUALIZADO])
    with queries(9):
        deliver(cliente(), uuid7())
