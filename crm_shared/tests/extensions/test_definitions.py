"""What lists remember of definitions."""

import pytest

from crm_shared.extensions import definitions
from crm_shared.extensions.models import CampoPersonalizado, Marcador

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def remembered(monkeypatch):
    monkeypatch.setattr(definitions, "SECONDS", 60.0)
    definitions.forget()
    yield
    definitions.forget()


@pytest.fixture
def tagged(api):
    """A record with a tag and a custom field, as another process would have defined them."""
    assert api().post("/exemplo/marcadores", {"nome": "Frio"}).status_code == 201
    assert (
        api()
        .post("/exemplo/campos-personalizados", {"recurso": "coisas", "chave": "nivel", "rotulo": "Nível", "tipo": "texto"})
        .status_code
        == 201
    )
    pk = api().post("/exemplo", {"nome": "a", "extras": {"nivel": "ouro"}}).json()["id"]
    assert api().post(f"/exemplo/{pk}/marcadores", {"marcadores": ["frio"]}).status_code == 200
    return pk


def shown(api):
    (row,) = api().get("/exemplo").json()["resultados"]
    return [tag["nome"] for tag in row["marcadores"]], row["extras"]


def test_a_second_list_reads_no_definition(api, tagged, django_assert_num_queries):
    assert shown(api) == (["Frio"], {"nivel": "ouro"})
    with django_assert_num_queries(1):
        assert shown(api) == (["Frio"], {"nivel": "ouro"})


def test_what_is_new_is_shown_at_once(api, tagged):
    shown(api)
    api().post("/exemplo/marcadores", {"nome": "Novo"})
    api().post(f"/exemplo/{tagged}/marcadores", {"marcadores": ["novo"]})
    assert shown(api)[0] == ["Frio", "Novo"]


def test_what_another_process_changes_is_shown_after_a_while(api, tagged, monkeypatch):
    shown(api)
    Marcador.objects.update(nome="Gelado")
    CampoPersonalizado.objects.update(excluido_em="2026-11-23T00:00:00Z")
    assert shown(api) == (["Frio"], {"nivel": "ouro"})
    moment = definitions.time.monotonic()
    monkeypatch.setattr(definitions.time, "monotonic", lambda: moment + 61)
    assert shown(api) == (["Gelado"], {})


def test_what_this_process_changes_is_shown_at_once(api, tagged, django_capture_on_commit_callbacks):
    shown(api)
    (tag,) = api().get("/exemplo/marcadores").json()["resultados"]
    with django_capture_on_commit_callbacks(execute=True):
        assert api().patch(f"/exemplo/marcadores/{tag['id']}", {"nome": "Gelado"}).status_code == 200
    assert shown(api)[0] == ["Gelado"]
