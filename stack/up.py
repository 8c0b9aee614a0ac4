"""`./crm up` and `./crm down`."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from rich.table import Table

from stack import config, credentials, ports, status
from stack.backup.swap import refuse_half_swapped
from stack.config import STORES, Settings
from stack.credentials import Credentials
from stack.display import Display, console
from stack.errors import StackError
from stack.migrations import ensure_administrator, migrate
from stack.postgres import create_databases
from stack.programs import STORE_GROUP, Program, log_file, service_programs, store_program, write_configuration
from stack.reasons import last_reason, tail
from stack.store import wait_ready
from stack.stores import all_stores, prepare
from stack.supervision import ProcessState, Supervisor, end_strays

READY_WITHIN = 180
AT_ONCE = 2
Alter = Callable[[Program], list[Program]]
STORES_PHASE, DATABASES, MIGRATIONS, KEYS, ADMINISTRATOR, PROCESSES, READINESS = (
    "Lojas de dados",
    "Bases",
    "Migrações",
    "Chaves",
    "Administrador",
    "Processos",
    "Prontidão",
)


def up(settings: Settings, *, detach: bool, alter: Alter = lambda program: [program]) -> int:
    """`alter` says what is run in place of each of the services' programs, for those who put them to the test."""
    settings.make_folders()
    supervisor = Supervisor(settings)
    with exclusive(settings):
        refuse_half_swapped(settings)
        if supervisor.running() and supervisor.outdated():
            console.print("As bibliotecas mudaram desde o último ./crm up: reiniciando tudo.")
            supervisor.stop()
        fresh = not supervisor.running()
        try:
            failures = _start(settings, supervisor, alter, fresh=fresh)
        except BaseException:
            if fresh:  # nothing of use is running yet
                supervisor.stop()
            raise
    _summary(settings, failures)
    if fresh and not detach:
        _stay(settings, supervisor)
    return 1 if failures else 0


def down(settings: Settings) -> int:
    if not settings.run.exists():
        console.print("Nada a encerrar.")
        return 0
    with exclusive(settings):
        Supervisor(settings).stop()
    console.print("Tudo encerrado. Os dados ficam em", f"{settings.var}.")
    return 0


def _start(settings: Settings, supervisor: Supervisor, alter: Alter, *, fresh: bool) -> dict[str, str]:
    """Everything from the stores to readiness; returns why a service is not ready, by name."""
    _check_ports(settings, supervisor, fresh=fresh)
    config.record_port_base(settings)
    with Display() as display:
        with display.only(KEYS, "senhas e chaves de assinatura em var/segredos"):
            secrets = credentials.load_or_create(settings)
            credentials.administrator(settings)
        own = [program for service in settings.services for program in service_programs(settings, secrets, service)]
        programs = [altered for program in own for altered in alter(program)]
        _start_stores(settings, secrets, supervisor, display, programs, fresh=fresh)
        with display.only(DATABASES, "uma base e uma conta por serviço"):
            create_databases(settings, secrets)
        return _start_services(settings, supervisor, display)


def _check_ports(settings: Settings, supervisor: Supervisor, *, fresh: bool) -> None:
    if fresh:
        end_strays(settings)
        ports.check_free(settings, [*STORES, *settings.services])
        return
    recorded = config.recorded_port_base(settings.var)
    if recorded != str(settings.port_base):
        raise StackError(f"Este CRM já está no ar, com CRM_PORT_BASE={recorded}. Para mudar as portas, rode antes ./crm down.")
    alive = {state.name for state in supervisor.states() if state.alive}
    ports.check_free(settings, [name for name in settings.services if f"{name}-web" not in alive])


def _start_stores(
    settings: Settings, secrets: Credentials, supervisor: Supervisor, display: Display, programs: list[Program], *, fresh: bool
) -> None:
    """And supervisord itself, if it does not run, with all that it is to run later."""
    stores = all_stores(settings, secrets)
    display.phase(STORES_PHASE, len(stores))
    write_configuration(settings, [*map(store_program, stores), *programs], as_root=os.getuid() == 0)
    with ThreadPoolExecutor(1) as pool:  # while the data folders are made, the daemon loads its libraries
        daemon = pool.submit(supervisor.start if fresh else supervisor.apply_configuration)
        prepare(stores)
    daemon.result()
    supervisor.start_group(STORE_GROUP)
    for store in stores:
        wait_ready(store, partial(_store_trouble, settings, supervisor, store.name))
        display.step(STORES_PHASE, f"{store.title} na porta {store.port}")


def _store_trouble(settings: Settings, supervisor: Supervisor, name: str) -> str | None:
    if not any(state.name == name and state.given_up for state in supervisor.states()):
        return None
    log = log_file(settings, name)
    lines = "\n  ".join(tail(log, 2000)[-5:])
    return f"{last_reason(log)}. Corrija a causa e rode ./crm up de novo; o fim de {log}:\n  {lines}"


def _start_services(settings: Settings, supervisor: Supervisor, display: Display) -> dict[str, str]:
    """Each service starts as soon as its own store is up to date; auth first, because the others fetch its keys."""
    services = settings.services
    migrated = [name for name in services if name != "gateway"]
    display.phase(MIGRATIONS, len(migrated))
    display.phase(ADMINISTRATOR, int("auth" in services))
    display.phase(PROCESSES, len(services))
    display.phase(READINESS, len(services))
    failures: dict[str, str] = {}

    def bring_up(service: str) -> None:
        if service != "gateway":
            done = migrate(settings, supervisor, service)
            display.step(MIGRATIONS, f"{service} {'migrado' if done else 'já em dia'}")
        if service == "auth":
            done = ensure_administrator(settings, supervisor)
            display.step(ADMINISTRATOR, "criado" if done else "já existe")
        begun = supervisor.start_group(service)
        display.step(PROCESSES, f"{service} {'iniciado' if begun else 'já no ar'}")

    with ThreadPoolExecutor(AT_ONCE) as pool, ThreadPoolExecutor(len(services) or 1) as waiters:
        started = {service: pool.submit(bring_up, service) for service in services}
        waits = {name: waiters.submit(_wait_ready, settings, supervisor, name, begun) for name, begun in started.items()}
        for name, wait in waits.items():
            try:
                wait.result()
                display.step(READINESS, f"{name} pronto")
            except StackError as error:
                failures[name] = str(error)
    return failures


def _wait_ready(settings: Settings, supervisor: Supervisor, service: str, begun: Future[None]) -> None:
    begun.result()
    end = time.monotonic() + READY_WITHIN
    while (trouble := _trouble(settings, supervisor, service)) is not None:
        if time.monotonic() > end:
            raise StackError(trouble)
        time.sleep(0.2)


def _trouble(settings: Settings, supervisor: Supervisor, service: str) -> str | None:
    """None when all its processes live and its web process says it is ready; raises when one of them has given up."""
    states = [state for state in supervisor.states() if state.group == service]
    for state in states:
        if state.given_up:
            raise StackError(f"{state.name} falhou: {status.reason(settings, state.name, supervisor.history())}.")
    history = supervisor.history()
    for state in states:
        if history.struggling(state.name) and state.state != "RUNNING":
            return f"{state.name} reiniciando: {status.reason(settings, state.name, history)}"
    if not all(state.settled for state in states):
        return "processos iniciando"
    return status.readiness(settings, service)


def _summary(settings: Settings, failures: dict[str, str]) -> None:
    table = Table("Serviço", "URL", "Estado", box=None, pad_edge=False)
    for name in sorted(settings.services, key=settings.port):
        table.add_row(name, settings.url(name), "[red]falhou[/]" if name in failures else "[green]pronto[/]")
    console.print(table)
    admin = credentials.administrator(settings)
    console.print(f"\nAdministrador: {admin['email']}   Senha: {admin['senha']}   (guardados em {settings.admin_file})", markup=False)
    for name, reason in failures.items():
        console.print(f"Erro: {name}: {reason} Veja ./crm logs --servico {name}; depois de corrigir, ./crm up.", style="red", markup=False)


def _stay(settings: Settings, supervisor: Supervisor) -> None:
    """Shows what changes until Ctrl-C, which stops everything."""
    console.print("No ar. Ctrl-C encerra tudo.")
    try:
        before = _labels(supervisor.states())
        while supervisor.running():
            time.sleep(1)
            now = _labels(supervisor.states())
            for name, label in now.items():
                if label != before.get(name):
                    reason = f": {status.reason(settings, name, supervisor.history())}" if label in ("reiniciando", "falhou") else ""
                    console.print(f"{time.strftime('%H:%M:%S')} {name} {label}{reason}", markup=False)
            before = now
    except KeyboardInterrupt:
        console.print("Encerrando...")
        with exclusive(settings):
            supervisor.stop()


def _labels(states: list[ProcessState]) -> dict[str, str]:
    return {state.name: status.STATES[state.state] for state in states}


@contextmanager
def exclusive(settings: Settings) -> Iterator[None]:
    """One command at a time changes what runs on this `var/`."""
    with (settings.run / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"Outro ./crm up, down ou restore está em andamento em {settings.var}: espere que termine.") from None
        yield
