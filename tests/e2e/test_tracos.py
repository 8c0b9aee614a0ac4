"""Spans of one request at a collector: one trace, and each span under the one that caused it, across HTTP, events and jobs.

Second copies of the processes on the way run beside the stack, on its stores and in its environment, with a collector.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any
from uuid import uuid4

import pytest
import requests
from crm_client import Crm
from otlp import Span, collector
from stack_access import on_its_machine, stopped

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from stack import credentials  # noqa: E402
from stack.config import from_environment  # noqa: E402
from stack.environment import service_environment  # noqa: E402

pytestmark = [on_its_machine, pytest.mark.skipif("CRM_VAR" not in os.environ, reason="as cópias rodam ao lado da pilha embutida")]

PATIENCE = 90.0  # seconds; six processes start
REPLACED = ("clientes-eventos", "automacao-eventos", "automacao-worker")  # one of each has the lease or takes the message
TIPO = "clientes.cliente.criado.v1"
GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "python:crm_shared.gunicorn_hooks", "-w", "1"]
EVENTOS = [sys.executable, "manage.py", "eventos", "--skip-checks"]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def running(service: str, command: list[str], log: Path, **environment: str) -> Iterator[None]:
    settings = from_environment()
    own = service_environment(settings, credentials.load_or_create(settings), service) | environment
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=settings.folder(service), env=own, stdout=output, stderr=output)
    try:
        yield
    finally:
        process.terminate()
        process.wait(40)


def web(service: str, port: int) -> list[str]:
    if service == "gateway":
        return [*GUNICORN, "gateway_service.asgi:application", "-k", "gateway.server.worker.Worker", "--bind", f"127.0.0.1:{port}"]
    return [*GUNICORN, f"{service}_service.wsgi:application", "-k", "gthread", "--threads", "2", "--bind", f"127.0.0.1:{port}"]


def ready(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/saude/pronto", timeout=5).status_code == 200
    except (requests.ConnectionError, requests.Timeout):
        return False


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., Any]) -> Iterator[tuple[str, list[Span]]]:
    """The address of a gateway under observation, and what the collector got."""
    ports = {name: free_port() for name in ("gateway", "clientes", "tarefas", "comunicacao")}
    log = tmp_path_factory.mktemp("tracos") / "log"
    with ExitStack() as stack:
        for process in REPLACED:
            stack.enter_context(stopped(process))
        endpoint, spans = stack.enter_context(collector())
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "MONITOR_BIND": ""}
        environment |= {f"{name.upper()}_URL": f"http://127.0.0.1:{ports[name]}" for name in ports if name != "gateway"}
        worker = [sys.executable, "-m", "celery", "--quiet", "-A", "automacao_service", "worker", "--pool", "threads", "--concurrency", "1"]
        commands = [(name, web(name, port)) for name, port in ports.items()]
        commands += [("clientes", EVENTOS), ("automacao", EVENTOS), ("automacao", worker)]
        for service, command in commands:
            stack.enter_context(running(service, command, log, **environment))
        for port in ports.values():
            eventually(lambda port=port: ready(port), patience=PATIENCE)
        yield f"http://127.0.0.1:{ports['gateway']}", spans


@pytest.fixture
def fluxo(admin: Crm) -> Iterator[None]:
    passo = {"tipo": "criar_tarefa", "parametros": {"titulo": "Ligar", "tipo": "ligacao", "prazo_dias_uteis": 1}}
    gatilho = {"evento": TIPO, "condicoes": [{"campo": "origem", "operador": "igual", "valor": "anuncio"}]}
    fluxo = admin.create("/gateway/automacao", {"nome": f"Traços {uuid4()}", "gatilho": gatilho, "passos": [passo]})
    admin.create(f"/gateway/automacao/{fluxo['id']}/publicar", {})
    yield
    admin.create(f"/gateway/automacao/{fluxo['id']}/arquivar", {})


def test_spans_hang_together_across_http_events_and_jobs(
    admin: Crm, fluxo: None, observed: tuple[str, list[Span]], eventually: Callable[..., Any]
) -> None:
    url, spans = observed
    rastro, client = token_hex(16), token_hex(8)
    nome = f"Zé Observado {uuid4()}"
    headers = {"traceparent": f"00-{rastro}-{client}-01"}
    answer = admin.request("POST", f"{url}/gateway/clientes", json={"nome": nome, "origem": "anuncio"}, headers=headers)
    assert answer.status_code == 201, answer.text

    def found() -> dict[tuple[str, str], Span]:
        return {(span.servico, span.nome): span for span in list(spans) if span.rastro == rastro}

    chain = [
        ("gateway", "POST clientes", "SERVER"),
        ("clientes", "POST /clientes", "SERVER"),
        ("clientes", f"registrar {TIPO}", "PRODUCER"),
        ("automacao", f"consumir {TIPO}", "CONSUMER"),
        ("automacao", "executar automacao.executar", "CONSUMER"),
        ("automacao", "POST tarefas", "CLIENT"),
        ("tarefas", "POST /tarefas", "SERVER"),
    ]
    names = {(service, name) for service, name, _ in chain} | {("clientes", f"publicar {TIPO}")}
    by_name = eventually(found, lambda seen: names <= set(seen), PATIENCE)
    parent = client
    for service, name, kind in chain:
        span = by_name[service, name]
        assert (span.pai, span.tipo) == (parent, kind), f"{service} {name}"
        parent = span.id
    assert by_name["clientes", f"publicar {TIPO}"].pai == by_name["clientes", f"registrar {TIPO}"].id

    time.sleep(1.5)  # for the last batch of each process
    of_trace = [span for span in spans if span.rastro == rastro]
    ids = {span.id for span in of_trace} | {client}
    assert [span for span in of_trace if span.pai not in ids] == [], "each hangs from another of the trace"
    statements = [span for span in of_trace if "db.statement" in span.atributos or "db.query.text" in span.atributos]
    assert {"clientes", "automacao", "tarefas"} <= {span.servico for span in statements}
    assert [span for span in spans if nome in str(span)] == [], "no value leaves the service"
    assert [span for span in spans if not span.pai and span in statements] == [], "statements of loops that look for work are no traces"


def test_commands_of_mongodb_are_spans_too(admin: Crm, observed: tuple[str, list[Span]], eventually: Callable[..., Any]) -> None:
    url, spans = observed
    rastro, client = token_hex(16), token_hex(8)
    answer = admin.request("GET", f"{url}/gateway/comunicacao", headers={"traceparent": f"00-{rastro}-{client}-01"})
    assert answer.status_code == 200, answer.text

    def of_trace() -> dict[str, Span]:
        return {span.id: span for span in list(spans) if span.rastro == rastro and span.servico == "comunicacao"}

    def commands(seen: dict[str, Span]) -> list[Span]:
        return [span for span in seen.values() if "mongodb" in span.atributos.get("db.system", "")]

    seen = eventually(of_trace, commands, PATIENCE)
    assert {seen[span.pai].tipo for span in commands(seen)} == {"SERVER"}
