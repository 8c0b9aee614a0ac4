"""`manage.py eventos`: the service's relay, consumer, retries and periodic tasks in one process."""

import signal
import sys
import threading
from typing import Any

from django.core.management.base import BaseCommand

from crm_shared.events.loops import Stopped, repeat, turns


class Command(BaseCommand):
    help = "Publishes this service's events, consumes those of the others and runs the periodic tasks, until SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        failed: list[str] = []

        def run(name: str, turn: Any) -> None:
            try:
                repeat(name, turn, stop)
            except Stopped:
                failed.append(name)
                stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        threads = [threading.Thread(target=run, args=item, name=item[0]) for item in turns().items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            sys.exit(f"laço encerrado por falhas seguidas: {', '.join(failed)}")
