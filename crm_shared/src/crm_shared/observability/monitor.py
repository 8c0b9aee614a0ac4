"""A port of its own for a process that serves no HTTP otherwise (`manage.py eventos`, a worker): health and metrics.

Off unless MONITOR_BIND is set. The port is for the inside of the network, like that of every service.
"""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
from django.conf import settings

from .. import draining

STUCK_AFTER = 120.0  # seconds without a turn; a turn over a full batch on a slow store takes less
Answer = tuple[int, str, bytes]


class Beats:
    """When each loop of this process last began a turn."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, float] = {}

    def beat(self, name: str) -> None:
        self._last[name] = self._clock()

    def stuck(self) -> list[str]:
        return [name for name, last in self._last.items() if self._clock() - last > STUCK_AFTER]


def start_monitor(service: str, stuck: Callable[[], list[str]], failed_checks: Callable[[], list[str]]) -> None:
    """`stuck` names what no longer moves (then the process is to be restarted), `failed_checks` the stores that are out."""
    address = settings.MONITOR_ADDRESS
    if address is None:
        return

    def vivo() -> Answer:
        found = stuck()
        return _health(503 if found else 200, service, "parado" if found else "vivo", found)

    def pronto() -> Answer:
        found = ["encerrando"] if draining.draining() else [*stuck(), *failed_checks()]
        return _health(503 if found else 200, service, "nao_pronto" if found else "pronto", found)

    answers = {"/saude/vivo": vivo, "/saude/pronto": pronto, "/metrics": _metrics}
    server = ThreadingHTTPServer(address, _handler(answers))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="monitor", daemon=True).start()


def _health(status: int, service: str, estado: str, falhas: list[str]) -> Answer:
    return status, "application/json", orjson.dumps({"estado": estado, "servico": service, **({"falhas": falhas} if falhas else {})})


def _metrics() -> Answer:
    from .metrics import exposition

    content_type, body = exposition()
    return 200, content_type, body


def _handler(answers: dict[str, Callable[[], Answer]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path)
            status, content_type, body = answer() if answer else (404, "text/plain", b"")
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Nobody wants a line per probe."""

    return Handler
