"""New code comes in under load: each of the eight is reloaded while it is written to and all are read, and no request is lost."""

import os
import threading
import time
from collections import Counter
from secrets import token_hex

import pytest
import requests
from crm_client import Crm
from stack_access import SERVICES, on_its_machine, reload

pytestmark = on_its_machine
LISTED = [f"/gateway/{name}" for name in SERVICES if name != "auth"]
WRITTEN = dict.fromkeys(("gateway", "clientes"), "/gateway/clientes") | {
    "auth": "/auth/equipes?simular=true",
    "automacao": "/gateway/automacao?simular=true",
}
FLOW = {
    "gatilho": {"evento": "clientes.cliente.criado.v1"},
    "passos": [{"tipo": "criar_tarefa", "parametros": {"titulo": "Ligar", "tipo": "ligacao", "prazo_dias_uteis": 1}}],
}
WRITERS, READERS = 4, 4
PAUSE = 0.05  # seconds; the point is what happens at a reload, not how much the machine bears


class Load:
    """Clients that send once, over connections that they keep, and tell what came of it."""

    def __init__(self, url: str, service: str) -> None:
        self.url, self.mark = url, token_hex(4)
        self.written = WRITTEN.get(service, f"/gateway/{service}/marcadores?simular=true")
        self.token = Crm(url, os.environ["CRM_ADMIN_EMAIL"], os.environ["CRM_ADMIN_SENHA"]).token
        self.seen: Counter[str] = Counter()
        self._end, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._press, args=(number,)) for number in range(WRITERS + READERS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _press(self, number: int) -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {self.token}"
            turn = 0
            while not self._end.wait(PAUSE):
                what = self._send(session, number, turn)
                turn += 1
                with self._lock:
                    self.seen[what] += 1

    def _send(self, session: requests.Session, number: int, turn: int) -> str:
        try:
            if number < WRITERS:
                body = {"nome": f"Recarga {self.mark} {number} {turn}"} | (FLOW if "automacao" in self.written else {})
                return _told(session.post(self.url + self.written, json=body, timeout=60))
            address = ["/auth/eu", "/saude", *LISTED][turn % (len(LISTED) + 2)]
            return _told(session.get(self.url + address, timeout=60))
        except requests.RequestException as error:
            return f"{type(error).__name__}: {error}"[:200]


def _told(answer: requests.Response) -> str:
    return f"{answer.request.method} {answer.status_code} {answer.json()['codigo'] if answer.status_code >= 400 else ''}".rstrip()


@pytest.mark.parametrize("service", ["gateway", *SERVICES])
def test_a_reload_under_load_loses_no_request(url: str, admin: Crm, service: str) -> None:
    with Load(url, service) as load:
        time.sleep(0.5)
        reload(service)
        time.sleep(0.5)
    assert set(load.seen) == {"POST 201", "GET 200"}, load.seen
    if load.written == "/gateway/clientes":
        stored = admin.request("GET", f"/gateway/clientes?busca={load.mark}&limite=1&contagem=exata").json()
        assert stored["contagem"]["valor"] == load.seen["POST 201"]
