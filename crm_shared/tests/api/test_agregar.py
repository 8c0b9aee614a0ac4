"""POST /<recurso>/agregar."""

from datetime import UTC, datetime

import pytest
from projeto.exemplo.models import Coisa

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def coisas(api, ana, bruno):
    """Two of ana's in January and at the first hour (UTC) of March, which in São Paulo is February; one of bruno's without a day."""
    for nome, valor, prazo, dono, em in (
        ("a", "10.00", "2026-01-05", ana, datetime(2026, 1, 5, 12, tzinfo=UTC)),
        ("b", "30.50", "2026-02-28", ana, datetime(2026, 3, 1, 1, tzinfo=UTC)),
        ("c", "5.00", None, bruno, datetime(2026, 3, 1, 12, tzinfo=UTC)),
    ):
        corpo = {"nome": nome, "valor": valor, "prazo": prazo, "responsavel_id": str(dono.id)}
        made = api().post("/exemplo", corpo)
        assert made.status_code == 201
        Coisa.objects.filter(pk=made.json()["id"]).update(criado_em=em)


def aggregate(client, **body):
    answer = client.post("/exemplo/agregar", body)
    assert answer.status_code == 200, answer.content
    return answer.json()["linhas"]


def test_everything_is_one_line(api, coisas):
    metricas = [{"funcao": funcao, "campo": "valor"} for funcao in ("soma", "minimo", "maximo")]
    (line,) = aggregate(api(), metricas=metricas)
    assert (line["contagem"], line["grupo"], line["periodo"]) == (3, {}, None)
    assert line["metricas"] == {"soma_valor": "45.50", "minimo_valor": "5.00", "maximo_valor": "30.50"}


def test_by_group_the_largest_first(api, coisas, ana, bruno):
    lines = aggregate(api(), agrupar_por=["responsavel"], metricas=[{"funcao": "soma", "campo": "valor"}])
    assert [(line["grupo"]["responsavel"], line["contagem"], line["metricas"]["soma_valor"]) for line in lines] == [
        (str(ana.id), 2, "40.50"),
        (str(bruno.id), 1, "5.00"),
    ]


@pytest.mark.parametrize(
    ("campo", "por", "periodos"),
    [
        ("prazo", "mes", {"2026-01-01": 1, "2026-02-01": 1, None: 1}),
        ("criado_em", "mes", {"2026-01-01": 1, "2026-02-01": 1, "2026-03-01": 1}),
        ("criado_em", "trimestre", {"2026-01-01": 3}),
        ("criado_em", "dia", {"2026-01-05": 1, "2026-02-28": 1, "2026-03-01": 1}),
        ("criado_em", "ano", {"2026-01-01": 3}),
        ("criado_em", "semana", {"2026-01-05": 1, "2026-02-23": 2}),
    ],
)
def test_over_time_in_the_company_s_zone(api, coisas, campo, por, periodos):
    lines = aggregate(api(), serie={"campo": campo, "por": por})
    assert {line["periodo"]: line["contagem"] for line in lines} == periodos


def test_only_what_the_expression_means_and_the_caller_sees(api, coisas, bruno):
    assert aggregate(api(), q="valor:>8")[0]["contagem"] == 2
    assert aggregate(api(como=bruno, vis="proprio"))[0]["contagem"] == 1
    assert aggregate(api(como=bruno, vis="proprio"), q="valor:>8")[0]["contagem"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"agrupar_por": ["senha"]},
        {"agrupar_por": ["responsavel__nome"]},
        {"agrupar_por": "valor"},
        {"agrupar_por": ["nome"] * 4},
        {"metricas": [{"funcao": "soma", "campo": "nome"}]},
        {"metricas": [{"funcao": "raw", "campo": "valor"}]},
        {"serie": {"campo": "valor", "por": "mes"}},
        {"serie": {"campo": "prazo", "por": "hora"}},
        {"q": "senha:x"},
        {"q": "("},
        {"limite": 3},
    ],
)
def test_what_is_not_offered_is_refused(api, body):
    assert_problem(api().post("/exemplo/agregar", body), 400)


def test_it_needs_the_scope_and_costs_one_statement(api, coisas, queries):
    assert_problem(api("empresas:criar").post("/exemplo/agregar", {}), 403)
    with queries(1):
        aggregate(api(), agrupar_por=["responsavel", "nome"], serie={"campo": "prazo", "por": "mes"})
