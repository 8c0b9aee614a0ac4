"""What a list and a record show: chosen fields, related records, a count."""

from typing import Any
from uuid import uuid4

import pytest

from crm_shared.api import counting
from crm_shared.records.references import EQUIPE, USUARIO, Referencia, learn
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def nomes(ana: Any, bruno: Any, carla: Any) -> None:
    for pessoa in (ana, bruno, carla):
        learn(USUARIO, pessoa.id, versao=1, nome=pessoa.nome)
    learn(EQUIPE, ana.equipe, versao=1, nome="Norte")


@pytest.fixture
def coisas(nomes: None, api: Any, ana: Any, bruno: Any, carla: Any) -> list[dict[str, Any]]:
    """Two of ana's, one of bruno's, one of carla's."""
    return [api(como=como).post("/exemplo", {"nome": f"{como.nome} {n}"}).json() for n, como in enumerate((ana, ana, bruno, carla))]


def test_only_the_fields_asked_for_are_read_and_shown(api: Any, coisas: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1) as asked:
        rows = api().get("/exemplo", {"campos": "nome,valor"}).json()["resultados"]
    assert [list(row) for row in rows] == [["nome", "valor"]] * 4
    statement = asked.captured_queries[0]["sql"]
    assert "prazo" not in statement
    assert "Referencia" not in statement
    assert "crm_shared_referencia" not in statement


def test_a_record_too_in_parts(api: Any, coisas: Any) -> None:
    response = api().get(f"/exemplo/{coisas[0]['id']}", {"campos": "id,responsavel_nome"})
    assert response.json() == {"id": coisas[0]["id"], "responsavel_nome": "Ana"}
    assert response["ETag"] == '"v1"'
    assert api().get(f"/exemplo/{coisas[0]['id']}", {"campos": "id"}, HTTP_IF_NONE_MATCH='"v1"').status_code == 304
    assert_problem(api(vis="proprio").get(f"/exemplo/{coisas[3]['id']}", {"campos": "id"}), 404)


def test_pages_go_on_without_the_fields_that_they_are_ordered_by(api: Any, coisas: Any) -> None:
    first = api().get("/exemplo", {"campos": "nome", "ordenar": "valor", "limite": 3}).json()
    rest = api().get("/exemplo", {"campos": "nome", "ordenar": "valor", "limite": 3, "cursor": first["proximo"]}).json()
    assert sorted(row["nome"] for row in first["resultados"] + rest["resultados"]) == sorted(row["nome"] for row in coisas)


def test_related_records_come_by_one_query_for_the_page(api: Any, coisas: Any, ana: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        rows = api().get("/exemplo", {"campos": "nome", "expandir": "responsavel,equipe", "ordenar": "criado_em"}).json()["resultados"]
    assert rows[0] == {
        "nome": "Ana 0",
        "responsavel": {"id": str(ana.id), "nome": "Ana", "estado": "ok"},
        "equipe": {"id": str(ana.equipe), "nome": "Norte", "estado": "ok"},
    }
    assert [row["responsavel"]["nome"] for row in rows] == ["Ana", "Ana", "Bruno", "Carla"]


def test_related_records_of_one_record(api: Any, coisas: Any) -> None:
    path = f"/exemplo/{coisas[0]['id']}"
    response = api().get(path, {"expandir": "responsavel"}, HTTP_IF_NONE_MATCH='"v1"')
    assert response.status_code == 200  # the version tells nothing of the related record
    assert response.json()["responsavel"]["nome"] == "Ana"
    assert response.json()["nome"] == "Ana 0"


def test_who_is_not_there_is_null(api: Any, coisas: Any) -> None:
    ninguem = api().post("/exemplo", {"nome": "de ninguém", "responsavel_id": None}).json()
    assert api().get(f"/exemplo/{ninguem['id']}", {"expandir": "responsavel"}).json()["responsavel"] is None
    row = api().get("/exemplo", {"expandir": "responsavel", "limite": 1}).json()["resultados"][0]
    assert row["responsavel"] is None


@pytest.mark.parametrize(
    ("parametro", "codigo"),
    [
        ("campos=senha", "opcao_invalida"),
        ("campos=", "opcao_invalida"),
        ("campos=nome,", "opcao_invalida"),
        ("campos=responsavel__nome", "opcao_invalida"),
        ("campos=nome&campos=valor", "parametro_repetido"),
        ("campos=" + "nome," * 500 + "x", "opcao_invalida"),
        ("expandir=senha", "opcao_invalida"),
        ("expandir=", "opcao_invalida"),
        ("expandir=responsavel&expandir=equipe", "parametro_repetido"),
    ],
)
def test_what_is_not_declared_cannot_be_asked_for(api: Any, coisas: Any, parametro: str, codigo: str) -> None:
    for path in ("/exemplo", f"/exemplo/{coisas[0]['id']}"):
        document = assert_problem(api().get(f"{path}?{parametro}"), 400)
        assert document["erros"][0] == document["erros"][0] | {"campo": parametro.partition("=")[0], "codigo": codigo}


@pytest.mark.parametrize("valor", ["", "sim", "exata,estimada", "EXATA", "1"])
def test_a_count_is_one_of_two(api: Any, valor: str) -> None:
    assert_problem(api().get("/exemplo", {"contagem": valor}), 400)


def test_no_count_unless_asked_for(api: Any, coisas: Any) -> None:
    assert "contagem" not in api().get("/exemplo").json()


@pytest.mark.parametrize(("vis", "valor"), [("proprio", 2), ("equipe", 3), ("todos", 4)])
def test_an_exact_count_is_of_what_the_caller_sees(api: Any, coisas: Any, vis: str, valor: int) -> None:
    api().delete(f"/exemplo/{api().post('/exemplo', {'nome': 'fora'}).json()['id']}")
    page = api(vis=vis).get("/exemplo", {"contagem": "exata", "limite": 1}).json()
    assert page["contagem"] == {"valor": valor, "tipo": "exata"}
    assert len(page["resultados"]) == 1
    assert api(vis=vis).get("/exemplo", {"contagem": "exata", "q": "nome:x"}).json()["contagem"]["valor"] == 0


def test_an_estimate_counts_no_row(api: Any, coisas: Any, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(2):
        contagem = api().get("/exemplo", {"contagem": "estimada"}).json()["contagem"]
    assert contagem["tipo"] == "estimada"
    assert contagem["valor"] >= 0
    assert api(vis="proprio").get("/exemplo", {"contagem": "estimada"}).json()["contagem"]["tipo"] in ("estimada", "exata")


def test_an_exact_count_that_takes_too_long_is_an_estimate(api: Any, coisas: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_exact", lambda rows: None)
    assert api(vis="proprio").get("/exemplo", {"contagem": "exata"}).json()["contagem"]["tipo"] in ("estimada", "exata", "minima")


def test_the_deadline_of_an_exact_count_is_the_stores(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A count that sleeps in the store is given up, and the next statement has its own time again."""
    from django.db import connection

    if connection.vendor != "postgresql":
        pytest.skip("SecantusDB has nothing to sleep on")
    from django.db.models import FloatField, Func

    monkeypatch.setattr(counting, "PATIENCE", 0.05)
    Referencia.objects.create(id=uuid4(), recurso=USUARIO)
    slow = Referencia.objects.annotate(espera=Func(0.5, function="pg_sleep", output_field=FloatField())).filter(espera__isnull=True)
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()
        assert counting._exact(slow) is None
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == before


def test_a_capped_count_says_that_there_are_more(api: Any, coisas: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection

    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL knows an estimate for any list")
    monkeypatch.setattr(counting, "CAP", 1)
    assert api(vis="proprio").get("/exemplo", {"contagem": "estimada"}).json()["contagem"] == {"valor": 1, "tipo": "minima"}
