"""A flow from the event to the task: once per event, also when the event comes again and the worker dies in the middle."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import holidays
import pytest
from crm_client import Crm
from stack_access import bus, frozen, has_unread_requests, kill, on_its_machine

Record = dict[str, Any]
Eventually = Callable[..., Any]

EXECUCOES = "/gateway/automacao/execucoes"
STREAM = "ev:clientes"
PATIENCE = 60.0  # seconds; a dead worker's run is taken back after 20 s


@pytest.fixture
def fluxo(admin: Crm, elenco: Any) -> Iterator[Record]:
    """When a person comes from the site to ana, she is to call within three working days."""
    nome = f"Boas-vindas {uuid4()}"
    passo = {"tipo": "criar_tarefa", "parametros": {"titulo": f"{nome}: ligar para {{{{nome}}}}", "tipo": "ligacao", "prazo_dias_uteis": 3}}
    of_these_tests = {"campo": "responsavel_id", "operador": "igual", "valor": elenco.ana.id}
    condicoes = [{"campo": "origem", "operador": "igual", "valor": "site"}, of_these_tests]
    gatilho = {"evento": "clientes.cliente.criado.v1", "condicoes": condicoes}
    fluxo = admin.create("/gateway/automacao", {"nome": nome, "gatilho": gatilho, "passos": [passo]})
    assert admin.create(f"/gateway/automacao/{fluxo['id']}/publicar", {})["estado"] == "ativo"
    yield fluxo
    admin.create(f"/gateway/automacao/{fluxo['id']}/arquivar", {})


@pytest.fixture
def novo_cliente(admin: Crm, elenco: Any) -> Callable[..., Record]:
    """`novo_cliente(origem="site")` is a new person, whom ana looks after."""
    return lambda origem: admin.create(
        "/gateway/clientes", {"nome": f"Zé {uuid4()}", "origem": origem, "responsavel_id": elenco.ana.id}, key=str(uuid4())
    )


def working_day(days: int) -> date:
    """So many working days after today, in São Paulo."""
    day = datetime.now(ZoneInfo("America/Sao_Paulo")).date()
    free = holidays.country_holidays("BR")
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5 and day not in free
    return day


def runs(admin: Crm, fluxo: Record, **filters: str) -> list[Record]:
    return list(admin.rows(EXECUCOES, fluxo_id=fluxo["id"], **filters))


def tasks(admin: Crm, fluxo: Record, cliente: Record) -> list[Record]:
    """What this flow asked for, beside any other flow of the CRM."""
    found = admin.rows("/gateway/tarefas", vinculo_id=cliente["id"])
    return [tarefa for tarefa in found if tarefa["titulo"].startswith(fluxo["nome"])]


def test_person_from_the_site_gives_the_seller_one_task(
    admin: Crm, elenco: Any, fluxo: Record, novo_cliente: Callable[..., Record], eventually: Eventually
) -> None:
    expected = {working_day(3)}
    cliente = novo_cliente("site")
    [execucao] = eventually(lambda: runs(admin, fluxo, estado="concluida"), patience=PATIENCE)
    expected |= {working_day(3)}  # midnight may have passed

    [tarefa] = tasks(admin, fluxo, cliente)
    assert (tarefa["titulo"], tarefa["tipo"], tarefa["estado"]) == (f"{fluxo['nome']}: ligar para {cliente['nome']}", "ligacao", "pendente")
    assert tarefa["responsavel_id"] == elenco.ana.id
    assert date.fromisoformat(tarefa["vencimento_data"]) in expected
    assert elenco.ana.crm.read(f"/gateway/tarefas/{tarefa['id']}")["titulo"] == tarefa["titulo"]

    execucao = admin.read(f"{EXECUCOES}/{execucao['id']}")
    assert (execucao["alvo_id"], execucao["evento_tipo"]) == (cliente["id"], "clientes.cliente.criado.v1")
    [passo] = execucao["passos"]
    assert (passo["tipo"], passo["estado"], passo["saida"]) == ("criar_tarefa", "concluido", {"tarefa_id": tarefa["id"]})


def test_person_from_elsewhere_gives_none(admin: Crm, fluxo: Record, novo_cliente: Callable[..., Record], eventually: Eventually) -> None:
    cliente = novo_cliente("indicacao")
    [execucao] = eventually(lambda: runs(admin, fluxo), patience=PATIENCE)
    assert (execucao["estado"], execucao["motivo"], execucao["alvo_id"]) == ("ignorada", "filtro", cliente["id"])
    assert tasks(admin, fluxo, cliente) == []


@on_its_machine
def test_events_that_come_again_and_workers_that_die_make_one_task_each(
    admin: Crm, fluxo: Record, novo_cliente: Callable[..., Record], eventually: Eventually
) -> None:
    """tarefas stands still while a worker is killed: what that worker asked for is done after its death, and nobody hears of it."""
    clientes: list[Record] = []
    with listening() as repeat:
        for _ in range(3):
            eventually(lambda: not has_unread_requests("tarefas"), patience=PATIENCE)
            with frozen("tarefas-web"):
                clientes += (novos := [novo_cliente("site") for _ in range(7)])
                eventually(lambda novos=novos: repeat(novos, 3), patience=PATIENCE)
                eventually(lambda: has_unread_requests("tarefas"), patience=PATIENCE)
                kill("automacao-worker")
        eventually(lambda: {run["estado"] for run in runs(admin, fluxo)}, lambda estados: estados == {"concluida"}, PATIENCE)
        eventually(all_read, patience=PATIENCE)

    execucoes = runs(admin, fluxo)
    assert sorted(execucao["alvo_id"] for execucao in execucoes) == sorted(cliente["id"] for cliente in clientes)
    passos = [passo for execucao in execucoes for passo in admin.read(f"{EXECUCOES}/{execucao['id']}")["passos"]]
    assert len(passos) == len(clientes)
    assert {passo["estado"] for passo in passos} == {"concluido"}
    assert any(passo["tentativa"] > 1 for passo in passos), "no worker died in the middle of a step"
    tarefas = [tasks(admin, fluxo, cliente) for cliente in clientes]
    assert [len(dele) for dele in tarefas] == [1] * len(clientes)
    assert {tarefa["id"] for [tarefa] in tarefas} == {passo["saida"]["tarefa_id"] for passo in passos}


@contextmanager
def listening() -> Iterator[Callable[[list[Record], int], bool]]:
    """`repeat(clientes, times)` puts their creation on the stream again; False while it is not there for the first time.

    A consumer group of our own keeps the relay from trimming what we have not copied yet.
    """
    redis, group = bus(), f"e2e-{uuid4()}"
    since = redis.xinfo_stream(STREAM)["last-generated-id"].decode()
    redis.xgroup_create(STREAM, group, since)

    def repeat(clientes: list[Record], times: int) -> bool:
        wanted = {cliente["id"] for cliente in clientes}
        found = [fields for _, fields in redis.xrange(STREAM, f"({since}") if json.loads(fields[b"evento"])["subject"] in wanted]
        if len(found) < len(wanted):
            return False
        for fields in found * times:
            redis.xadd(STREAM, fields)
        return True

    try:
        yield repeat
    finally:
        redis.xgroup_destroy(STREAM, group)


def all_read() -> bool:
    """automacao has read the stream to its end and acknowledged all of it."""
    redis = bus()
    [group] = [group for group in redis.xinfo_groups(STREAM) if group["name"] == b"automacao"]
    return group["pending"] == 0 and group["last-delivered-id"] == redis.xinfo_stream(STREAM)["last-generated-id"]
