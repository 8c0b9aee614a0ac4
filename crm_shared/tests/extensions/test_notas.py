"""Notes on records."""

import pytest

from crm_shared.testing.contract import MISSING, assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def coisa(api):
    return f"/exemplo/{api().post('/exemplo', {'nome': 'mesa'}).json()['id']}"


def test_a_note_lives_like_any_record_and_in_the_history_of_its_own(api, coisa, ana, published):
    made = api().post(f"{coisa}/notas", {"texto": "Ligou hoje."})
    assert (made.status_code, made.json()["autor_id"], made.json()["fixada"]) == (201, str(ana.id), False)
    uma = f"{coisa}/notas/{made.json()['id']}"
    assert api().patch(uma, {"fixada": True}).json()["fixada"] is True
    assert [nota["texto"] for nota in api().get(f"{coisa}/notas").json()["resultados"]] == ["Ligou hoje."]
    assert api().delete(uma).status_code == 204
    assert api().get(f"{coisa}/notas").json()["resultados"] == []
    assert api().post(f"{uma}/restaurar").status_code == 200
    told = [linha["tipo"].split(".", 1)[1] for linha in api().get(f"{coisa}/historico").json()["resultados"]]
    assert told == ["nota.restaurada.v1", "nota.excluida.v1", "nota.atualizada.v1", "nota.criada.v1", "empresa.criada.v1"]
    evento = published("exemplo.nota.criada.v1")[0]
    assert (evento.pessoais, "texto" in evento.dados) == ({"texto": "Ligou hoje."}, False)


@pytest.mark.parametrize(
    "body", [{}, {"texto": ""}, {"texto": 7}, {"texto": "x" * 10_001}, {"texto": "a", "autor_id": MISSING}, {"texto": "a", "x": 1}]
)
def test_a_bad_note_is_refused(api, coisa, body):
    assert_problem(api().post(f"{coisa}/notas", body), 400)


def test_only_the_author_or_an_administrator_changes_a_note(api, coisa, bruno):
    uma = f"{coisa}/notas/{api().post(f'{coisa}/notas', {'texto': 'a'}).json()['id']}"
    colega = api("empresas:ler", "empresas:editar", como=bruno)
    assert colega.get(uma).status_code == 200
    assert assert_problem(colega.patch(uma, {"texto": "b"}), 403)["codigo"] == "nota_alheia"
    assert_problem(colega.delete(uma), 403)
    assert api(como=bruno).patch(uma, {"texto": "b"}).status_code == 200


def test_notes_are_seen_with_their_record_by_who_may(api, coisa, carla):
    api().post(f"{coisa}/notas", {"texto": "a"})
    assert_problem(api(como=carla, vis="proprio").get(f"{coisa}/notas"), 404)
    assert_problem(api("empresas:criar").get(f"{coisa}/notas"), 403)
    assert_problem(api("empresas:ler").post(f"{coisa}/notas", {"texto": "a"}), 403)
    assert_problem(api().get(f"/exemplo/{MISSING}/notas"), 404)
    outra = f"/exemplo/{api().post('/exemplo', {'nome': 'outra'}).json()['id']}"
    assert api().get(f"{outra}/notas").json()["resultados"] == []
