"""Which processes a service has, and the supervisor configuration that runs them and the stores."""

import sys
from dataclasses import dataclass
from pathlib import Path

from stack.config import Settings
from stack.credentials import Credentials, administrator
from stack.environment import contract, in_a_browser, telemetry
from stack.errors import StackError
from stack.files import write_private
from stack.store import Store

STORE_GROUP = "lojas"
MIGRATE = "migrate"
CREATE_ADMINISTRATOR = "criar_administrador"

GUNICORN = ("-c", "python:crm_shared.gunicorn_hooks")
THREADED = ("-k", "gthread", "-w", "1", "--threads", "4")
ASYNCHRONOUS = ("-k", "gateway.server.worker.Worker", "-w", "1")
WORKER = ("--pool", "threads", "--concurrency", "2", "--without-gossip", "--without-mingle")

HEAD = """\
[supervisord]
logfile={run}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=1
pidfile={run}/supervisord.pid
umask=022
directory=/
{account}

[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
# Started by `up`, when what they need is there.
PROGRAM = """
[program:{name}]
command={command}
directory={folder}
environment={environment}
autostart=false
autorestart={restart}
startsecs={start_seconds}
startretries={retries}
exitcodes=0
stopsignal={stop_signal}
stopwaitsecs=20
stopasgroup={as_group}
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""


# A process that ends within startsecs counts as a failed start; after startretries of them it is down for a while
# (preload.REVIVE_AFTER), and `status` says why. PostgreSQL ends its own children; a signal to each would make that disorderly.
KINDS = {
    "store": {"restart": "true", "start_seconds": 2, "retries": 3, "as_group": "false"},
    "service": {"restart": "true", "start_seconds": 10, "retries": 3, "as_group": "true"},
    # killed on purpose again and again (./crm chaos), which is no crash loop
    "victim": {"restart": "true", "start_seconds": 1, "retries": 3, "as_group": "true"},
    "once": {"restart": "false", "start_seconds": 0, "retries": 0, "as_group": "true"},
}


@dataclass(frozen=True)
class Program:
    name: str
    group: str
    command: list[str]
    folder: Path
    environment: dict[str, str]
    stop_signal: str = "TERM"
    kind: str = "service"


def service_programs(settings: Settings, credentials: Credentials, service: str) -> list[Program]:
    # glibc keeps an arena per thread otherwise, which costs more memory than it saves time here
    frugal = {"MALLOC_ARENA_MAX": "2"}
    environment = contract(settings, credentials, service) | in_a_browser(settings, service) | telemetry() | frugal
    folder = settings.folder(service)
    return [
        *(Program(f"{service}-{role}", service, command, folder, environment) for role, command in _roles(settings, service).items()),
        *(
            Program(f"{service}-{task}", preparation(service), command, folder, environment, kind="once")
            for task, command in _tasks(settings, service).items()
        ),
    ]


def preparation(service: str) -> str:
    """The group of what `up` runs once before the service's processes."""
    return f"{service}-preparo"


def password_file(settings: Settings) -> Path:
    """Holds the first administrator's password while he is created."""
    return settings.secrets / "administrador.senha"


def store_program(store: Store) -> Program:
    return Program(store.name, STORE_GROUP, store.command, store.folder, {}, store.stop_signal, kind="store")


def log_file(settings: Settings, program: str) -> Path:
    return settings.logs / f"{program}.log"


def configuration_file(settings: Settings) -> Path:
    return settings.run / "supervisord.conf"


def write_configuration(settings: Settings, programs: list[Program], *, as_root: bool) -> None:
    _check_path(settings.root)
    _check_path(settings.var)
    head = HEAD.format(run=settings.run, socket=settings.socket, account="user=root" if as_root else "")
    groups: dict[str, list[str]] = {}
    for program in programs:
        groups.setdefault(program.group, []).append(program.name)
    sections = [f"\n[group:{group}]\nprograms={','.join(names)}\n" for group, names in groups.items()]
    text = "".join([head, *(_section(settings, program) for program in programs), *sections])
    write_private(configuration_file(settings), text)


def _roles(settings: Settings, service: str) -> dict[str, list[str]]:
    python = sys.executable
    gateway = service == "gateway"
    application = f"{service}_service.{'asgi' if gateway else 'wsgi'}:application"
    ports = (settings.port(service), *((settings.monitor_port,) if gateway else ()))
    bind = [part for port in ports for part in ("--bind", f"127.0.0.1:{port}")]
    roles = {"web": [python, "-m", "gunicorn", application, *(ASYNCHRONOUS if gateway else THREADED), *bind, *GUNICORN]}
    if not gateway:
        # the system checks import all views; they ran with the migrations of this very code
        roles["eventos"] = [python, "manage.py", "eventos", "--skip-checks"]
    if service == "automacao":
        roles["worker"] = [python, "-m", "celery", "--quiet", "-A", "automacao_service", "worker", *WORKER]
    return roles


def _tasks(settings: Settings, service: str) -> dict[str, list[str]]:
    manage = [sys.executable, "manage.py"]
    tasks = {} if service == "gateway" else {MIGRATE: [*manage, MIGRATE, "--noinput"]}
    if service == "auth":
        arguments = ["--email", administrator(settings)["email"], "--senha-de-arquivo", str(password_file(settings)), "--skip-checks"]
        tasks[CREATE_ADMINISTRATOR] = [*manage, CREATE_ADMINISTRATOR, *arguments]
    return tasks


def _section(settings: Settings, program: Program) -> str:
    return PROGRAM.format(
        name=program.name,
        command=" ".join(_quoted(part) for part in program.command),
        folder=program.folder,
        environment=",".join(f'{name}="{_value(value)}"' for name, value in program.environment.items()),
        stop_signal=program.stop_signal,
        log=log_file(settings, program.name),
        **KINDS[program.kind],
    )


def _check_path(path: Path) -> None:
    """supervisor cannot be told of every path: it expands % twice, and what follows " ;" or " #" is a comment to it."""
    if any(mark in str(path) for mark in ("%", " ;", " #", "\n", '"')):
        raise StackError(f"O supervisor não aceita a pasta {path}: use um caminho sem %, aspas, ponto e vírgula ou #.")


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _value(text: str) -> str:
    """Between double quotes, where supervisor knows no way to write one."""
    if '"' in text:
        raise StackError(f"O valor {text!r} não pode ir ao ambiente dos serviços: tire dele as aspas.")
    return _escaped(text)


def _quoted(text: str) -> str:
    backslashed = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_escaped(backslashed)}"'
