"""`/<servico>/operacoes`: one's own, page by page; cancel, undo."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from crm_shared.operations import services
from crm_shared.operations.models import Operacao
from crm_shared.testing.contract import MISSING, assert_problem

pytestmark = pytest.mark.django_db(transaction=True)
ONDE = "/exemplo/operacoes"


@pytest.fixture
def operacao(ator):
    return services.start(ator=ator, tipo="contagem", recurso="exemplo", parametros={"ate": 4, "recusar": [1, 2], "porcao": 9})


def test_its_progress(api, operacao, ate_o_fim):
    client = api()
    assert client.get(f"{ONDE}/{operacao.pk}").json()["estado"] == "na_fila"
    ate_o_fim()
    answer = client.get(f"{ONDE}/{operacao.pk}")
    assert {name: answer.json()[name] for name in ("estado", "total", "feitos", "erros")} == {
        "estado": "concluida",
        "total": 4,
        "feitos": 4,
        "erros": 2,
    }
    assert client.get(f"{ONDE}/{operacao.pk}", headers={"If-None-Match": answer["ETag"]}).status_code == 304
    [listed] = client.get(ONDE, {"estado": "concluida", "tipo": "contagem"}).json()["resultados"]
    assert listed == answer.json()


def test_its_errors_page_by_page(api, operacao, ate_o_fim):
    ate_o_fim()
    client = api()
    first = client.get(f"{ONDE}/{operacao.pk}/erros", {"limite": 1}).json()
    second = client.get(f"{ONDE}/{operacao.pk}/erros", {"limite": 1, "cursor": first["proximo"]}).json()
    assert [page["resultados"][0]["indice"] for page in (first, second)] == [1, 2]
    assert second["proximo"] is None
    everything = client.get(f"{ONDE}/{operacao.pk}/itens").json()["resultados"]
    assert [(item["indice"], item["status"]) for item in everything] == [(0, 201), (1, 400), (2, 400), (3, 201)]
    assert_problem(client.get(f"{ONDE}/{operacao.pk}/erros", {"x": 1}), 400)
    assert_problem(client.get(f"{ONDE}/{operacao.pk}/erros", {"limite": 0}), 400)


def test_only_ones_own(api, operacao, bruno):
    other = api("empresas:ler", como=bruno)
    assert other.get(ONDE).json()["resultados"] == []
    for answer in (
        other.get(f"{ONDE}/{operacao.pk}"),
        other.get(f"{ONDE}/{operacao.pk}/erros"),
        other.post(f"{ONDE}/{operacao.pk}/cancelar"),
        other.post(f"{ONDE}/{operacao.pk}/desfazer"),
    ):
        assert_problem(answer, 404)
    assert api("empresas:ler").get(f"{ONDE}/{operacao.pk}").status_code == 200


def test_who_administers_sees_all(api, operacao, bruno):
    assert api("empresas:ler", "empresas:administrar", como=bruno).get(f"{ONDE}/{operacao.pk}").status_code == 200
    narrow = api("empresas:ler", "empresas:administrar", como=bruno, vis="equipe")
    assert_problem(narrow.get(f"{ONDE}/{operacao.pk}"), 404)


def test_without_the_scope(api, operacao):
    assert_problem(api("empresas:criar").get(ONDE), 403)


def test_cancel_once(api, operacao):
    client = api()
    answer = client.post(f"{ONDE}/{operacao.pk}/cancelar")
    assert (answer.status_code, answer.json()["estado"]) == (200, "cancelada")
    assert assert_problem(client.post(f"{ONDE}/{operacao.pk}/cancelar"), 409)["codigo"] == "operacao_encerrada"
    assert_problem(client.post(f"{ONDE}/{MISSING}/cancelar"), 404)


def test_undo_only_what_has_ended_and_in_time(api, operacao, ate_o_fim):
    client = api()
    assert assert_problem(client.post(f"{ONDE}/{operacao.pk}/desfazer"), 409)["codigo"] == "operacao_nao_encerrada"
    ate_o_fim()
    Operacao.objects.update(desfazer_ate=timezone.now() - timedelta(days=1))
    assert assert_problem(client.post(f"{ONDE}/{operacao.pk}/desfazer"), 422)["codigo"] == "nao_pode_ser_desfeita"
    Operacao.objects.update(desfazer_ate=timezone.now() + timedelta(days=1))
    assert client.post(f"{ONDE}/{operacao.pk}/desfazer").json()["estado"] == "desfazendo"
    ate_o_fim()
    assert client.get(f"{ONDE}/{operacao.pk}").json()["estado"] == "desfeita"


def test_unknown_parameters_and_values(api):
    for query in ({"estado": "nada"}, {"x": 1}, {"criado_em__gte": "ontem"}, {"ordenar": "quem"}):
        assert_problem(api().get(ONDE, query), 400)


def test_the_list_is_one_statement(api, ator, queries):
    for number in range(30):
        services.start(ator=ator, tipo="contagem", recurso="exemplo", parametros={"ate": number})
    client = api()
    with queries(1):
        assert len(client.get(ONDE).json()["resultados"]) == 25


def test_nothing_of_the_inside_is_shown(api, operacao):
    shown = api().get(f"{ONDE}/{operacao.pk}").json()
    assert not {"quem", "parametros", "cursor", "arrendada_ate"} & set(shown)
    assert UUID(shown["criado_por"])
