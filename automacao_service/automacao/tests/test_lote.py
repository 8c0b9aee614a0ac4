"""Flows in bulk, by the rules of each."""

import threading

import pytest

from automacao.models import Fluxo
from crm_shared.operations.models import Operacao
from crm_shared.operations.runner import Runner
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db(transaction=True)
LOTE = "/automacao/lote"


def feito(client, operacao, *itens, **membros):
    answer = client.post(LOTE, {"operacao": operacao, "itens": list(itens), **membros})
    assert answer.status_code == 207, answer.json()
    return answer.json()


def test_flows_are_made_changed_and_given_to_another(api, novo, bruno):
    made = feito(api(), "criar", novo, {**novo, "passos": [{"tipo": "nenhum"}]}, {**novo, "nome": "Outro"})["resultados"]
    assert [item["status"] for item in made] == [201, 400, 201]
    ids = [{"id": made[0]["id"]}, {"id": made[2]["id"]}]
    feito(api(), "atualizar", *ids, valores={"nome": "Igual"})
    given = feito(api(), "atribuir", *ids, valores={"responsavel_id": str(bruno.id)})
    assert set(Fluxo.objects.values_list("nome", "responsavel_id")) == {("Igual", bruno.id)}
    api().post(f"/automacao/operacoes/{given['operacao']}/desfazer")
    while Operacao.objects.filter(estado__in=Operacao.WAITING).exists():
        Runner().turn(threading.Event())
    assert not Fluxo.objects.filter(responsavel_id=bruno.id).exists()


def test_a_flow_in_force_rests_with_its_new_owner(api, fluxo, bruno):
    feito(api(), "atribuir", {"id": fluxo["id"]}, valores={"responsavel_id": str(bruno.id)})
    assert Fluxo.objects.get().estado == Fluxo.Estado.PAUSADO


def test_others_flows_are_not_found(api, fluxo, bruno):
    answer = feito(api(como=bruno, vis="proprio"), "excluir", {"id": fluxo["id"]})
    assert (answer["resultados"][0]["status"], answer["desfazer_ate"]) == (404, None)


@pytest.mark.parametrize("operacao", ["upsert", "marcar", "desativar"])
def test_what_is_not_offered(operacao, api, fluxo):
    assert_problem(api().post(LOTE, {"operacao": operacao, "itens": [{"id": fluxo["id"]}]}), 400)
