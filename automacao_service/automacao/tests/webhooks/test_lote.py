"""Subscriptions in bulk: switched off, renamed, deleted and restored; none is made or given away so."""

import pytest

from automacao.models import Webhook
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db
LOTE = "/automacao/webhooks/lote"


def feito(client, operacao, *itens, **membros):
    answer = client.post(LOTE, {"operacao": operacao, "itens": list(itens), **membros})
    assert answer.status_code == 207, answer.json()
    return answer.json()["resultados"]


def test_switched_off_deleted_and_restored(api, inscrever):
    ids = [{"id": inscrever(nome=nome)["id"]} for nome in ("a", "b")]
    feito(api(), "atualizar", *ids, valores={"ativo": False})
    assert set(Webhook.objects.values_list("ativo", "motivo_desativacao")) == {(False, "pessoa")}
    feito(api(), "excluir", *ids)
    assert not Webhook.objects.vivos().exists()
    assert [item["status"] for item in feito(api(), "restaurar", *ids)] == [200, 200]


def test_what_is_sent_where_is_its_owners_to_say(api, inscrever, bruno):
    ids = [{"id": inscrever()["id"]}]
    [refused] = feito(api(como=bruno), "atualizar", *ids, valores={"q": "origem:site"})
    assert (refused["status"], refused["erros"][0]["codigo"]) == (403, "somente_o_dono")
    assert feito(api(como=bruno), "atualizar", *ids, valores={"ativo": False})[0]["status"] == 200


@pytest.mark.parametrize("operacao", ["criar", "atribuir", "upsert", "marcar"])
def test_what_is_not_offered(operacao, api, inscrever):
    assert_problem(api().post(LOTE, {"operacao": operacao, "itens": [{"id": inscrever()["id"]}]}), 400)
