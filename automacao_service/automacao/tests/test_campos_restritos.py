"""Field rules of roles in flows: nobody makes one that asks about, or quotes, what he does not see."""

import pytest

from automacao.models import Execucao
from crm_shared.records.models import uuid7
from crm_shared.testing.contract import assert_problem

from .conftest import CRIADO, LIGAR

pytestmark = pytest.mark.django_db
CITA = {**LIGAR, "parametros": {**LIGAR["parametros"], "titulo": "Escrever a {{email}}"}}
OCULTA = {"clientes": {"origem": "o", "email": "m"}}


@pytest.mark.parametrize(
    ("mudanca", "campo"),
    [
        ({}, "gatilho.condicoes"),
        ({"gatilho": {"evento": CRIADO, "condicoes": [], "q": "origem:site"}}, "gatilho.q"),
        ({"gatilho": {"evento": CRIADO, "condicoes": []}, "passos": [CITA]}, "passos"),
    ],
)
def test_a_definition_names_only_what_its_author_sees(api, novo, mudanca, campo):
    document = assert_problem(api(campos=OCULTA).post("/automacao", {**novo, **mudanca}), 403)
    assert (document["codigo"], document["erros"][0]["campo"]) == ("campo_restrito", campo)
    fluxo = api().post("/automacao", {**novo, **mudanca}).json()
    assert api(campos=OCULTA).post(f"/automacao/{fluxo['id']}/publicar").status_code == 403
    assert api(campos=OCULTA).patch(f"/automacao/{fluxo['id']}", {"nome": "Outro"}).status_code == 200


def test_a_run_tells_nothing_of_it(api, fluxo, cliente, deliver):
    """Neither one under way nor one that was ignored, which tells why."""
    for origem in ("site", "indicacao"):
        deliver(cliente(origem=origem), uuid7())
    for execucao in Execucao.objects.all():
        path = f"/automacao/execucoes/{execucao.pk}"
        assert "origem" in str(api().get(path).json()["contexto"])
        assert "origem" not in str(api(campos=OCULTA).get(path).json()["contexto"])
    assert Execucao.objects.count() == 2
