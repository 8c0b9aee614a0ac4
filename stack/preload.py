"""supervisord with the large libraries loaded: its Python programs are forks that go on in the same interpreter.

Some twenty processes of the stack import the same Django, psycopg and so on. Forked after that import they are ready in
about half the time, and share the memory of it. Only libraries that need no settings are loaded here, and none of them
starts a thread. Started as `python -P preload.py -c FILE`, outside of this package; programs that are not Python (or ask
for an interpreter of their own by a flag) are executed as always.
"""

import atexit
import contextlib
import gc
import importlib
import os
import runpy
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterable
from typing import Any, NoReturn

from setproctitle import setproctitle
from supervisor import supervisord
from supervisor.medusa import asyncore_25 as asyncore
from supervisor.options import ServerOptions
from supervisor.states import ProcessStates, SupervisorStates

LIBRARIES = (
    *("django.core.management", "django.core.handlers.wsgi", "django.core.handlers.asgi", "django.core.servers.basehttp"),
    *("django.db.backends.postgresql.base", "django.db.migrations.executor", "django.contrib.postgres.indexes"),
    *("django.forms", "django.template.backends.django", "django.views.generic", "django.contrib.staticfiles.finders"),
    *("psycopg", "psycopg_pool", "redis", "django_redis.cache", "structlog", "orjson", "prometheus_client", "jwt", "uuid_utils"),
    *("cryptography.hazmat.primitives.asymmetric.ec", "cryptography.x509", "requests", "email_validator", "phonenumbers", "yaml"),
    *("jsonschema", "uritemplate", "inflection", "whitenoise.middleware"),
    *("gunicorn.app.wsgiapp", "gunicorn.workers.gthread"),
)
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD, signal.SIGUSR2)


# Seconds after which a program that was given up is tried once more: what it lacked, or what killed it, may be past.
REVIVE_AFTER = 10.0


class Daemon(supervisord.Supervisor):
    def tick(self, now: float | None = None) -> None:
        super().tick(now)
        if self.options.mood == SupervisorStates.RUNNING:
            revive([process for group in self.process_groups.values() for process in group.processes.values()])


def revive(processes: Iterable[Any]) -> None:
    """supervisor itself leaves what failed four starts in a row down for good; nobody need come by for that here."""
    now = time.time()
    for process in processes:
        last = max(process.laststart, process.laststop)
        if process.state == ProcessStates.FATAL and process.config.autorestart and now - last > REVIVE_AFTER:
            process.spawn()


class Options(ServerOptions):
    def execve(self, filename: str, argv: list[str], env: dict[str, str]) -> None:
        """Called by supervisor in the new child, with its folder, output and process group in place."""
        if argv[0] == sys.executable and (argv[1] == "-m" or not argv[1].startswith("-")):
            become(argv[1:], env)
        super().execve(filename, argv, env)


def become(arguments: list[str], env: dict[str, str]) -> NoReturn:
    """What a fresh interpreter would do: `-m module ...` or `script ...`, until the end of the process."""
    _reset(arguments, env)
    code = 1
    try:
        if arguments[0] == "-m":
            sys.argv = arguments[1:]
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = arguments
            runpy.run_path(arguments[0], run_name="__main__")
        code = 0
    except SystemExit as end:
        code = _exit_code(end)
    except BaseException:
        traceback.print_exc()
    _finish(code)


def _reset(arguments: list[str], env: dict[str, str]) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(env)
    sys.path.insert(0, os.getcwd())
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    setproctitle(" ".join(["python", *arguments]))


def _exit_code(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def _finish(code: int) -> NoReturn:
    """Without unwinding: below this frame lies supervisord's, whose sockets are no longer what their numbers say."""
    with contextlib.suppress(BaseException):
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def main() -> None:
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):  # then the service that needs it says so
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # the collector of a child then leaves the shared pages alone
    options = Options()
    options.realize(sys.argv[1:])
    options.first, options.test = True, False
    with contextlib.suppress(asyncore.ExitNow):
        Daemon(options).main()
    options.close_httpservers()
    options.close_logger()


if __name__ == "__main__":
    main()
