"""Opening, changing, deleting and finding deals."""

import re
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection

from crm_shared.testing.contract import assert_problem
from vendas.services import proximo_codigo

pytestmark = pytest.mark.django_db


def test_it_opens_in_the_first_stage_of_the_default_funnel(oportunidade, funil, ana, passos, published):
    assert oportunidade["funil_id"] == funil["id"]
    assert (oportunidade["etapa_nome"], oportunidade["status"], oportunidade["probabilidade"]) == ("Prospecção", "aberta", 10)
    assert (oportunidade["moeda"], oportunidade["valor"], oportunidade["responsavel_id"]) == ("BRL", "1000.00", str(ana.id))
    assert oportunidade["aberta_em"]
    assert passos(oportunidade) == [(None, "Prospecção")]
    (evento,) = published("vendas.oportunidade.criada.v1")
    assert (evento.dados["codigo"], evento.dados["etapa_nome"], evento.dados["valor"]) == (oportunidade["codigo"], "Prospecção", "1000.00")


def test_an_installation_without_funnels_gets_the_usual_one(api, published):
    body = api("vendas:criar").post("/vendas", {"titulo": "Primeira"}).json()
    assert (body["funil_nome"], body["etapa_nome"]) == ("Vendas", "Contato feito")
    assert len(published("vendas.etapa.criada.v1")) == 6
    assert api().post("/vendas", {"titulo": "Segunda"}).json()["funil_id"] == body["funil_id"]


def test_a_stage_or_a_funnel_may_be_asked_for(api, funil, etapas):
    outro = api().post("/vendas/funis", {"nome": "Renovações", "moeda": "USD"}).json()
    assert api().post("/vendas", {"titulo": "x", "etapa_id": etapas["Proposta"]}).json()["probabilidade"] == 60
    body = api().post("/vendas", {"titulo": "x", "funil_id": outro["id"]}).json()
    assert (body["moeda"], body["funil_nome"]) == ("USD", "Renovações")


def test_what_is_asked_for_must_exist_and_agree(api, funil, etapas):
    outro = api().post("/vendas/funis", {"nome": "Renovações"}).json()
    parado = api().post("/vendas/funis", {"nome": "Antigo", "ativo": False}).json()
    for corpo, codigo in (
        ({"funil_id": str(uuid4())}, "inexistente"),
        ({"etapa_id": str(uuid4())}, "inexistente"),
        ({"funil_id": parado["id"]}, "inexistente"),
        ({"funil_id": outro["id"], "etapa_id": etapas["Proposta"]}, "etapa_de_outro_funil"),
    ):
        assert assert_problem(api().post("/vendas", {"titulo": "x", **corpo}), 400)["codigo"] == codigo


def test_a_final_stage_is_not_entered_by_the_side(api, etapas, oportunidade):
    somente_vendas = api("vendas:criar", "vendas:editar")
    for resposta in (
        somente_vendas.post("/vendas", {"titulo": "x", "etapa_id": etapas["Ganha"]}),
        api().patch(f"/vendas/{oportunidade['id']}", {"etapa_id": etapas["Perdida"]}),
        api().post(f"/vendas/{oportunidade['id']}/mover", {"etapa_id": etapas["Ganha"]}),
    ):
        assert assert_problem(resposta, 422)["codigo"] == "etapa_de_fechamento"


@pytest.mark.parametrize("valor", ["-1", "1e400", "12345678901234567.00", "0.001", "NaN", "1,50", True, None])
def test_bad_amounts_are_refused(api, funil, valor):
    assert_problem(api().post("/vendas", {"titulo": "x", "valor": valor}), 400)


@pytest.mark.parametrize("campo", ["codigo", "moeda", "etapa_desde", "total_itens", "probabilidade_manual", "id"])
def test_what_the_system_decides_is_not_taken(api, funil, campo):
    assert_problem(api().post("/vendas", {"titulo": "x", campo: "x"}), 400)


def test_codes_are_for_people(api, funil):
    codigos = [api().post("/vendas", {"titulo": "x"}).json()["codigo"] for _ in range(3)]
    assert all(re.fullmatch(r"OP-20\d\d-\d{5,}", codigo) for codigo in codigos)
    assert len(set(codigos)) == 3
    assert api().get("/vendas", {"busca": codigos[1].lower()}).json()["resultados"][0]["codigo"] == codigos[1]


@pytest.mark.django_db(transaction=True)
def test_codes_never_repeat_nor_wait_for_each_other():
    def um(_):
        try:
            return proximo_codigo(2026)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as fila:
        codigos = list(fila.map(um, range(40)))
    assert len(set(codigos)) == 40


def test_patch_changes_what_it_names(api, oportunidade, published):
    body = api().patch(f"/vendas/{oportunidade['id']}", {"fechamento_previsto": "2026-12-20", "probabilidade": 35}).json()
    assert (body["fechamento_previsto"], body["probabilidade"], body["probabilidade_manual"]) == ("2026-12-20", 35, True)
    assert (body["valor"], body["versao"]) == ("1000.00", 2)
    (evento,) = published("vendas.oportunidade.atualizada.v1")
    assert {"campo": "fechamento_previsto", "de": None, "para": "2026-12-20"} in evento.mudancas


def test_a_patch_of_nothing_new_is_no_change(api, oportunidade, published):
    assert api().patch(f"/vendas/{oportunidade['id']}", {"valor": "1000.0"}).json()["versao"] == 1
    assert not published("vendas.oportunidade.atualizada.v1")


def test_a_null_probability_is_that_of_the_stage(api, oportunidade):
    url = f"/vendas/{oportunidade['id']}"
    api().patch(url, {"probabilidade": 35})
    body = api().patch(url, {"probabilidade": None}).json()
    assert (body["probabilidade"], body["probabilidade_manual"]) == (10, False)


def test_patching_the_stage_is_moving(api, oportunidade, etapas, passos, published):
    body = api().patch(f"/vendas/{oportunidade['id']}", {"etapa_id": etapas["Proposta"], "valor": "1200.00", "probabilidade": None}).json()
    assert (body["etapa_nome"], body["probabilidade"], body["valor"]) == ("Proposta", 60, "1200.00")
    assert passos(oportunidade)[-1] == ("Prospecção", "Proposta")
    assert len(published("vendas.oportunidade.movida.v1")) == 1
    assert not published("vendas.oportunidade.atualizada.v1")


def test_put_replaces_and_keeps_stage_and_owner(api, oportunidade, etapas):
    url = f"/vendas/{oportunidade['id']}"
    api().patch(url, {"etapa_id": etapas["Proposta"], "probabilidade": 35, "fechamento_previsto": "2026-12-20"})
    body = api().put(url, {"titulo": "Outra"}).json()
    assert (body["titulo"], body["valor"], body["origem"], body["fechamento_previsto"]) == ("Outra", "0.00", "outra", None)
    assert (body["etapa_nome"], body["probabilidade"], body["probabilidade_manual"]) == ("Proposta", 60, False)
    assert body["responsavel_id"] == oportunidade["responsavel_id"]


def test_another_funnel_needs_one_of_its_stages(api, oportunidade):
    outro = api().post("/vendas/funis", {"nome": "Renovações"}).json()
    url = f"/vendas/{oportunidade['id']}"
    assert assert_problem(api().patch(url, {"funil_id": outro["id"]}), 400)["codigo"] == "etapa_de_outro_funil"
    body = api().patch(url, {"funil_id": outro["id"], "etapa_id": outro["etapas"][1]["id"]}).json()
    assert body["funil_nome"] == "Renovações"


def test_a_stale_version_merges_or_is_told(api, oportunidade):
    url = f"/vendas/{oportunidade['id']}"
    api().patch(url, {"titulo": "Primeiro"})
    assert api().patch(url, {"valor": "5.00"}, headers={"If-Match": '"v1"'}).json()["titulo"] == "Primeiro"
    problem = assert_problem(api().patch(url, {"titulo": "Segundo"}, headers={"If-Match": '"v1"'}), 412)
    assert problem["conflitos"] == [{"campo": "titulo", "original": "Reforma da loja", "atual": "Primeiro", "enviado": "Segundo"}]


def test_a_repeated_post_opens_one_deal(api, funil):
    corpo, chave = {"titulo": "Uma só"}, {"Idempotency-Key": "importacao-1"}
    primeira, segunda = (api().post("/vendas", corpo, headers=chave) for _ in range(2))
    assert primeira.json() == segunda.json()
    assert segunda["Idempotency-Replayed"] == "true"
    assert len(api().get("/vendas").json()["resultados"]) == 1


def test_deleted_and_restored(api, oportunidade, published):
    url = f"/vendas/{oportunidade['id']}"
    assert api().delete(url).status_code == 204
    assert_problem(api().get(url), 404)
    assert api().get("/vendas").json()["resultados"] == []
    assert api().post(f"{url}/restaurar").json()["codigo"] == oportunidade["codigo"]
    tipos = [evento.tipo for evento in published()][-2:]
    assert tipos == ["vendas.oportunidade.excluida.v1", "vendas.oportunidade.restaurada.v1"]


class TestVisibilidade:
    def test_own_team_all(self, api, oportunidade, bruno, carla):
        url = f"/vendas/{oportunidade['id']}"
        assert api(como=carla, vis="todos").get(url).status_code == 200
        assert api(como=bruno, vis="equipe").get(url).status_code == 200
        for quem, nivel in ((bruno, "proprio"), (carla, "equipe"), (carla, "proprio")):
            cliente = api(como=quem, vis=nivel)
            assert_problem(cliente.get(url), 404)
            assert cliente.get("/vendas").json()["resultados"] == []
            for verbo in ("mover", "ganhar", "perder", "reabrir"):
                assert_problem(cliente.post(f"{url}/{verbo}", {}), 404)
            assert_problem(cliente.get(f"{url}/itens"), 404)
            assert_problem(cliente.get(f"{url}/historico-etapas"), 404)

    def test_to_give_it_to_somebody_else_is_a_scope(self, api, funil, bruno):
        corpo = {"titulo": "x", "responsavel_id": str(bruno.id)}
        assert assert_problem(api("vendas:criar").post("/vendas", corpo), 403)["codigo"] == "escopo_ausente"
        assert api("vendas:criar", "vendas:atribuir").post("/vendas", corpo).json()["responsavel_id"] == str(bruno.id)


class TestLista:
    def test_filters(self, api, oportunidade, etapas, produto):
        outra = (
            api()
            .post(
                "/vendas", {"titulo": "Outra", "etapa_id": etapas["Proposta"], "valor": "50.00", "itens": [{"produto_id": produto["id"]}]}
            )
            .json()
        )
        for filtro in (
            {"etapa_id": etapas["Proposta"]},
            {"valor__lte": "50"},
            {"produto_id": produto["id"]},
            {"codigo": outra["codigo"]},
            {"busca": "OUTRÁ"},
            {"origem": "outra"},
        ):
            assert [linha["id"] for linha in api().get("/vendas", filtro).json()["resultados"]] == [outra["id"]], filtro

    def test_bad_filter_values(self, api):
        for filtro in ({"status": "pausada"}, {"funil_id": "x"}, {"valor__gte": "abc"}, {"aberta_em__gte": "ontem"}):
            assert_problem(api().get("/vendas", filtro), 400)

    @pytest.mark.parametrize("ordenar", ["valor", "-valor", "fechamento_previsto", "-fechamento_previsto", "criado_em", "-atualizado_em"])
    def test_every_order_pages_to_the_end_and_back(self, api, funil, ordenar):
        for numero in range(5):
            previsto = {"fechamento_previsto": f"2026-12-0{numero}"} if numero in (1, 2) else {}
            api().post("/vendas", {"titulo": str(numero), "valor": str(numero % 3), **previsto})
        vistos, cursor = [], None
        while True:
            pagina = api().get("/vendas", {"limite": 2, "ordenar": ordenar, **({"cursor": cursor} if cursor else {})}).json()
            vistos += [linha["titulo"] for linha in pagina["resultados"]]
            cursor = pagina["proximo"]
            if not cursor:
                break
        assert sorted(vistos) == ["0", "1", "2", "3", "4"]

    def test_rows_and_details_agree(self, api, oportunidade):
        linha = api().get("/vendas").json()["resultados"][0]
        assert linha == {campo: valor for campo, valor in oportunidade.items() if campo not in ("itens", "nota_perda")}

    def test_statements_do_not_grow(self, api, funil, queries):
        for _ in range(4):
            api().post("/vendas", {"titulo": "x"})
        cliente = api()
        with queries(1):
            linhas = cliente.get("/vendas", {"status": "aberta", "ordenar": "-valor"}).json()["resultados"]
        with queries(2):
            cliente.get(f"/vendas/{linhas[0]['id']}")
        with queries(2):
            cliente.get(f"/vendas/{linhas[0]['id']}/historico-etapas")
        assert len(linhas) == 4
