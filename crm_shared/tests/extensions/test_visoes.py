"""Saved views of lists."""

import pytest

from crm_shared.extensions.models import Visao
from crm_shared.testing.contract import MISSING, assert_problem

pytestmark = pytest.mark.django_db
VISOES = "/exemplo/visoes"


@pytest.fixture
def save(api):
    def make(como=None, **outros):
        client = api(como=como) if como else api()
        return client.post(VISOES, {"recurso": "coisas", "nome": "v", **outros})

    return make


@pytest.fixture
def coisas(api):
    api().post("/exemplo/marcadores", {"nome": "Frio"})
    made = {nome: api().post("/exemplo", {"nome": nome, "valor": valor}).json() for nome, valor in (("a", "10"), ("b", "30"), ("c", "20"))}
    for nome in "ab":
        api().post(f"/exemplo/{made[nome]['id']}/marcadores", {"marcadores": ["frio"]})


def names(answer):
    assert answer.status_code == 200, answer.content
    return [row["nome"] for row in answer.json()["resultados"]]


def test_a_view_lives_like_any_record(api, save, published):
    made = save(q="valor:>10", ordenar="-valor", colunas=["nome", "valor"], agrupar_por="nome", tipo="quadro")
    assert (made.status_code, made.json()["compartilhamento"]) == (201, "proprio")
    uma = f"{VISOES}/{made.json()['id']}"
    assert api().patch(uma, {"nome": "Caras"}).json()["nome"] == "Caras"
    assert api().delete(uma).status_code == 204
    assert api().post(f"{uma}/restaurar").status_code == 200
    told = [evento.tipo for evento in published()]
    assert told == [f"exemplo.visao.{fim}.v1" for fim in ("criada", "atualizada", "excluida", "restaurada")]


def test_a_list_takes_a_view_and_what_is_asked_besides(api, save, coisas):
    visao = save(q="valor:>10 or nome:a", filtros={"marcador": "frio"}, ordenar="-valor").json()["id"]
    assert names(api().get("/exemplo", {"visao": visao})) == ["b", "a"]
    assert names(api().get("/exemplo", {"visao": visao, "q": "valor:10"})) == ["a"]
    assert names(api().get("/exemplo", {"visao": visao, "ordenar": "valor"})) == ["a", "b"]
    page = api().get("/exemplo", {"visao": visao, "limite": 1})
    assert names(api().get("/exemplo", {"visao": visao, "limite": 1, "cursor": page.json()["proximo"]})) == ["a"]


@pytest.mark.parametrize("query", [f"visao={MISSING}", "visao=1", "visao=", f"visao={MISSING}&visao={MISSING}"])
def test_a_view_that_is_none_is_refused(api, query):
    assert assert_problem(api().get(f"/exemplo?{query}"), 400)["erros"][0]["campo"] == "visao"


@pytest.mark.parametrize(
    ("body", "campo"),
    [
        ({"recurso": "carros"}, "recurso"),
        ({"nome": ""}, "nome"),
        ({"nome": "x" * 101}, "nome"),
        ({"q": "senha:x"}, "q"),
        ({"q": "("}, "q"),
        ({"q": "x" * 2001}, "q"),
        ({"filtros": {"senha": "x"}}, "filtros"),
        ({"filtros": {"marcador": "x" * 61}}, "filtros"),
        ({"filtros": []}, "filtros"),
        ({"colunas": ["senha"]}, "colunas"),
        ({"colunas": ["nome"] * 61}, "colunas"),
        ({"ordenar": "nome"}, "ordenar"),
        ({"agrupar_por": "senha"}, "agrupar_por"),
        ({"tipo": "mapa"}, "tipo"),
        ({"compartilhamento": "mundo"}, "compartilhamento"),
        ({"dono_id": MISSING}, "dono_id"),
    ],
)
def test_what_the_list_would_refuse_is_not_saved(save, body, campo):
    erros = assert_problem(save(**body), 400)["erros"]
    assert erros[0]["campo"].split(".")[0] == campo


def test_who_sees_a_view(api, save, ana, bruno, carla):
    ids = {nivel: save(nome=nivel, compartilhamento=nivel).json()["id"] for nivel in ("proprio", "equipe", "todos")}
    seen = {quem.nome: {row["nome"] for row in api(como=quem).get(VISOES).json()["resultados"]} for quem in (ana, bruno, carla)}
    assert seen == {"Ana": {"proprio", "equipe", "todos"}, "Bruno": {"equipe", "todos"}, "Carla": {"todos"}}
    assert_problem(api(como=carla).get(f"{VISOES}/{ids['equipe']}"), 404)
    assert_problem(api(como=carla).get("/exemplo", {"visao": ids["equipe"]}), 400)


def test_only_the_owner_or_an_administrator_changes_a_view(api, save, bruno):
    uma = f"{VISOES}/{save(compartilhamento='equipe').json()['id']}"
    colega = api("empresas:ler", como=bruno)
    assert assert_problem(colega.patch(uma, {"nome": "x"}), 403)["codigo"] == "visao_alheia"
    assert_problem(colega.post(VISOES, {"recurso": "coisas", "nome": "x", "compartilhamento": "todos"}), 403)
    assert Visao.objects.count() == 1
    assert_problem(api("empresas:criar").get(VISOES), 403)


def test_one_default_per_owner_and_resource(save, bruno):
    primeira, _alheia, segunda = save(padrao=True).json(), save(como=bruno, padrao=True), save(padrao=True).json()
    assert {str(pk) for pk in Visao.objects.filter(padrao=True, dono_id=segunda["dono_id"]).values_list("pk", flat=True)} == {segunda["id"]}
    assert Visao.objects.filter(padrao=True).count() == 2
    assert Visao.objects.get(pk=primeira["id"]).versao == 2


def test_a_cpf_that_somebody_typed_is_for_those_who_see_personal_data(api, save, published, bruno):
    typed = {"q": 'nome:52998224725 or nome:"ana@exemplo.com.br"', "filtros": {"marcador": "11987654321"}}
    made = save(**typed, compartilhamento="todos").json()
    assert {name: made[name] for name in typed} == typed
    shown = {"q": 'nome:[telefone] or nome:"[email]"', "filtros": {"marcador": "[telefone]"}}
    dele = api("empresas:ler", como=bruno)
    for seen in (dele.get(f"{VISOES}/{made['id']}").json(), dele.get(VISOES).json()["resultados"][0]):
        assert {name: seen[name] for name in typed} == shown
    assert api().patch(f"{VISOES}/{made['id']}", {"q": "nome:33344455566"}).status_code == 200
    first, second = published()
    assert {name: first.dados[name] for name in typed} == shown
    assert (first.pessoais["q_pessoal"], first.pessoais["filtros_pessoais"]) == (typed["q"], typed["filtros"])
    assert second.mudancas == [{"campo": "q"}]
