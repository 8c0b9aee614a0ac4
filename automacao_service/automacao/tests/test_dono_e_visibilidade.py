"""Whose rights a flow has, who may set it going, who sees it and its runs."""

import pytest

from automacao.models import Execucao
from crm_shared.records.models import uuid7
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


def test_only_the_owner_lends_a_flow_his_rights(api, novo, bruno):
    url = f"/automacao/{api().post('/automacao', novo).json()['id']}"
    assert assert_problem(api(como=bruno).post(f"{url}/publicar"), 403)["codigo"] == "somente_o_dono"
    assert api(como=bruno).patch(url, {"responsavel_id": str(bruno.id)}).status_code == 200
    assert api(como=bruno).post(f"{url}/publicar").status_code == 200


def test_a_flow_in_force_given_to_another_rests_until_he_resumes_it(api, deliver, cliente, fluxo, bruno):
    url = f"/automacao/{fluxo['id']}"
    dado = api().patch(url, {"responsavel_id": str(bruno.id)}).json()
    assert dado["estado"] == "pausado"
    deliver(cliente(), uuid7())
    assert not Execucao.objects.exists()
    assert assert_problem(api().post(f"{url}/retomar"), 403)["codigo"] == "somente_o_dono"
    assert api(como=bruno).post(f"{url}/retomar").json()["estado"] == "ativo"


def test_a_restored_flow_waits_for_its_owner(api, fluxo, bruno):
    url = f"/automacao/{fluxo['id']}"
    api().delete(url)
    assert api(como=bruno).post(f"{url}/restaurar").json()["estado"] == "pausado"


@pytest.mark.parametrize(
    ("antes", "acao"),
    [
        ((), "pausar"),
        ((), "retomar"),
        (("publicar",), "retomar"),
        (("publicar",), "publicar"),
        (("arquivar",), "publicar"),
        (("arquivar",), "arquivar"),
    ],
)
def test_transitions_that_lead_nowhere_are_409(api, novo, antes, acao):
    url = f"/automacao/{api().post('/automacao', novo).json()['id']}"
    for passo in antes:
        assert api().post(f"{url}/{passo}").status_code == 200
    assert assert_problem(api().post(f"{url}/{acao}"), 409)["codigo"] == "transicao_nao_permitida"


def test_a_flow_without_steps_cannot_be_published(api, novo):
    url = f"/automacao/{api().post('/automacao', {**novo, 'passos': []}).json()['id']}"
    assert assert_problem(api().post(f"{url}/publicar"), 422)["codigo"] == "fluxo_sem_passos"


def test_every_transition_is_told(api, fluxo, published):
    url = f"/automacao/{fluxo['id']}"
    for acao in ("pausar", "retomar", "arquivar"):
        api().post(f"{url}/{acao}")
    api().delete(url)
    api().post(f"{url}/restaurar")
    contados = [evento.tipo.split(".")[2] for evento in published() if evento.agregado == "automacao.fluxo"]
    assert contados == ["criado", "publicado", "pausado", "retomado", "arquivado", "excluido", "restaurado"]
    assert published("automacao.fluxo.publicado.v1")[0].dados["versao_publicada"] == 1


def test_archiving_ends_the_runs_under_way(api, deliver, cliente, fluxo):
    deliver(cliente(), uuid7())
    api().post(f"/automacao/{fluxo['id']}/arquivar")
    assert Execucao.objects.get().estado == "cancelada"


@pytest.fixture
def execucao(deliver, cliente, fluxo):
    deliver(cliente(), uuid7())
    return str(Execucao.objects.get().pk)


@pytest.mark.parametrize(
    ("quem", "vis", "ve"),
    [
        ("ana", "proprio", True),
        ("bruno", "proprio", False),
        ("bruno", "equipe", True),
        ("carla", "equipe", False),
        ("carla", "todos", True),
    ],
)
def test_flows_and_their_runs_are_seen_alike(api, execucao, fluxo, request, quem, vis, ve):
    client = api(como=request.getfixturevalue(quem), vis=vis)
    assert client.get(f"/automacao/{fluxo['id']}").status_code == (200 if ve else 404)
    assert client.get(f"/automacao/{fluxo['id']}/versoes").status_code == (200 if ve else 404)
    assert client.get(f"/automacao/execucoes/{execucao}").status_code == (200 if ve else 404)
    assert client.post(f"/automacao/execucoes/{execucao}/cancelar").status_code == (200 if ve else 404)
    assert len(client.get("/automacao/execucoes").json()["resultados"]) == int(ve)
    assert len(client.get("/automacao").json()["resultados"]) == int(ve)


def test_who_may_only_read_cannot_steer(api, execucao, fluxo):
    leitor = api("automacao:ler")
    for url in (
        f"/automacao/{fluxo['id']}/pausar",
        f"/automacao/execucoes/{execucao}/cancelar",
        f"/automacao/execucoes/{execucao}/repetir",
    ):
        assert_problem(leitor.post(url), 403)


def test_a_run_shows_no_personal_value_to_anybody(api, execucao):
    detalhe = api().get(f"/automacao/execucoes/{execucao}").json()
    assert detalhe["contexto"]["pessoais"] == ["nome"]
    assert "Zé" not in str(detalhe)


def test_runs_are_filtered_in_constant_queries(api, deliver, cliente, fluxo, queries):
    pks = [uuid7() for _ in range(4)]
    for pk in pks:
        deliver(cliente(), pk)
    with queries(1):
        achadas = api().get("/automacao/execucoes", {"fluxo_id": fluxo["id"], "alvo_id": str(pks[0]), "estado": "na_fila"}).json()
    [achada] = achadas["resultados"]
    assert (achada["alvo_id"], achada["fluxo_nome"], achada["fluxo_versao"]) == (str(pks[0]), "Boas-vindas", 1)
    with queries(2):
        api().get(f"/automacao/execucoes/{achada['id']}")
