"""What is still under way or stuck, service by service; nothing of it may be left a minute after the last fault."""

import time
from collections.abc import Callable

import psycopg
import pymongo.errors
import redis

from stack import status

from .field import Field
from .plan import LISTENERS, TALKERS
from .promises import WITH_OPERATIONS
from .readings import EVENTO, LETTER, OPERATION, Readings

OUT = (psycopg.Error, pymongo.errors.PyMongoError, redis.RedisError, OSError)
# a saga that hands records over is no sign of trouble: it asks eight services twice, and a minute may pass between two tries
JOBS = {
    "automacao_execucao": "estado IN ('na_fila', 'executando')",
    "automacao_saga": "estado IN ('executando', 'compensando') AND tipo <> 'entregar-carteira'",
    "automacao_entregawebhook": "estado IN ('pendente', 'enviando')",
}
OPERATIONS = "estado IN ('na_fila', 'executando', 'desfazendo') AND parametros->>'operacao' IS DISTINCT FROM 'atribuir'"


def unfinished(ground: Field, readings: Readings) -> list[str]:
    """In words; empty when all is well and quiet, but for records that are being handed over."""
    found: list[str] = []
    for look in (_processes, _services, _stores, _bus):
        found += look(ground, readings)
        if found:
            return found
    return found


def handed_over(ground: Field, readings: Readings) -> list[str]:
    """What of that is left, and whatever it brings about."""
    left = [state for _, state in readings.handovers() if state in ("executando", "compensando")]
    return [f"{len(left)} carteiras por entregar"] if left else unfinished(ground, readings)


Look = Callable[[Field, Readings], list[str]]


def wait(ground: Field, readings: Readings, seconds: float, tell: Callable[[str], None], look: Look) -> tuple[float | None, list[str]]:
    """After how many seconds nothing was left; None and what is left when that did not come at all."""
    started = time.monotonic()
    told = 0.0
    while left := look(ground, readings):
        passed = time.monotonic() - started
        if passed > seconds:
            return None, left
        if passed - told >= 10:
            told = passed
            tell(f"ainda: {'; '.join(left[:4])}")
        time.sleep(0.5)
    return time.monotonic() - started, []


def _processes(ground: Field, readings: Readings) -> list[str]:
    try:
        states = ground.supervisor.states()
    except OSError as error:
        return [f"supervisor: {error}"]
    down = [state for state in states if not state.alive and not state.group.endswith("-preparo")]
    return [f"{state.name} {state.state}" for state in down]


def _services(ground: Field, readings: Readings) -> list[str]:
    troubles = {name: status.readiness(ground.settings, name) for name in ground.settings.services}
    return [f"{name}: {trouble}" for name, trouble in troubles.items() if trouble]


def _stores(ground: Field, readings: Readings) -> list[str]:
    try:
        found = [f"{name}: {left} por publicar" for name in TALKERS if (left := _unpublished(readings, name))]
        found += [f"{name}: {left} cartas" for name in LISTENERS if (left := readings.count(name, LETTER))]
        jobs = [("automacao", table, where) for table, where in JOBS.items()]
        jobs += [(name, OPERATION, OPERATIONS) for name in WITH_OPERATIONS]
        return found + [f"{name} {table}: {left} em aberto" for name, table, where in jobs if (left := readings.count(name, table, where))]
    except OUT as error:
        return [f"loja: {error}"]


def _unpublished(readings: Readings, service: str) -> int:
    return readings.count(service, EVENTO, "publicado_em IS NULL", {"publicado_em": None})


def _bus(ground: Field, readings: Readings) -> list[str]:
    """Every group has read its stream to the end and acknowledged all of it."""
    found: list[str] = []
    try:
        with ground.bus() as bus:
            for stream in sorted(bus.scan_iter("ev:*")):
                end = bus.xinfo_stream(stream)["last-generated-id"]
                for group in bus.xinfo_groups(stream):
                    if group["pending"] or group["last-delivered-id"] != end:
                        found.append(f"{stream.decode()}>{group['name'].decode()}: {group['pending']} pendentes, atraso {group.get('lag')}")
        return found
    except OUT as error:
        return [f"barramento: {error}"]
