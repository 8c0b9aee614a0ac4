"""A lead becomes a company, a deal and a task through the gateway: complete or not at all, whoever is stopped or killed meanwhile."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from stack_access import frozen, has_unread_requests, kill, on_its_machine, stopped

Record = dict[str, Any]
Eventually = Callable[..., Any]

SAGAS = "/gateway/automacao/sagas"
CONVERTER = f"{SAGAS}/converter-lead"
PATIENCE = 150.0  # seconds; a step is tried for two minutes before the saga goes back
ENDED = ("concluida", "compensada")


@pytest.fixture
def crm(elenco: Any) -> Any:
    """ana, who sells: she may create companies and deals, and delete neither."""
    return elenco.ana.crm


@pytest.fixture
def lead(crm: Any) -> Record:
    return novo_lead(crm)


def novo_lead(crm: Any, **campos: Any) -> Record:
    nome = f"Padaria {uuid4().hex}"
    cliente = crm.create("/gateway/clientes", {"nome": f"Dona de {nome}"})
    corpo = {"cliente_id": cliente["id"], "empresa_nome": nome, "valor_estimado": "1234.50", "fonte": "site", **campos}
    lead: Record = crm.create("/gateway/clientes/leads", corpo)
    return dict(crm.create(f"/gateway/clientes/leads/{lead['id']}/qualificar", {}))


def converter(crm: Any, lead: Record, **corpo: Any) -> str:
    answer = crm.post(CONVERTER, {"lead_id": lead["id"], **corpo})
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"].endswith(f"/automacao/sagas/{answer.json()['id']}")
    return str(answer.json()["id"])


def ended(crm: Any, pk: str, eventually: Eventually) -> Record:
    saga: Record = eventually(lambda: crm.read(f"{SAGAS}/{pk}"), lambda saga: saga["estado"] in ENDED, PATIENCE)
    return saga


def made_of(admin: Any, lead: Record) -> dict[str, list[Record]]:
    """What is there now of all that a conversion makes, as the administrator sees it."""
    cliente = admin.read(f"/gateway/clientes/{lead['cliente_id']}")
    return {
        "empresas": list(admin.rows("/gateway/empresas", busca=lead["empresa_nome"])),
        "oportunidades": list(admin.rows("/gateway/vendas", cliente_id=lead["cliente_id"])),
        "tarefas": list(admin.rows("/gateway/tarefas", vinculo_id=lead["cliente_id"])),
        "vinculos": cliente["empresas"],
    }


def assert_complete(admin: Any, lead: Record) -> None:
    [empresa], [oportunidade], [tarefa], [vinculo] = made_of(admin, lead).values()
    agora = admin.read(f"/gateway/clientes/leads/{lead['id']}")
    assert (agora["status"], agora["oportunidade_id"]) == ("convertido", oportunidade["id"])
    assert (oportunidade["lead_id"], oportunidade["empresa_id"], oportunidade["valor"]) == (lead["id"], empresa["id"], "1234.50")
    assert {item["id"] for item in tarefa["vinculos"]} == {lead["cliente_id"], empresa["id"], oportunidade["id"]}
    assert vinculo["empresa_id"] == empresa["id"]
    donos = {empresa["responsavel_id"], oportunidade["responsavel_id"], tarefa["responsavel_id"]}
    assert donos == {lead["responsavel_id"]}


def assert_nothing(admin: Any, lead: Record) -> None:
    assert made_of(admin, lead) == {"empresas": [], "oportunidades": [], "tarefas": [], "vinculos": []}
    assert admin.read(f"/gateway/clientes/leads/{lead['id']}")["status"] == "qualificado"


def assert_all_or_nothing(admin: Any, lead: Record, saga: Record) -> None:
    (assert_complete if saga["estado"] == "concluida" else assert_nothing)(admin, lead)


def test_a_seller_converts_a_lead(crm: Any, admin: Any, elenco: Any, lead: Record, eventually: Eventually) -> None:
    pk = converter(crm, lead)
    saga = ended(crm, pk, eventually)
    assert (saga["estado"], saga["responsavel_id"]) == ("concluida", elenco.ana.id)
    assert_complete(admin, lead)
    assert admin.read(f"/gateway/clientes/{lead['cliente_id']}")["ciclo_vida"] == "oportunidade"
    again = crm.post(CONVERTER, {"lead_id": lead["id"]})
    assert (again.status_code, again.json()["codigo"], again.json()["registro_id"]) == (409, "saga_ja_concluida", pk)
    assert crm.post(f"{SAGAS}/{pk}/cancelar").status_code == 409


def test_colleagues_see_it_as_they_see_leads(crm: Any, elenco: Any, lead: Record, eventually: Eventually) -> None:
    pk = converter(crm, lead)
    ended(crm, pk, eventually)
    for pessoa, status in ((elenco.gil, 200), (elenco.rita, 200), (elenco.bruno, 404), (elenco.carla, 404), (elenco.bia, 403)):
        assert pessoa.crm.get(f"{SAGAS}/{pk}").status_code == status, pessoa.nome


def test_who_may_not_create_deals_starts_none(elenco: Any, lead: Record) -> None:
    answer = elenco.bia.crm.post(CONVERTER, {"lead_id": lead["id"]})
    assert (answer.status_code, answer.json()["codigo"]) == (403, "escopo_ausente")


def test_a_lead_of_somebody_else_stays_as_it_is(admin: Any, elenco: Any, lead: Record, eventually: Eventually) -> None:
    """A saga can do no more than who started it."""
    saga = ended(elenco.carla.crm, converter(elenco.carla.crm, lead), eventually)
    assert (saga["estado"], saga["erro"]) == ("compensada", "nao_encontrado")
    assert_nothing(admin, lead)


def test_a_step_that_is_refused_leaves_nothing(crm: Any, admin: Any, lead: Record, eventually: Eventually) -> None:
    """The funnel does not exist: by then the company is there, which ana herself could not delete."""
    saga = ended(crm, converter(crm, lead, funil_id=str(uuid4())), eventually)
    assert (saga["estado"], saga["erro"]) == ("compensada", "inexistente")
    assert {passo["passo"]: passo["estado"] for passo in saga["passos"]}["empresa"] == "desfeito"
    assert_nothing(admin, lead)
    assert ended(crm, converter(crm, lead), eventually)["estado"] == "concluida"
    assert_complete(admin, lead)


def test_a_won_deal_begins_its_delivery(crm: Any, admin: Any, lead: Record, eventually: Eventually) -> None:
    ended(crm, converter(crm, lead), eventually)
    [oportunidade] = made_of(admin, lead)["oportunidades"]
    answer = crm.post(f"{SAGAS}/ganhar-oportunidade", {"oportunidade_id": oportunidade["id"], "valor": "999.00"})
    assert answer.status_code == 202, answer.text
    assert ended(crm, answer.json()["id"], eventually)["estado"] == "concluida"
    ganha = admin.read(f"/gateway/vendas/{oportunidade['id']}")
    assert (ganha["status"], ganha["valor"]) == ("ganha", "999.00")
    assert len(made_of(admin, lead)["tarefas"]) == 2
    assert admin.read(f"/gateway/empresas/{oportunidade['empresa_id']}")["ciclo_vida"] == "cliente"
    assert admin.read(f"/gateway/clientes/{lead['cliente_id']}")["ciclo_vida"] == "cliente"


def test_many_starts_at_once_are_one(crm: Any, admin: Any, lead: Record, eventually: Eventually) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: crm.post(CONVERTER, {"lead_id": lead["id"]}), range(20)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 19
    [pk] = [answer.json()["id"] for answer in answers if answer.status_code == 202]
    assert {answer.json()["registro_id"] for answer in answers if answer.status_code == 409} == {pk}
    ended(crm, pk, eventually)
    assert_complete(admin, lead)


@on_its_machine
def test_a_service_that_is_stopped_in_the_middle_is_waited_for(crm: Any, admin: Any, lead: Record, eventually: Eventually) -> None:
    with stopped("tarefas-web"):
        pk = converter(crm, lead)
        waiting = eventually(lambda: crm.read(f"{SAGAS}/{pk}"), lambda saga: saga["erro"] != "", PATIENCE)
        assert (waiting["estado"], waiting["passo_atual"]) == ("executando", "tarefa")
    saga = ended(crm, pk, eventually)
    assert saga["estado"] == "concluida"
    assert_complete(admin, lead)


@on_its_machine
def test_cancelled_while_a_service_is_stopped_it_leaves_nothing(crm: Any, admin: Any, lead: Record, eventually: Eventually) -> None:
    with stopped("tarefas-web"):
        pk = converter(crm, lead)
        eventually(lambda: crm.read(f"{SAGAS}/{pk}"), lambda saga: saga["erro"] != "", PATIENCE)
        assert crm.post(f"{SAGAS}/{pk}/cancelar").json()["estado"] == "compensando"
    saga = ended(crm, pk, eventually)
    assert (saga["estado"], saga["erro"]) == ("compensada", "cancelada")
    assert_nothing(admin, lead)


@on_its_machine
@pytest.mark.parametrize("service", ["vendas", "clientes"])
def test_whatever_was_on_its_way_when_the_worker_died_is_done_once_or_undone(
    crm: Any, admin: Any, eventually: Eventually, service: str
) -> None:
    """Requests wait in a service that stands still; the worker that sent them is killed, every other saga is cancelled, and only
    then does the service read what it was sent."""
    leads = [novo_lead(crm) for _ in range(4)]
    with standing_still(service, eventually):
        pks = [converter(crm, lead) for lead in leads]
        eventually(lambda: has_unread_requests(service), patience=PATIENCE)
        kill("automacao-worker")
        cancelled = [crm.post(f"{SAGAS}/{pk}/cancelar").status_code for pk in pks[::2]]
    sagas = [ended(crm, pk, eventually) for pk in pks]
    for lead, saga in zip(leads, sagas, strict=True):
        assert_all_or_nothing(admin, lead, saga)
    assert set(cancelled) <= {200, 422}, "422: the lead's own conversion had been asked for"
    assert [saga["estado"] for saga in sagas[1::2]] == ["concluida", "concluida"]


@contextmanager
def standing_still(service: str, eventually: Eventually) -> Iterator[None]:
    eventually(lambda: not has_unread_requests(service), patience=PATIENCE)
    with frozen(f"{service}-web"):
        yield
