"""What is done to the stack, by name; each answers in a few words what it did."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import redis

from .field import Field, kill
from .plan import WORKERS, Step

TAIL = 8192  # bytes: about what a loss of power takes from an append-only file that is synced every second

Fault = Callable[[Field, Step], str]


def inject(field: Field, step: Step) -> str:
    try:
        return FAULTS[step.fault](field, step)
    except redis.RedisError as error:
        return f"o Valkey não respondeu: {error}"


def kill_events(field: Field, step: Step) -> str:
    return kill(field.process(f"{step.target}-eventos"))


def kill_worker(field: Field, step: Step) -> str:
    return kill(_picked([one for name in WORKERS if (one := field.process(name))], step.chance))


def kill_web(field: Field, step: Step) -> str:
    return kill(field.process(f"{step.target}-web"))


def kill_web_child(field: Field, step: Step) -> str:
    return kill(_picked(field.family(f"{step.target}-web")[1:], step.chance))


def kill_store(name: str) -> Fault:
    return lambda field, step: kill(field.process(name))


def kill_backend(field: Field, step: Step) -> str:
    """One connection's server process; PostgreSQL then ends all the others and recovers."""
    backends = [one for one in field.family("postgres")[1:] if f" {step.target} 127.0.0.1" in _title(one)]
    return kill(_picked(backends, step.chance))


def flush(field: Field, step: Step) -> str:
    with field.bus() as bus:
        bus.flushall()
    return "tudo apagado"


def cut_tail(field: Field, step: Step) -> str:
    """As a loss of power does it: the server ends, and the newest bytes of its log are gone."""
    field.stop_store("valkey")
    try:
        log = _newest_log(field.settings.var / "valkey")
        size = log.stat().st_size
        with log.open("r+b") as file:
            file.truncate(max(0, size - TAIL))
    finally:
        field.start_store("valkey")
    return f"{min(size, TAIL)} bytes de {size}"


def destroy_group(field: Field, step: Step) -> str:
    stream, _, group = step.target.partition(">")
    with field.bus() as bus:
        return "destruído" if bus.exists(f"ev:{stream}") and bus.xgroup_destroy(f"ev:{stream}", group) else "não havia"


def delete_stream(field: Field, step: Step) -> str:
    with field.bus() as bus:
        return "apagado" if bus.delete(f"ev:{step.target}") else "não havia"


def freeze_store(field: Field, step: Step) -> str:
    """It accepts connections and answers nothing, as a machine that hangs."""
    family = field.family(step.target)
    for member in family:
        _quietly(member.suspend)
    time.sleep(field.pause)
    for member in family:
        _quietly(member.resume)
    return f"{len(family)} processos, {field.pause:.0f} s"


def stop_store(field: Field, step: Step) -> str:
    field.stop_store(step.target)
    time.sleep(field.pause)
    field.start_store(step.target)
    return f"{field.pause:.0f} s"


FAULTS: dict[str, Fault] = {
    "matar_eventos": kill_events,
    "matar_trabalhador": kill_worker,
    "matar_web": kill_web,
    "matar_filho_web": kill_web_child,
    "matar_valkey": kill_store("valkey"),
    "matar_postgres": kill_store("postgres"),
    "matar_mongo": kill_store("mongo"),
    "matar_conexao_postgres": kill_backend,
    "esvaziar_valkey": flush,
    "cortar_aof": cut_tail,
    "destruir_grupo": destroy_group,
    "apagar_fluxo": delete_stream,
    "congelar_loja": freeze_store,
    "parar_loja": stop_store,
}


def _picked(processes: list[psutil.Process], chance: float) -> psutil.Process | None:
    return processes[int(chance * len(processes))] if processes else None


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _newest_log(folder: Path) -> Path:
    return max((folder / "appendonlydir").glob("*.incr.aof"), key=lambda path: path.stat().st_mtime)


def _quietly(act: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        act()
