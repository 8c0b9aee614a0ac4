"""The CNPJ: validation, duplicates, upsert by it, the establishments that share its root."""

import json
from pathlib import Path

import pytest

from crm_shared.testing.contract import assert_problem

VECTORS = Path(__file__).resolve().parents[4] / "shared/data/domain_vectors/vectors.json"
# two establishments of one company, and one of another
MATRIZ, FILIAL, OUTRA = "11222333000181", "11222333000262", "33000167000101"

pytestmark = pytest.mark.django_db


def conferir(api, cnpj):
    return api().get(f"/empresas/validar-cnpj/{cnpj}").json()


def test_a_valid_one_is_told_in_every_form(api):
    assert conferir(api, "12abc34501de35") == {
        "cnpj": "12ABC34501DE35",
        "formatado": "12.ABC.345/01DE-35",
        "valido": True,
        "raiz": "12ABC345",
        "registro_id": None,
    }


def test_a_valid_one_names_who_has_it_if_that_may_be_seen(api, padaria, carla):
    assert conferir(api, "12ABC34501DE35")["registro_id"] == padaria["id"]
    out_of_sight = api(como=carla, vis="proprio").get("/empresas/validar-cnpj/12ABC34501DE35").json()
    assert (out_of_sight["valido"], out_of_sight["registro_id"]) == (True, None)


@pytest.mark.parametrize("cnpj", ["12ABC34501DE45", "12ABC34501DE3A", "00000000000000", "1", "x" * 300, "%C3%81BC34567000100"])
def test_an_invalid_one_is_no_error_to_ask_about(api, cnpj):
    body = conferir(api, cnpj)
    assert (body["valido"], body["formatado"], body["raiz"], body["registro_id"]) == (False, "", "", None)


def test_the_vectors_hold(api):
    if not VECTORS.exists():
        pytest.skip(f"{VECTORS} is not part of a clone")
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    for vector in vectors["cnpj_validos"]:
        assert conferir(api, vector["cnpj"])["formatado"] == vector["mascara"]
        assert api().post("/empresas", {"nome_fantasia": "Acme", "cnpj": vector["mascara"]}).json()["cnpj"] == vector["cnpj"]
    for vector in vectors["cnpj_invalidos"]:
        if vector["proprio"] is False:
            assert_problem(api().post("/empresas", {"nome_fantasia": "Acme", "cnpj": vector["cnpj"].split(" (")[0]}), 400)


@pytest.mark.parametrize("cnpj", ["12ABC34501DE35", "12abc34501de35", "12.abc.345/01de-35"])
def test_one_in_use_names_its_holder(api, padaria, cnpj):
    problem = assert_problem(api().post("/empresas", {"nome_fantasia": "Outra", "cnpj": cnpj}), 409)
    assert (problem["codigo"], problem["registro_id"]) == ("duplicado", padaria["id"])


def test_another_cannot_take_it_by_a_change(api, padaria):
    outra = api().post("/empresas", {"nome_fantasia": "Outra"}).json()
    problem = assert_problem(api().patch(f"/empresas/{outra['id']}", {"cnpj": padaria["cnpj"]}), 409)
    assert problem["registro_id"] == padaria["id"]


def test_many_may_have_none(api):
    assert [api().post("/empresas", {"nome_fantasia": "Acme"}).status_code for _ in range(2)] == [201, 201]


def test_a_deleted_company_frees_it_until_it_would_come_back(api, padaria, nova):
    api().delete(f"/empresas/{padaria['id']}")
    segunda = api().post("/empresas", nova).json()
    problem = assert_problem(api().post(f"/empresas/{padaria['id']}/restaurar"), 409)
    assert problem["registro_id"] == segunda["id"]


def test_an_upsert_creates_then_changes_only_what_it_names(api, published):
    first = api().put(f"/empresas/por-cnpj/{MATRIZ}", {"razao_social": "Acme S.A.", "segmento": "varejo"})
    assert (first.status_code, first["Location"]) == (201, f"/empresas/{first.json()['id']}")
    again = api().put(f"/empresas/por-cnpj/{MATRIZ}", {"nome_fantasia": "Acme"})
    assert (again.status_code, again.json()["id"], again["ETag"]) == (200, first.json()["id"], '"v2"')
    assert (again.json()["razao_social"], again.json()["segmento"], again.json()["nome"]) == ("Acme S.A.", "varejo", "Acme")
    assert [evento.tipo.split(".")[2] for evento in published()] == ["criada", "atualizada"]


def test_the_same_upsert_again_changes_nothing(api, published):
    for _ in range(2):
        response = api().put(f"/empresas/por-cnpj/{MATRIZ.lower()}", {"razao_social": "Acme S.A.", "cnpj": MATRIZ})
    assert (response.status_code, response["ETag"], len(published())) == (200, '"v1"', 1)


def test_an_upsert_that_would_create_needs_that_right(api, padaria):
    editor = api("empresas:editar")
    assert_problem(editor.put(f"/empresas/por-cnpj/{MATRIZ}", {"razao_social": "Acme"}), 403)
    assert editor.put(f"/empresas/por-cnpj/{padaria['cnpj']}", {"segmento": "varejo"}).status_code == 200


def test_an_upsert_does_not_reach_what_is_out_of_sight(api, padaria, carla):
    response = api(como=carla, vis="equipe").put(f"/empresas/por-cnpj/{padaria['cnpj']}", {"razao_social": "Minha"})
    assert assert_problem(response, 409)["registro_id"] == padaria["id"]


@pytest.mark.parametrize(
    ("cnpj", "body", "codigo"),
    [
        ("12ABC34501DE36", {"razao_social": "A"}, "cnpj_invalido"),
        (MATRIZ, {"razao_social": "A", "cnpj": OUTRA}, "cnpj_divergente"),
        (MATRIZ, {"segmento": "varejo"}, "obrigatorio"),
    ],
)
def test_a_bad_upsert_is_refused(api, cnpj, body, codigo):
    assert assert_problem(api().put(f"/empresas/por-cnpj/{cnpj}", body), 400)["codigo"] == codigo


def test_a_stale_upsert_is_refused(api):
    api().put(f"/empresas/por-cnpj/{MATRIZ}", {"razao_social": "A"})
    api().put(f"/empresas/por-cnpj/{MATRIZ}", {"razao_social": "B"})
    response = api().put(f"/empresas/por-cnpj/{MATRIZ}", {"razao_social": "C"}, headers={"If-Match": '"v1"'})
    assert assert_problem(response, 412)["conflitos"][0]["campo"] == "razao_social"


@pytest.fixture
def matriz(api):
    return api().post("/empresas", {"nome_fantasia": "Matriz", "cnpj": MATRIZ, "matriz": True}).json()


def test_branches_share_the_root(api, matriz, padaria):
    filial = api().post("/empresas", {"nome_fantasia": "Filial", "cnpj": FILIAL, "matriz": False}).json()
    page = api().get(f"/empresas/{matriz['id']}/filiais").json()
    assert ([row["id"] for row in page["resultados"]], page["proximo"]) == ([filial["id"]], None)
    assert [row["id"] for row in api().get(f"/empresas/{filial['id']}/filiais").json()["resultados"]] == [matriz["id"]]
    assert api().get(f"/empresas/{padaria['id']}/filiais").json()["resultados"] == []


def test_branches_out_of_sight_and_deleted_ones_are_left_out(api, matriz, carla):
    filial = api(como=carla).post("/empresas", {"nome_fantasia": "Filial", "cnpj": FILIAL}).json()
    address = f"/empresas/{matriz['id']}/filiais"
    assert api(vis="equipe").get(address).json()["resultados"] == []
    api().delete(f"/empresas/{filial['id']}")
    assert api().get(address).json()["resultados"] == []


def test_companies_without_cnpj_are_nobody_s_branches(api):
    primeira, _segunda = (api().post("/empresas", {"nome_fantasia": "Acme"}).json() for _ in range(2))
    assert api().get(f"/empresas/{primeira['id']}/filiais").json()["resultados"] == []


@pytest.mark.django_db(transaction=True)
def test_two_upserts_at_once_make_one_company(ator):
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    from django.db import connection

    from empresas import services
    from empresas.models import Empresa

    together = Barrier(4)

    def gravar(campo):
        together.wait()
        try:
            dados = {"razao_social": "Acme", campo: "x"}
            return services.gravar_por_cnpj(ator=ator, cnpj=MATRIZ, dados=dados)[1]
        finally:
            connection.close()

    campos = ["nome_fantasia", "segmento", "pais", "id_fiscal_exterior"]
    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(gravar, campos)) == [False, False, False, True]
    assert Empresa.objects.filter(**dict.fromkeys(campos, "x")).count() == 1
