"""Due on a day or at an instant; late or not."""

from datetime import timedelta

import pytest

from crm_shared.testing.contract import assert_problem
from tarefas.calendario import hoje

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("zona", ["UTC", "America/Noronha", "America/Rio_Branco", "Pacific/Kiritimati"])
def test_a_date_is_never_shifted(api, nova, settings, zona):
    from django.utils import timezone

    settings.TIME_ZONE = zona
    with timezone.override(zona):
        created = api().post("/tarefas", nova).json()
        assert created["vencimento_data"] == "2030-01-15"
        assert api().get(f"/tarefas/{created['id']}").json()["vencimento_data"] == "2030-01-15"
        assert api().get("/tarefas", {"vencimento_data": "2030-01-15"}).json()["resultados"][0]["vencimento_data"] == "2030-01-15"


def test_a_day_is_over_at_its_end_in_sao_paulo(tarefa):
    assert tarefa["vence_em"] == "2030-01-16T02:59:59.999999Z"


def test_an_instant_is_that_instant_in_any_zone(api):
    body = api().post("/tarefas", {"titulo": "Reunião", "vencimento_em": "2030-01-15T10:00:00-05:00"}).json()
    assert body["vencimento_em"] == body["vence_em"] == "2030-01-15T15:00:00Z"


def test_one_due_date_takes_the_other_s_place(api, tarefa):
    address = f"/tarefas/{tarefa['id']}"
    body = api().patch(address, {"vencimento_em": "2030-01-20T12:00:00Z"}).json()
    assert (body["vencimento_data"], body["vence_em"]) == (None, "2030-01-20T12:00:00Z")
    body = api().patch(address, {"vencimento_data": "2030-02-01"}).json()
    assert (body["vencimento_em"], body["vence_em"][:10]) == (None, "2030-02-02")
    assert_problem(api().patch(address, {"vencimento_data": "2030-02-01", "vencimento_em": "2030-01-20T12:00:00Z"}), 400)
    assert api().patch(address, {"vencimento_data": None}).json()["vence_em"] is None


def test_late_is_past_due_and_still_open(api, mudar, daqui):
    def criar(**body):
        return api().post("/tarefas", {"titulo": "x", **body}).json()

    ontem, amanha = str(hoje() - timedelta(days=1)), str(hoje() + timedelta(days=1))
    assert criar(vencimento_data=ontem)["atrasada"]
    assert not criar(vencimento_data=str(hoje()))["atrasada"]
    assert criar(vencimento_em=daqui(minutes=-1).isoformat())["atrasada"]
    assert not criar(vencimento_em=daqui(minutes=5).isoformat())["atrasada"]
    assert not mudar(criar(vencimento_data=ontem), "concluir").json()["atrasada"]
    adiada = mudar(criar(vencimento_data=ontem), "adiar", ate=amanha).json()
    assert (adiada["atrasada"], adiada["vencimento_data"]) == (False, ontem)
    assert mudar(adiada, "reabrir").json()["atrasada"]
    rows = api().get("/tarefas").json()["resultados"]
    assert sum(row["atrasada"] for row in rows) == 3


@pytest.fixture
def agenda(api, daqui, bruno, mudar):
    """Tasks of ana's named after when they are due, one of bruno's, one that is done."""
    dia = hoje()
    for titulo, dias in (("ontem", -1), ("hoje", 0), ("amanha", 1), ("sexto", 6), ("setimo", 7)):
        api().post("/tarefas", {"titulo": titulo, "vencimento_data": str(dia + timedelta(days=dias))})
    api().post("/tarefas", {"titulo": "sem prazo"})
    feita = api().post("/tarefas", {"titulo": "feita", "vencimento_data": str(dia)}).json()
    mudar(feita, "concluir")
    api(como=bruno).post("/tarefas", {"titulo": "de bruno", "vencimento_data": str(dia)})


@pytest.mark.parametrize(("quando", "titulos"), [("atrasadas", ["ontem"]), ("hoje", ["hoje"]), ("semana", ["hoje", "amanha", "sexto"])])
def test_mine_by_when(api, agenda, quando, titulos):
    page = api().get("/tarefas/minhas", {"quando": quando}).json()
    assert [row["titulo"] for row in page["resultados"]] == titulos


def test_mine_are_only_mine_first_due_first_and_take_every_filter(api, agenda):
    titulos = [row["titulo"] for row in api().get("/tarefas/minhas").json()["resultados"]]
    assert (titulos[0], titulos[-1], len(titulos)) == ("ontem", "sem prazo", 7)
    assert [row["titulo"] for row in api().get("/tarefas/minhas", {"estado": "concluida"}).json()["resultados"]] == ["feita"]


def test_when_is_a_filter_of_the_whole_list_too(api, agenda):
    assert {row["titulo"] for row in api().get("/tarefas", {"quando": "hoje"}).json()["resultados"]} == {"hoje", "de bruno"}


def test_a_postponed_task_comes_up_on_its_day(api, tarefa, mudar):
    mudar(tarefa, "adiar", ate=str(hoje() + timedelta(days=2)))
    assert api().get("/tarefas/minhas", {"quando": "hoje"}).json()["resultados"] == []
    assert [row["id"] for row in api().get("/tarefas/minhas", {"quando": "semana"}).json()["resultados"]] == [tarefa["id"]]


def test_a_service_by_itself_has_none(forge, trusted_keys, tarefa):
    from rest_framework.test import APIClient

    token = forge.sign(forge.service_claims("automacao", "tarefas", scope="tarefas:ler"))
    assert APIClient(headers={"Authorization": f"Bearer {token}"}).get("/tarefas/minhas").json()["resultados"] == []
