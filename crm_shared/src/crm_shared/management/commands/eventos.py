"""`manage.py eventos`: the service's relay, consumer, retries and periodic tasks in one process."""

import signal
import sys
import threading
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError

from crm_shared import draining
from crm_shared.events.leases import Lease
from crm_shared.events.loops import Stopped, repeat, turns
from crm_shared.health import failed_checks_once
from crm_shared.observability import tracing
from crm_shared.observability.monitor import Beats, start_monitor


def release_quietly(lease: Lease) -> None:
    """So that a successor need not wait for the lease to run out; where the store is out, it will run out."""
    with suppress(DatabaseError, InterfaceError):
        lease.release()


def end(stop: threading.Event) -> None:
    draining.begin()
    stop.set()


class Command(BaseCommand):
    help = "Publishes this service's events, consumes those of the others and runs the periodic tasks, until SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        failed: list[str] = []
        beats = Beats()

        def run(name: str, turn: Any) -> None:
            try:
                repeat(name, turn, stop, beats.beat)
            except Stopped:
                failed.append(name)
                stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: end(stop))
        tracing.start(settings.SERVICE)
        lease = Lease("eventos")
        threads = [threading.Thread(target=run, args=item, name=item[0]) for item in turns(lease).items()]
        for thread in threads:
            thread.start()
        start_monitor(settings.SERVICE, beats.stuck, failed_checks_once)
        for thread in threads:
            thread.join()
        release_quietly(lease)
        if failed:
            sys.exit(f"laço encerrado por falhas seguidas: {', '.join(failed)}")
