"""Conversations as a file, from MongoDB."""

import csv
import io

import pytest

from crm_shared.testing.contract import assert_problem
from crm_shared.testing.files import rodar  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("formato", ["csv", "xlsx"])
def test_what_the_list_shows(api, conversa, rodar, formato):  # noqa: F811
    client = api()
    asked = client.post("/comunicacao/exportar", {"formato": formato})
    assert asked.status_code == 202, asked.content
    rodar()
    feita = client.get(asked["Location"]).json()
    assert (feita["estado"], feita["linhas"]) == ("concluida", 1)
    content = b"".join(client.get(feita["link"]).streaming_content)
    if formato == "xlsx":
        assert content.startswith(b"PK")
        return
    [row] = csv.DictReader(io.StringIO(content.decode()))
    assert row["id"] == conversa["id"]


def test_custom_fields_are_columns(api, conversa, rodar):  # noqa: F811
    client = api()
    for chave, tipo in (("cor", "texto"), ("nota", "moeda")):
        body = {"recurso": "conversas", "chave": chave, "rotulo": chave.title(), "tipo": tipo}
        assert client.post("/comunicacao/campos-personalizados", body).status_code == 201
    assert client.patch(f"/comunicacao/{conversa['id']}", {"extras": {"cor": "azul", "nota": "7.50"}}).status_code == 200
    asked = client.post("/comunicacao/exportar", {"campos": ["id", "extras"], "brasileiro": True})
    rodar()
    content = b"".join(client.get(client.get(asked["Location"]).json()["link"]).streaming_content)
    [row] = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert row == {"id": conversa["id"], "Cor": "azul", "Nota": "7,50"}


def test_who_only_reads_takes_nothing_away(api):
    assert_problem(api("comunicacao:ler", "comunicacao:editar").post("/comunicacao/exportar", {}), 403)
