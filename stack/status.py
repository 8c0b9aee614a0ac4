"""What runs, what does not, and why."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import psutil
from rich.table import Table

from stack.config import STORES, Settings
from stack.display import console
from stack.history import History
from stack.programs import STORE_GROUP, log_file
from stack.reasons import last_reason
from stack.supervision import ProcessState, Supervisor

READY = "pronto"
UP = "no ar"
STATES = {
    "RUNNING": UP,
    "STARTING": UP,
    "BACKOFF": "reiniciando",
    "FATAL": "falhou",
    "EXITED": "parado",
    "STOPPED": "parado",
    "STOPPING": "parando",
    "UNKNOWN": "falhou",
}


@dataclass(frozen=True)
class Process:
    nome: str
    estado: str
    pid: int | None
    ativo_ha_segundos: int
    reinicios: int
    motivo: str | None


@dataclass(frozen=True)
class Part:
    """A service or a store."""

    nome: str
    url: str
    estado: str
    motivo: str | None
    processos: list[Process]

    @property
    def well(self) -> bool:
        return self.estado in (READY, UP)


@dataclass(frozen=True)
class Report:
    servicos: list[Part]
    lojas: list[Part]
    memoria: dict[str, int]

    @property
    def well(self) -> bool:
        return all(part.well for part in [*self.servicos, *self.lojas])


def report(settings: Settings) -> Report:
    supervisor = Supervisor(settings)
    states = supervisor.states() if supervisor.running() else []
    history = supervisor.history()
    processes = {state.name: _process(settings, state, history) for state in states}
    groups: dict[str, list[Process]] = {name: [] for name in (*settings.services, STORE_GROUP)}
    for state in states:
        groups.setdefault(state.group, []).append(processes[state.name])
    with ThreadPoolExecutor(8) as pool:
        services = list(pool.map(lambda name: _service(settings, name, groups[name]), settings.services))
    stores = [_store(settings, name, [process for process in groups[STORE_GROUP] if process.nome == name]) for name in STORES]
    return Report(services, stores, memory(settings))


def show(settings: Settings, *, as_json: bool) -> int:
    found = report(settings)
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=1))
        return 0 if found.well else 1
    if not any(part.processos for part in found.servicos):
        console.print("O CRM não está no ar. Para ligar: ./crm up")
        return 1
    console.print(_table([*found.lojas, *found.servicos]))
    for part in [*found.servicos, *found.lojas]:
        for reason in _reasons(part):
            console.print(f"{part.nome}: {reason}", markup=False)
    mebibytes = {name: value // 1024**2 for name, value in found.memoria.items()}
    console.print(f"Memória: {mebibytes['pss']} MiB (PSS), {mebibytes['rss']} MiB (RSS)")
    return 0 if found.well else 1


def reason(settings: Settings, process: str, history: History) -> str:
    """Why it ended last."""
    number = history.killed_by(process)
    return f"encerrado por {number}" if number else last_reason(log_file(settings, process))


def readiness(settings: Settings, service: str) -> str | None:
    """None when the service is ready, else why not."""
    connection = http.client.HTTPConnection("127.0.0.1", settings.port(service), timeout=5)
    try:
        connection.request("GET", "/saude/pronto")
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return f"sem resposta na porta {settings.port(service)} ({type(error).__name__})"
    finally:
        connection.close()
    return None if answer.status == 200 else f"/saude/pronto respondeu {answer.status}: {_detail(body)}"


def memory(settings: Settings) -> dict[str, int]:
    """Bytes of all processes of the stack: `pss` counts shared pages once, `rss` in each process."""
    total = {"pss": 0, "rss": 0}
    for process in _all_processes(settings):
        try:
            used = process.memory_full_info()
        except psutil.Error:
            continue
        total["pss"] += getattr(used, "pss", used.rss)
        total["rss"] += used.rss
    return total


def _all_processes(settings: Settings) -> list[psutil.Process]:
    try:
        daemon = psutil.Process(int((settings.run / "supervisord.pid").read_text()))
        return [daemon, *daemon.children(recursive=True)]
    except (OSError, ValueError, psutil.Error):
        return []


def _process(settings: Settings, state: ProcessState, history: History) -> Process:
    label = STATES[state.state]
    if state.state == "STARTING" and history.struggling(state.name):
        label = "reiniciando"
    elif label == UP and history.unstable(state.name, datetime.now(UTC)):
        label = "instável"
    healthy = label in (UP, "parando") or state.state == "STOPPED"
    return Process(
        nome=state.name,
        estado=label,
        pid=state.pid or None,
        ativo_ha_segundos=state.now - state.started if state.alive else 0,
        reinicios=history.restarts(state.name),
        motivo=None if healthy else reason(settings, state.name, history),
    )


def _service(settings: Settings, name: str, processes: list[Process]) -> Part:
    web_is_up = any(process.nome == f"{name}-web" and process.pid for process in processes)
    trouble = readiness(settings, name) if web_is_up else None
    states = [process.estado for process in processes]
    state = _worst(states) if processes else "parado"
    if state == UP:
        state = "iniciando" if trouble else READY
    return Part(name, settings.url(name), state, trouble, processes)


def _store(settings: Settings, name: str, processes: list[Process]) -> Part:
    state = _worst([process.estado for process in processes]) if processes else "parado"
    return Part(name, f"127.0.0.1:{settings.port(name)}", state, None, processes)


def _worst(states: list[str]) -> str:
    order = ["falhou", "parado", "parando", "reiniciando", "instável", UP]
    return min(states, key=order.index)


def _detail(body: bytes) -> str:
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace")


def _reasons(part: Part) -> list[str]:
    reasons = [f"{process.nome} {process.estado}: {process.motivo}" for process in part.processos if process.motivo]
    return [*reasons, *([part.motivo] if part.motivo else [])]


def _table(parts: list[Part]) -> Table:
    table = Table("Nome", "URL", "Estado", "Processos (PID)", "No ar há", "Reinícios", box=None, pad_edge=False)
    for part in parts:
        processes = ", ".join(f"{process.nome.removeprefix(f'{part.nome}-')} {process.pid or process.estado}" for process in part.processos)
        youngest = min((process.ativo_ha_segundos for process in part.processos), default=0)
        restarts = sum(process.reinicios for process in part.processos)
        table.add_row(part.nome, part.url, _coloured(part.estado), processes, _duration(youngest), str(restarts))
    return table


def _coloured(state: str) -> str:
    colour = {READY: "green", UP: "green", "falhou": "red", "parado": "red"}.get(state, "yellow")
    return f"[{colour}]{state}[/]"


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}" if hours else f"{minutes}min{seconds:02}" if minutes else f"{seconds}s"
