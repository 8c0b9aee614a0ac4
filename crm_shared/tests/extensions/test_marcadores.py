"""Tags: their definitions, giving them to records and taking them away, finding records by them."""

import pytest
from django.utils import timezone
from projeto.exemplo import services
from projeto.exemplo.models import Coisa

from crm_shared.errors import Invalid
from crm_shared.extensions.models import Marcador
from crm_shared.extensions.tags import add_tags, remove_tags
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db
DEFINICOES = "/exemplo/marcadores"


@pytest.fixture
def marcadores(api):
    return {nome: api().post(DEFINICOES, {"nome": nome}).json() for nome in ("Frio", "Cliente VIP", "Caro")}


@pytest.fixture
def coisa(api):
    return api().post("/exemplo", {"nome": "mesa"}).json()


def mark(api, coisa, *slugs, **headers):
    return api().post(f"/exemplo/{coisa['id']}/marcadores", {"marcadores": slugs}, headers=headers)


def unmark(api, coisa, text):
    return api().delete(f"/exemplo/{coisa['id']}/marcadores?marcadores={text}")


def slugs(answer):
    assert answer.status_code == 200, answer.content
    return [item["slug"] for item in answer.json()["marcadores"]]


def test_a_definition_lives_like_any_record(api, published):
    made = api().post(DEFINICOES, {"nome": "Atenção especial", "cor": "#ff0000"})
    assert (made.status_code, made.json()["slug"], made.json()["cor"]) == (201, "atencao-especial", "#ff0000")
    pk = made.json()["id"]
    assert api().patch(f"{DEFINICOES}/{pk}", {"nome": "Atenção"}).json()["slug"] == "atencao-especial"
    assert api().put(f"{DEFINICOES}/{pk}", {"nome": "Atenção"}).status_code == 200
    assert api().delete(f"{DEFINICOES}/{pk}").status_code == 204
    assert api().get(DEFINICOES).json()["resultados"] == []
    assert api().post(f"{DEFINICOES}/{pk}/restaurar").status_code == 200
    assert [evento.tipo.split(".")[2] for evento in published()] == ["criado", "atualizado", "atualizado", "excluido", "restaurado"]


@pytest.mark.parametrize(("nome", "slug"), [("q\x1bo_W_", "qo-w"), ("\uff3fa\uff3f\uff3fb", "a-b")])
def test_any_name_makes_a_slug_that_an_expression_can_name(api, nome, slug):
    assert api().post(DEFINICOES, {"nome": nome}).json()["slug"] == slug


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"nome": ""},
        {"nome": "x" * 61},
        {"nome": 7},
        {"nome": "!!!"},
        {"nome": "a", "slug": "Com Espaço"},
        {"nome": "a", "slug": "a_b"},
        {"nome": "a", "cor": "vermelho"},
        {"nome": "a", "cor": "#FF00"},
        {"nome": "a", "ordem": 1},
    ],
)
def test_a_bad_definition_is_refused(api, body):
    assert_problem(api().post(DEFINICOES, body), 400)


def test_a_slug_is_for_ever(api, marcadores):
    frio = marcadores["Frio"]
    assert assert_problem(api().post(DEFINICOES, {"nome": "FRIO"}), 409)["registro_id"] == frio["id"]
    assert_problem(api().patch(f"{DEFINICOES}/{frio['id']}", {"slug": "gelado"}), 400)
    api().delete(f"{DEFINICOES}/{frio['id']}")
    assert assert_problem(api().post(DEFINICOES, {"nome": "frio"}), 409)["registro_id"] == frio["id"]


def test_definitions_are_read_by_many_and_changed_by_few(api, marcadores):
    client = api("empresas:ler", "empresas:editar")
    assert len(client.get(DEFINICOES).json()["resultados"]) == 3
    assert_problem(client.post(DEFINICOES, {"nome": "x"}), 403)
    assert_problem(client.delete(f"{DEFINICOES}/{marcadores['Frio']['id']}"), 403)


def test_adding_and_removing_never_replace(api, coisa, marcadores, published):
    assert slugs(mark(api, coisa, "frio")) == ["frio"]
    assert slugs(mark(api, coisa, "caro", "frio", "caro")) == ["frio", "caro"]
    assert slugs(unmark(api, coisa, "frio,cliente-vip")) == ["caro"]
    read = api().get(f"/exemplo/{coisa['id']}").json()
    assert (read["marcadores"], read["versao"]) == ([{"slug": "caro", "nome": "Caro", "cor": "#64748b"}], 4)
    *_, last = published("empresas.empresa.atualizada.v1")
    assert last.mudancas == [{"campo": "marcadores", "de": ["frio", "caro"], "para": ["caro"]}]
    assert (last.dados["marcadores"], last.versao) == (["caro"], 4)


def test_what_changes_nothing_makes_no_version(api, coisa, marcadores):
    mark(api, coisa, "frio")
    assert mark(api, coisa, "frio").json()["versao"] == unmark(api, coisa, "caro").json()["versao"] == 2


def test_a_stale_version_is_refused_only_over_the_tags(api, coisa, marcadores):
    api().patch(f"/exemplo/{coisa['id']}", {"nome": "cadeira"})
    assert slugs(mark(api, coisa, "frio", **{"If-Match": '"v1"'})) == ["frio"]
    assert_problem(mark(api, coisa, "caro", **{"If-Match": '"v1"'}), 412)


def test_tags_are_not_written_as_a_field(api, coisa, marcadores):
    assert_problem(api().patch(f"/exemplo/{coisa['id']}", {"marcadores": ["frio"]}), 400)
    mark(api, coisa, "frio")
    assert slugs(api().put(f"/exemplo/{coisa['id']}", {"nome": "banco"})) == ["frio"]


@pytest.mark.parametrize("body", [{}, {"marcadores": []}, {"marcadores": "frio"}, {"marcadores": [7]}, {"marcadores": ["nenhum"]}])
def test_bad_tags_are_refused(api, coisa, marcadores, body):
    assert_problem(api().post(f"/exemplo/{coisa['id']}/marcadores", body), 400)


def test_too_many_tags_are_refused(api, coisa):
    Marcador.objects.bulk_create([Marcador(nome=f"m{n}", slug=f"m{n}") for n in range(60)])
    assert_problem(mark(api, coisa, *[f"m{n}" for n in range(51)]), 400)
    assert mark(api, coisa, *[f"m{n}" for n in range(50)]).status_code == 200
    assert_problem(mark(api, coisa, "m51"), 422)


@pytest.mark.parametrize("query", ["", "?marcadores=", "?marcadores=nenhum", "?outro=1", "?marcadores=frio&x=1"])
def test_bad_removals_are_refused(api, coisa, marcadores, query):
    assert_problem(api().delete(f"/exemplo/{coisa['id']}/marcadores{query}"), 400)


def test_only_who_may_edit_what_they_see(api, coisa, marcadores, carla):
    assert_problem(api("empresas:ler").post(f"/exemplo/{coisa['id']}/marcadores", {"marcadores": ["frio"]}), 403)
    assert_problem(api(como=carla, vis="proprio").post(f"/exemplo/{coisa['id']}/marcadores", {"marcadores": ["frio"]}), 404)


@pytest.fixture
def marcadas(api, marcadores):
    """a: frio; b: frio, cliente-vip; c: none."""
    made = {nome: api().post("/exemplo", {"nome": nome}).json() for nome in "abc"}
    mark(api, made["a"], "frio")
    mark(api, made["b"], "frio", "cliente-vip")
    return made


@pytest.mark.parametrize(
    ("query", "nomes"),
    [
        ({"marcador": "frio"}, "ab"),
        ({"marcador": "Cliente vip"}, "b"),
        ({"q": "marcador:frio"}, "ab"),
        ({"q": 'marcador:"cliente VIP"'}, "b"),
        ({"q": "-marcador:frio"}, "c"),
        ({"q": "marcador:caro,cliente-vip"}, "b"),
        ({"q": "marcador:vazio"}, "c"),
        ({"q": "marcador:frio -marcador:cliente-vip"}, "a"),
        ({"q": "marcador:nenhum"}, ""),
    ],
)
def test_lists_are_narrowed_by_tags(api, marcadas, query, nomes):
    answer = api().get("/exemplo", query)
    assert answer.status_code == 200, answer.content
    assert {row["nome"] for row in answer.json()["resultados"]} == set(nomes)


@pytest.mark.parametrize("query", [{"marcador": "nenhum"}, {"marcador": ""}, {"marcador": "x" * 61}, {"q": "marcador:>frio"}])
def test_unknown_tags_are_refused_as_filters(api, marcadas, query):
    assert_problem(api().get("/exemplo", query), 400)


def test_rows_show_tags_by_one_more_statement(api, marcadas, queries):
    with queries(2):
        rows = api().get("/exemplo", {"ordenar": "criado_em"}).json()["resultados"]
    assert [[item["nome"] for item in row["marcadores"]] for row in rows] == [["Frio"], ["Frio", "Cliente VIP"], []]


def test_rows_whose_tags_are_all_deleted_take_no_more(api, marcadas, queries):
    Marcador.objects.update(excluido_em=timezone.now())
    with queries(2):
        rows = api().get("/exemplo", {"ordenar": "criado_em"}).json()["resultados"]
    assert [row["marcadores"] for row in rows] == [[], [], []]


def test_a_deleted_tag_is_out_of_sight_until_it_is_restored(api, marcadas, marcadores):
    frio = f"{DEFINICOES}/{marcadores['Frio']['id']}"
    api().delete(frio)
    assert slugs(api().get(f"/exemplo/{marcadas['b']['id']}")) == ["cliente-vip"]
    assert_problem(api().get("/exemplo", {"marcador": "frio"}), 400)
    assert_problem(mark(api, marcadas["c"], "frio"), 400)
    api().post(f"{frio}/restaurar")
    assert slugs(api().get(f"/exemplo/{marcadas['b']['id']}")) == ["frio", "cliente-vip"]


def test_services_give_tags_in_bulk_by_the_same_functions(ator, marcadas):
    pk = marcadas["c"]["id"]
    common = {"ator": ator, "model": Coisa, "update": services.atualizar_coisa, "pk": pk}
    assert add_tags(**common, slugs=["frio"]).marcadores == ["frio"]
    assert remove_tags(**common, slugs=["frio"]).marcadores == []
    with pytest.raises(Invalid):
        add_tags(**common, slugs=["nenhum"])
