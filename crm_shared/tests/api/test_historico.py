"""GET /<recurso>/<id>/historico."""

from uuid import uuid4

import pytest

from crm_shared.records.references import USUARIO, learn
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def coisa(api):
    """Made by ana, then changed twice."""
    made = api().post("/exemplo", {"nome": "Mesa", "valor": "10.00"}).json()
    for change in ({"valor": "12.50"}, {"nome": "Mesa grande", "prazo": "2026-12-01"}):
        assert api().patch(f"/exemplo/{made['id']}", change).status_code == 200
    return made


def past(api, coisa, **parameters):
    return api().get(f"/exemplo/{coisa['id']}/historico", parameters).json()


def test_who_changed_what_newest_first(api, ana, coisa):
    learn(USUARIO, ana.id, versao=1, nome="Ana")
    last, middle, first = past(api, coisa)["resultados"]
    assert [item["versao"] for item in (last, middle, first)] == [3, 2, 1]
    assert {(item["campo"], item["de"], item["para"]) for item in last["mudancas"]} == {
        ("nome", "Mesa", "Mesa grande"),
        ("prazo", None, "2026-12-01"),
    }
    assert (middle["ator"], middle["ator_nome"], middle["causa"]) == (str(ana.id), "Ana", "")
    assert middle["em"].endswith("Z")
    assert len(middle["rastro"]) == 32


def test_it_comes_in_pages_and_in_either_order(api, coisa):
    first = past(api, coisa, limite=2)
    second = past(api, coisa, limite=2, cursor=first["proximo"])
    assert [item["versao"] for page in (first, second) for item in page["resultados"]] == [3, 2, 1]
    assert [item["versao"] for item in past(api, coisa, ordenar="em")["resultados"]] == [1, 2, 3]


def test_a_deleted_record_still_tells_its_past(api, coisa):
    assert api().delete(f"/exemplo/{coisa['id']}").status_code == 204
    assert past(api, coisa)["resultados"][0]["tipo"].rpartition(".")[0].endswith("excluida")


def test_what_one_may_not_see_has_no_past(api, coisa, carla):
    assert_problem(api(como=carla, vis="proprio").get(f"/exemplo/{coisa['id']}/historico"), 404)
    assert_problem(api().get(f"/exemplo/{uuid4()}/historico"), 404)
    assert_problem(api("empresas:criar").get(f"/exemplo/{coisa['id']}/historico"), 403)


def test_unknown_parameters_are_refused(api, coisa):
    for query in ("busca=x", "q=a:1", "campo=nome", "ordenar=versao", "limite=0", "cursor=x"):
        assert_problem(api().get(f"/exemplo/{coisa['id']}/historico?{query}"), 400)


def test_its_cost_does_not_grow(api, coisa, queries):
    reader = api()
    with queries(5):  # the record, its notes and attachments, their events, the names of who changed it
        assert reader.get(f"/exemplo/{coisa['id']}/historico").status_code == 200
