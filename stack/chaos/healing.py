"""What is still under way or stuck, service by service; nothing of it may be left a minute after the last fault."""

import time
from collections.abc import Callable

import psycopg
import pymongo.errors
import redis

from stack import status

from .field import Field
from .plan import LISTENERS, TALKERS
from .readings import EVENTO, LETTER, Readings

OUT = (psycopg.Error, pymongo.errors.PyMongoError, redis.RedisError, OSError)
JOBS = {"automacao_execucao": "('na_fila', 'executando')", "automacao_saga": "('executando', 'compensando')"}


def unfinished(ground: Field, readings: Readings) -> list[str]:
    """In words; empty when all is well and quiet."""
    found: list[str] = []
    for look in (_processes, _services, _stores, _bus):
        found += look(ground, readings)
        if found:
            return found
    return found


def wait(ground: Field, readings: Readings, seconds: float, tell: Callable[[str], None]) -> tuple[float | None, list[str]]:
    """After how many seconds nothing was left; None and what is left when that did not come at all."""
    started = time.monotonic()
    told = 0.0
    while left := unfinished(ground, readings):
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
        for table, open_states in JOBS.items():
            if left := readings.count("automacao", table, f"estado IN {open_states}"):
                found.append(f"{table}: {left} em aberto")
        return found
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
