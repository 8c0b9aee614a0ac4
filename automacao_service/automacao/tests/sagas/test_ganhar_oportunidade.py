"""The second flow, and what a declaration must not be."""

import pytest

from automacao.models import Saga
from automacao.sagas.definicao import Definicao, Passo, Pedido
from crm_shared.testing.contract import assert_problem
from crm_shared.testing.http_server import Reply

from .conftest import levar
from .servicos import Defeito

pytestmark = pytest.mark.django_db
GANHAR = "/automacao/sagas/ganhar-oportunidade"


@pytest.fixture
def ganhar(api, servicos):
    def start(**corpo):
        answer = api().post(GANHAR, {"oportunidade_id": servicos.nova_oportunidade(), **corpo})
        assert answer.status_code == 202, answer.content
        return Saga.objects.get(pk=answer.json()["id"])

    return start


def test_the_deal_is_won_and_its_delivery_begins(ganhar, servicos):
    assert levar(ganhar(valor="9.90")).estado == "concluida"
    [oportunidade], [tarefa], [empresa], [cliente] = (
        getattr(servicos, nome).values() for nome in ("vendas", "tarefas", "empresas", "clientes")
    )
    assert (oportunidade["status"], oportunidade["valor"]) == ("ganha", "9.90")
    assert tarefa["titulo"] == "Iniciar a entrega: Fornos"
    assert (empresa["ciclo_vida"], cliente["ciclo_vida"]) == ("cliente", "cliente")


@pytest.mark.parametrize("defeito", [Reply(409, {"codigo": "oportunidade_fechada"}), Reply(503), "tarde"])
def test_a_deal_that_is_not_won_leaves_no_task(ganhar, servicos, defeito):
    servicos.defeitos.append(Defeito("POST /vendas/.*/ganhar", defeito))
    assert levar(ganhar()).estado == "compensada"
    servicos.chegar()
    assert servicos.tarefas == {}
    assert [linha["status"] for linha in servicos.vendas.values()] == ["aberta"]


def test_a_deal_that_was_reopened_is_won_again(api, ganhar, servicos):
    saga = levar(ganhar())
    servicos.vendas[str(saga.alvo_id)]["status"] = "aberta"
    assert api().post(GANHAR, {"oportunidade_id": str(saga.alvo_id)}).status_code == 202


def test_it_is_seen_as_deals_are(api, ganhar, servicos):
    saga = ganhar()
    assert api("automacao:ler", "vendas:ler").get(f"/automacao/sagas/{saga.pk}").status_code == 200
    assert_problem(api("automacao:ler", "leads:ler").get(f"/automacao/sagas/{saga.pk}"), 404)


def pedir(_situacao):
    return Pedido("tarefas", "POST", "/tarefas", {})


SEM_VOLTA = Passo("a", pedir)
COM_VOLTA = Passo("a", pedir, desfazer=lambda saida: Pedido("tarefas", "DELETE", "/tarefas/1"))


@pytest.mark.parametrize(
    "passos",
    [
        (SEM_VOLTA,),
        (COM_VOLTA, COM_VOLTA),
        (Passo("p", pedir, pivo=True), Passo("q", pedir, pivo=True)),
        (Passo("p", pedir, pivo=True), COM_VOLTA),
        (Passo("l", pedir, le=True, trava=lambda _s: "x"), Passo("m", pedir, le=True, trava=lambda _s: "y")),
    ],
)
def test_a_declaration_that_could_leave_something_behind_does_not_load(passos):
    with pytest.raises(ValueError, match="x"):
        Definicao("x", 1, "leads", (), "clientes.lead", passos)
