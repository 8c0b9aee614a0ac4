"""Custom fields and tags in a file: a column each, masked as in lists, and understood by an import."""

import csv
import io

import pytest
from openpyxl import load_workbook

from clientes.models import Cliente
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db

CAMPOS = [
    {"chave": "cor", "rotulo": "Cor favorita", "tipo": "texto"},
    {"chave": "renda", "rotulo": "Renda", "tipo": "moeda"},
    {"chave": "visita", "rotulo": "Visita", "tipo": "data"},
    {"chave": "vip", "rotulo": "VIP", "tipo": "booleano"},
    {"chave": "times", "rotulo": "Times", "tipo": "multilista", "opcoes": [{"valor": v, "rotulo": v.title()} for v in ("a", "b", "c")]},
    {"chave": "outro", "rotulo": "Nome", "tipo": "texto"},
    {"chave": "doc", "rotulo": "Documento", "tipo": "cpf", "dado_pessoal": True},
    {"chave": "segredo", "rotulo": "Segredo", "tipo": "texto", "sensivel": True},
]
EXTRAS = {
    "cor": "=1+1",
    "renda": "1234.50",
    "visita": "2026-03-01",
    "vip": True,
    "times": ["a", "c"],
    "outro": "x",
    "doc": "52998224725",
    "segredo": "nunca",
}
NOMES = ["Cor favorita", "Renda", "Visita", "VIP", "Times", "extras.outro", "Documento"]


@pytest.fixture
def pessoa(api):
    for campo in CAMPOS:
        assert api().post("/clientes/campos-personalizados", {"recurso": "clientes", **campo}).status_code == 201
    for nome in ("Frio", "Bom; e barato"):
        assert api().post("/clientes/marcadores", {"nome": nome}).status_code == 201
    made = api().post("/clientes", {"nome": "Ana", "extras": EXTRAS})
    assert made.status_code == 201, made.content
    tagged = api().post(f"/clientes/{made.json()['id']}/marcadores", {"marcadores": ["frio", "bom-e-barato"]})
    assert tagged.status_code == 200, tagged.content
    return made.json()["id"]


def linha(content):
    [row] = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    return row


def test_a_column_each_by_label_or_by_name_where_that_could_be_another(exportar, pessoa):
    found = linha(exportar())
    assert [name for name in found if name in NOMES] == NOMES
    assert not {"Segredo", "extras.segredo", "extras"} & set(found)
    assert [found[name] for name in NOMES] == ["'=1+1", "1234.50", "2026-03-01", "true", "a, c", "x", "52998224725"]
    assert found["marcadores"] == "Frio, bom-e-barato"


def test_numbers_and_days_are_cells_of_their_kind(exportar, pessoa):
    rows = list(load_workbook(io.BytesIO(exportar(formato="xlsx", campos=["@renda", "extras.visita", "@cor", "@vip"]))).active.values)
    assert rows[0] == ("Renda", "Visita", "Cor favorita", "VIP")
    assert (rows[1][0], rows[1][1].date().isoformat(), rows[1][2], rows[1][3]) == (1234.5, "2026-03-01", "'=1+1", True)


@pytest.mark.parametrize("campos", [[], ["nome", "@doc"]])
def test_masked_as_the_list_is(exportar, pessoa, api, bruno, campos):
    dele = api("clientes:ler", "clientes:exportar", como=bruno, vis="todos")
    assert (
        linha(exportar(dele, campos=campos))["Documento"] == dele.get("/clientes").json()["resultados"][0]["extras"]["doc"] != EXTRAS["doc"]
    )


@pytest.mark.parametrize("name", ["@segredo", "@nada", "extras.nada", "@"])
def test_it_refuses_what_no_list_shows(api, pessoa, name):
    problem = assert_problem(api().post("/clientes/exportar", {"campos": ["nome", name]}), 400)
    assert problem["erros"][0]["codigo"] == "campo_desconhecido"


@pytest.mark.parametrize("brasileiro", [False, True])
def test_what_comes_out_goes_in_again(exportar, pessoa, importar, brasileiro):
    texto = exportar(campos=["nome", "extras", "marcadores"], brasileiro=brasileiro)
    Cliente.objects.all().delete()
    done = importar("clientes", texto)
    assert done["operacao"]["resultado"]["criadas"] == 1, done["itens"]
    found = Cliente.objects.get(nome="Ana")
    assert found.extras == {name: value for name, value in EXTRAS.items() if name != "segredo"}
    assert found.marcadores == ["frio", "bom-e-barato"]


def test_a_definition_deleted_meanwhile_leaves_its_column_empty(api, pessoa, rodar):
    onde = api().post("/clientes/exportar", {"campos": ["nome", "@cor"]})["Location"]
    [campo] = [row for row in api().get("/clientes/campos-personalizados").json()["resultados"] if row["chave"] == "cor"]
    assert api().delete(f"/clientes/campos-personalizados/{campo['id']}").status_code == 204
    rodar()
    content = b"".join(api().get(api().get(onde).json()["link"]).streaming_content)
    assert linha(content) == {"nome": "Ana", "Cor favorita": ""}
