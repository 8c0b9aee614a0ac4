"""Field rules of roles where events leave automacao: what its owner does not see, a subscription neither sends nor asks about."""

import pytest

from crm_shared.testing.contract import assert_problem

from .conftest import entrega

pytestmark = pytest.mark.django_db
OCULTA = {"clientes": {"email": "o", "origem": "o"}}


OBSERVA = {"campos_observados": ["origem"]}


@pytest.mark.parametrize("definicao", [{"q": "origem:site"}, {"q": "-email:vazio", "dados_pessoais": True}, OBSERVA])
def test_nobody_subscribes_by_what_is_not_seen(api, novo, definicao):
    document = assert_problem(api(campos=OCULTA).post("/automacao/webhooks", {**novo, **definicao}), 403)
    assert (document["codigo"], document["erros"][0]["campo"]) == ("campo_restrito", next(iter(definicao)))
    assert api().post("/automacao/webhooks", {**novo, **definicao}).status_code == 201


def test_what_is_sent_lacks_it(inscrever, evento, lacos, receptor, auth_diz):
    inscrever(dados_pessoais=True)
    auth_diz(campos=OCULTA)
    evento(email="ze@x.br", origem="indicacao")
    lacos.rodar()
    [call] = receptor.requests
    assert "ze@x.br" not in str(call.body)
    assert "origem" not in call.body["data"]["dados"]
    assert call.body["data"]["pessoais"]["nome"]


@pytest.mark.parametrize("definicao", [{"q": "origem:site"}, OBSERVA])
def test_an_older_filter_on_it_sends_nothing_more(inscrever, evento, lacos, receptor, auth_diz, definicao):
    inscrever(**definicao)
    evento(origem="site")
    auth_diz(campos=OCULTA)
    lacos.rodar()
    assert (receptor.requests, entrega().estado) == ([], "oculta")


def test_the_log_of_deliveries_lacks_it(api, inscrever, evento, lacos, receptor):
    inscrever(dados_pessoais=True)
    evento(email="ze@x.br")
    lacos.rodar()
    path = f"/automacao/entregas/{entrega().pk}"
    assert "ze@x.br" in api().get(path).content.decode()
    assert "ze@x.br" not in api(campos=OCULTA).get(path).content.decode()
