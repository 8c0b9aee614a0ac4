"""Celery as one service's queue. Only automacao installs it; nothing else may import this module."""

import logging
import os
import time
from typing import Any

from celery import Celery, Task, signals
from django.conf import settings
from kombu.exceptions import OperationalError

from .. import draining
from ..events.failures import is_outage
from ..observability import tracing
from ..observability.context import current, working_as
from ..observability.logs import get_logger
from ..observability.monitor import start_monitor
from ..sentinel import broker
from .deafness import watch
from .telemetry import telling_job

logger = get_logger("crm.fila")

OUTAGE = 10.0  # seconds for which a task waits for its store; less than a soft shutdown takes
_LOOK_AGAIN = 0.5
VISIBILITY = 900  # seconds; longer than any task may run, or Redis would hand it out twice

# Tried with real kills (ADR 6): without the restore settings a killed worker's task waits 95 s.
SETTINGS: dict[str, Any] = {
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    # they bind only where tasks run in processes of their own; on threads the budget of crm_shared.client does
    "task_time_limit": 600,
    "task_soft_time_limit": 540,
    "worker_soft_shutdown_timeout": 15,  # seconds; below the supervisor's patience
    "task_ignore_result": True,
    "task_serializer": "json",
    "result_serializer": "json",
    "accept_content": ["json"],
    "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.1},
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        "visibility_timeout": VISIBILITY,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 1,
        "socket_timeout": 10,
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
    # no pidbox, no events: one queue, watched by its rows
    "worker_enable_remote_control": False,
    "worker_send_task_events": False,
    "worker_hijack_root_logger": False,
}


class ContextTask(Task):  # type: ignore[type-arg]
    """A task is a request without HTTP: fresh connections, and the context under which it was enqueued.

    While its store is out it waits: failing at once, a worker would use up the whole queue in a second, and the rows would
    then wait for the sweep to take their messages for lost. It may run twice, as after a lost message.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        headers = self.request.headers or {}
        context = {name: headers.get(name) or None for name in ("rastro", "causa", "pai")}
        with working_as(**context, ator=f"svc:{self.app.main}"), telling_job(self.name):
            end = time.monotonic() + OUTAGE
            while True:
                try:
                    return self._once(*args, **kwargs)
                except Exception as error:
                    if not is_outage(error) or draining.draining() or time.monotonic() > end:
                        raise
                    time.sleep(_LOOK_AGAIN)

    def _once(self, *args: Any, **kwargs: Any) -> Any:
        from django.db import close_old_connections

        close_old_connections()
        try:
            return super().__call__(*args, **kwargs)
        finally:
            close_old_connections()


def celery_app(service: str) -> "Celery[Any]":
    """The app of `<service>_service`, with its broker at settings.QUEUE_URL and its tasks in `<service>.tasks`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"{service}_service.settings")
    address, transport = broker(settings.QUEUE_URL)
    app = Celery(
        service,
        broker=address,
        task_cls=ContextTask,
        include=[f"{service}.tasks"],
        fixups=[],  # Celery's own for Django closes every connection after each task
    )
    options = {**SETTINGS["broker_transport_options"], **transport}
    app.conf.update(SETTINGS, task_default_queue=service, broker_transport_options=options)
    signals.before_task_publish.connect(_carry_context, weak=False)
    signals.import_modules.connect(_start_django, sender=app, weak=False)
    signals.setup_logging.connect(_keep_logging, weak=False)
    signals.worker_ready.connect(lambda **_: _begin(app), weak=False)
    signals.worker_shutting_down.connect(lambda **_: draining.begin(), weak=False)
    return app


def _carry_context(headers: dict[str, Any], **_signal: Any) -> None:
    context = current()
    headers |= {"rastro": context.rastro, "causa": context.causa or "", "pai": tracing.parent_id() or ""}


def _start_django(**_kwargs: Any) -> None:
    """In the worker, before it imports the tasks; elsewhere Django is up already."""
    import django
    from django.core.checks import run_checks

    django.setup()
    run_checks()


def _begin(app: "Celery[Any]") -> None:
    from ..health import failed_checks_once

    tracing.start(app.main)
    hearing = watch(app)
    start_monitor(app.main, hearing.stuck, failed_checks_once)


def _keep_logging(**_kwargs: Any) -> None:
    """Celery leaves Django's LOGGING as it is. Its two lines per task know no trace; the task's own line does."""
    for name in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(name).setLevel(logging.WARNING)


def send(app: "Celery[Any]", task: str, *args: Any) -> bool:
    """Enqueue the task of that name; False when the queue is out, and then the row's next sweep tries again."""
    try:
        app.send_task(task, args=args)
    except OperationalError as error:
        logger.warning("fila indisponivel", extra={"tarefa": task, "erro": str(error)})
        return False
    return True
