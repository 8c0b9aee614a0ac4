"""What a list shows, as a file: within sight, masked, without formulas, audited, and only for who asked."""

import csv
import io
import threading
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from clientes.models import Cliente
from crm_shared.operations.models import Operacao
from crm_shared.operations.runner import Runner
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def pessoas(api):
    client = api()
    for nome, origem in (("=cmd|' /C calc'!A0", "site"), ("Bia", "evento"), ("Caio; Lima", "site")):
        assert client.post("/clientes", {"nome": nome, "origem": origem, "email": f"{origem}@exemplo.com.br", "cpf": ""}).status_code == 201


def linhas(content, **kwargs):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), **kwargs))


def test_the_columns_asked_for_in_their_order(exportar, pessoas):
    found = linhas(exportar(q="origem:site", campos=["nome", "origem"]))
    assert found == [{"nome": "'=cmd|' /C calc'!A0", "origem": "site"}, {"nome": "Caio; Lima", "origem": "site"}]


def test_all_of_the_list_without_any(exportar, pessoas, api):
    found = linhas(exportar())
    assert list(found[0]) == [
        name for name in api().get("/clientes").json()["resultados"][0] if name != "extras"
    ]  # those are a column each
    assert len(found) == 3


def test_filters_as_in_the_url(exportar, pessoas):
    assert [row["nome"] for row in linhas(exportar(filtros={"origem": "evento"}, campos=["nome"]))] == ["Bia"]
    assert [row["nome"] for row in linhas(exportar(busca="caio", campos=["nome"]))] == ["Caio; Lima"]


def test_in_the_brazilian_spelling(exportar, pessoas):
    content = exportar(brasileiro=True, campos=["nome", "nao_contatar"])
    assert content.startswith(b"\xef\xbb\xbfnome;nao_contatar\r\n")
    assert linhas(content, delimiter=";")[1] == {"nome": "Bia", "nao_contatar": "não"}


def test_as_a_workbook(exportar, pessoas):
    book = load_workbook(io.BytesIO(exportar(formato="xlsx", campos=["nome", "nao_contatar", "criado_em"])))
    rows = list(book.active.values)
    assert rows[0] == ("nome", "nao_contatar", "criado_em")
    assert rows[1][:2] == ("'=cmd|' /C calc'!A0", False)
    assert rows[1][2].year > 2000
    assert book.active["A2"].data_type == "s"


def test_what_comes_out_goes_in_again(exportar, pessoas, importar):
    texto = exportar(campos=["nome", "origem"])
    importar("clientes", texto)
    assert Cliente.objects.filter(nome="=cmd|' /C calc'!A0").count() == 2


def test_masked_and_within_sight(exportar, pessoas, api, bruno, carla):
    dele = api("clientes:ler", "clientes:exportar", como=bruno, vis="equipe")
    assert linhas(exportar(dele, campos=["email"]))[1]["email"] == "e***@exemplo.com.br"
    dela = api("clientes:ler", "clientes:exportar", como=carla, vis="equipe")
    assert linhas(exportar(dela)) == []


def test_it_needs_a_scope_of_its_own(api):
    assert_problem(api("clientes:ler").post("/clientes/exportar", {}), 403)


@pytest.mark.parametrize(
    ("body", "campo"),
    [
        ({"q": "senha:x"}, "q"),
        ({"campos": ["senha"]}, "campos"),
        ({"campos": ["nome"] * 301}, "campos"),
        ({"campos": "nome"}, "campos"),
        ({"filtros": {"nada": "1"}}, "nada"),
        ({"filtros": {"origem": "marte"}}, "origem"),
        ({"filtros": []}, "filtros"),
        ({"formato": "pdf"}, "formato"),
        ({"brasileiro": "sim"}, "brasileiro"),
        ({"ordem": "nome"}, "ordem"),
    ],
)
def test_it_refuses(api, body, campo):
    problem = assert_problem(api().post("/clientes/exportar", body), 400)
    assert problem["erros"][0]["campo"].split(".")[0] == campo


def test_a_link_is_one_persons_and_ends(api, bruno, pessoas, rodar, monkeypatch):
    client = api()
    onde = client.post("/clientes/exportar", {}).headers["Location"]
    assert client.get(onde).json()["link"] is None
    assert_problem(client.get(f"{onde}/arquivo"), 400)
    rodar()
    link = client.get(onde).json()["link"]
    assert_problem(api(como=bruno).get(link), 404)
    assert_problem(client.get(link + "x"), 403)
    monkeypatch.setattr("crm_shared.exports.services.LINK_LIVES", timedelta(seconds=-1))
    assert_problem(client.get(link), 403)


def test_it_is_audited_when_asked_and_when_taken(exportar, published):
    exportar(q="origem:site", campos=["nome"])
    pedida, baixada = [evento for evento in published() if ".exportacao." in evento.tipo]
    assert (pedida.tipo, baixada.tipo) == ("clientes.exportacao.pedida.v1", "clientes.exportacao.baixada.v1")
    assert pedida.dados == {"recurso": "clientes", "filtro": {"q": "origem:site"}, "campos": ["nome"], "formato": "csv"}


def test_what_was_typed_is_told_to_those_who_see_personal_data(exportar, published, api):
    exportar(q="529.982.247-25", filtros={"email": "ana@exemplo.com.br"}, campos=["nome"])
    for evento in (found for found in published() if ".exportacao." in found.tipo):
        assert evento.dados["filtro"] == {"q": "[cpf]", "email": "[oculto]"}
        assert evento.pessoais["filtro_pessoal"] == {"q": "529.982.247-25", "email": "ana@exemplo.com.br"}
    feed = api("clientes:ler", "eventos:ler").get("/clientes/eventos", {"tipos": "clientes.exportacao.pedida.v1"})
    assert [text for text in ("529.982", "ana@") if text in feed.content.decode()] == []


def test_a_killed_one_goes_on_where_it_was(api, pessoas, monkeypatch):
    """Part by part, each row once: the process dies in the middle of the second part."""
    monkeypatch.setattr("crm_shared.exports.kinds._PAGE", 1)
    monkeypatch.setattr("crm_shared.exports.kinds._TIME", 0)
    monkeypatch.setattr("crm_shared.operations.runner._SLICE", 0)
    client = api()
    onde = client.post("/clientes/exportar", {"campos": ["nome"]}).headers["Location"]
    Runner().turn(threading.Event())

    class Killed(BaseException):
        pass

    def die(name):
        if name == "operacao.antes_do_commit":
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("crm_shared.operations.runner.point", die)
        with pytest.raises(Killed):
            Runner().turn(threading.Event())
    Operacao.objects.update(arrendada_ate=None)
    for _ in range(6):
        Runner().turn(threading.Event())
    content = b"".join(client.get(client.get(onde).json()["link"]).streaming_content)
    assert [row["nome"] for row in linhas(content)] == ["'=cmd|' /C calc'!A0", "Bia", "Caio; Lima"]
