"""Working days: the vectors, the holidays of a state, and what "today" is."""

import json
from datetime import date
from pathlib import Path

import pytest
import time_machine

from crm_shared.testing.contract import assert_problem
from tarefas.calendario import e_dia_util, feriados, somar_dias_uteis

VECTORS = Path(__file__).resolve().parents[4] / "shared/data/domain_vectors/vectors.json"

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def vectors():
    if not VECTORS.exists():
        pytest.skip(f"{VECTORS} is not part of a clone")
    return json.loads(VECTORS.read_text(encoding="utf-8"))


def calcular(api, **params):
    return api().get("/tarefas/calcular-prazo", params)


def test_the_vectors_hold(api, vectors):
    for vector in vectors["dias_uteis"]:
        body = calcular(api, inicio=vector["de"], dias_uteis=vector["mais"]).json()
        assert body["vencimento_data"] == vector["resultado"], vector


def test_holidays_are_those_of_the_vectors(vectors):
    for ano, esperados in vectors["feriados_nacionais"].items():
        assert {dia.isoformat() for dia in feriados(int(ano))} == set(esperados)
    nacionais = set(feriados(2026))
    for uf in ("SP", "RJ"):
        assert {dia.isoformat() for dia in set(feriados(2026, uf)) - nacionais} == set(vectors[f"estaduais_{uf}_2026"])


@pytest.mark.parametrize(
    ("inicio", "dias", "uf", "fim"),
    [
        ("2026-11-19", 1, "", "2026-11-23"),  # 20/11 is national since 2024
        ("2023-11-17", 1, "", "2023-11-20"),  # and was not before
        ("2026-02-13", 2, "", "2026-02-17"),  # Carnaval is no national holiday
        ("2026-02-13", 2, "RJ", "2026-02-18"),  # but one of RJ
        ("2026-06-03", 1, "", "2026-06-04"),  # nor is Corpus Christi
        ("2026-07-08", 1, "SP", "2026-07-10"),
        ("2026-11-22", 0, "", "2026-11-23"),  # 0 on a Sunday is the next working day
        ("2026-11-23", 0, "", "2026-11-23"),
    ],
)
def test_sums(inicio, dias, uf, fim):
    assert somar_dias_uteis(date.fromisoformat(inicio), dias, uf) == date.fromisoformat(fim)


def test_a_weekend_is_no_working_day():
    assert [e_dia_util(date(2026, 11, dia)) for dia in (20, 21, 22, 23)] == [False, False, False, True]


def test_the_holidays_on_the_way_are_told(api):
    body = calcular(api, inicio="2026-12-23", dias_uteis=6, uf="SP").json()
    assert body["vencimento_data"] == "2027-01-04"
    assert [item["dia"] for item in body["feriados"]] == ["2026-12-25", "2027-01-01"]
    assert body["feriados"][0]["nome"] == "Natal"


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"dias_uteis": "x"},
        {"dias_uteis": "-1"},
        {"dias_uteis": "1001"},
        {"dias_uteis": "1", "inicio": "2026-02-30"},
        {"dias_uteis": "1", "inicio": "9999-12-31"},
        {"dias_uteis": "1", "uf": "XX"},
        {"dias_uteis": "1", "calendario": "x"},
    ],
)
def test_bad_questions_are_refused(api, params):
    assert_problem(calcular(api, **params), 400)


def test_the_longest_question_is_answered(api):
    assert calcular(api, inicio="2200-12-31", dias_uteis=1000).status_code == 200


@time_machine.travel("2026-11-23T01:30:00Z", tick=False)  # 22:30 of Sunday the 22nd in São Paulo
def test_today_is_the_day_in_sao_paulo(api):
    assert calcular(api, dias_uteis=1).json()["inicio"] == "2026-11-22"
    assert api().post("/tarefas", {"titulo": "Ligar", "prazo_dias_uteis": 1}).json()["vencimento_data"] == "2026-11-23"


@time_machine.travel("2026-07-07T15:00:00Z", tick=False)
def test_a_task_may_be_due_in_working_days(api):
    for uf, vencimento in (("", "2026-07-09"), ("SP", "2026-07-10")):
        body = api().post("/tarefas", {"titulo": "Ligar", "prazo_dias_uteis": 2, **({"uf": uf} if uf else {})}).json()
        assert (body["vencimento_data"], body["vencimento_em"]) == (vencimento, None)
        assert "prazo_dias_uteis" not in body


def test_working_days_are_said_only_at_creation(api, tarefa):
    problem = assert_problem(api().patch(f"/tarefas/{tarefa['id']}", {"prazo_dias_uteis": 3}), 400)
    assert problem["erros"][0]["codigo"] == "campo_desconhecido"
