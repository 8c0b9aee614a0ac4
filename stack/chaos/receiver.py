"""Somebody outside who gets webhooks, answers each at once and remembers which came."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TYPES = tuple(
    f"{record}.v1"
    for record in (
        "empresas.empresa.criada",
        "empresas.empresa.atualizada",
        "empresas.empresa.excluida",
        "vendas.oportunidade.criada",
        "vendas.oportunidade.atualizada",
        "vendas.oportunidade.excluida",
    )
)


@dataclass(frozen=True)
class Arrival:
    """`delivery`: the webhook-id."""

    delivery: str
    event: str
    record: str
    version: int


class Receiver:
    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.arrivals))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> "Receiver":
        threading.Thread(target=self._server.serve_forever, name="recebedor", daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(arrivals: list[Arrival]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            arrivals.append(Arrival(self.headers["webhook-id"], event["id"], event["subject"], event["versao"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Silent."""

    return Handler
