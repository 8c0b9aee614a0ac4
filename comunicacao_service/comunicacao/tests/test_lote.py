"""Conversations in bulk, on MongoDB, where a refused item that had written makes the transaction begin again."""

import pytest

from comunicacao.models import Conversa, Identidade

pytestmark = pytest.mark.django_db(transaction=True)


def test_conversations(api, canal, published, bruno):
    client = api()
    itens = [{"canal_id": canal["id"], "assunto": f"Assunto {number}"} for number in range(5)]
    answer = client.post("/comunicacao/lote", {"operacao": "criar", "itens": [*itens, {"assunto": "sem canal"}]})
    assert [item["status"] for item in answer.json()["resultados"]] == [201] * 5 + [400]
    assert Conversa.objects.count() == len(published("comunicacao.conversa.aberta.v1")) == 5

    ids = [{"id": item["id"]} for item in answer.json()["resultados"][:5]]
    corpo = {"operacao": "atribuir", "itens": ids, "valores": {"responsavel_id": str(bruno.id)}}
    assert client.post("/comunicacao/lote", corpo).json()["erros"] == 0
    assert len(published("comunicacao.conversa.atribuida.v1")) == 5


def test_a_duplicate_known_only_to_the_index(api, nova_identidade, published):
    headers = {"Idempotency-Key": "um"}
    itens = [nova_identidade, {**nova_identidade, "nome": "outra"}, {**nova_identidade, "id_externo": "551199999999"}]
    corpo = {"operacao": "criar", "itens": itens}
    first, again = (api().post("/comunicacao/identidades/lote", corpo, headers=headers) for _ in range(2))
    assert [item["status"] for item in first.json()["resultados"]] == [201, 409, 201]
    assert again.json() == first.json()
    assert Identidade.objects.count() == len(published("comunicacao.identidade.criada.v1")) == 2


def test_what_bruno_cannot_see(api, conversa, bruno):
    corpo = {"operacao": "excluir", "itens": [{"id": conversa["id"]}]}
    [result] = api(como=bruno, vis="proprio").post("/comunicacao/lote", corpo).json()["resultados"]
    assert result["status"] == 404
