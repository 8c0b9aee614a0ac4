"""A small client of the CRM's API over `requests`: signs in, keeps its token fresh, repeats safely what may be repeated.

crm = Crm("http://127.0.0.1:3000", "ana@exemplo.com.br", "senha")
empresa = crm.create("/gateway/empresas", {"razao_social": "Padaria Sol Ltda"})
for oportunidade in crm.rows("/gateway/vendas", status="aberta"): ...
"""

import threading
import time
from collections.abc import Iterator
from typing import Any

import requests

TIMEOUT = 30  # seconds
ATTEMPTS = 6


class CrmError(Exception):
    """An answer that is no success; `problem` is the API's problem document (RFC 9457)."""

    def __init__(self, response: requests.Response) -> None:
        self.status = response.status_code
        self.problem: dict[str, Any] = response.json() if "json" in response.headers.get("Content-Type", "") else {}
        super().__init__(f"{response.request.method} {response.request.url}: {self.status} {self.problem.get('detail')} {self.problem}")


class Crm:
    """One signed-in user. May be used by several threads: each has its own connection, all share the token."""

    def __init__(self, url: str, email: str, senha: str) -> None:
        self.url = url.rstrip("/")
        self._local = threading.local()
        self._lock = threading.Lock()
        self._take(self._send("POST", f"{self.url}/auth/login", json={"email": email, "senha": senha}))

    def read(self, path: str, **filters: Any) -> Any:
        return self._checked(self.request("GET", path, params=filters))

    def create(self, path: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        """POST `body`. With `key` (an Idempotency-Key) it takes effect once, however often it has to be sent."""
        created: dict[str, Any] = self._checked(self.request("POST", path, json=body, headers={"Idempotency-Key": key} if key else {}))
        return created

    def rows(self, path: str, **filters: Any) -> Iterator[dict[str, Any]]:
        """Every row of a list, page after page."""
        filters = {"limite": 200, **filters}
        while True:
            page = self.read(path, **filters)
            yield from page["resultados"]
            if not page["proximo"]:
                return
            filters["cursor"] = page["proximo"]

    def request(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> requests.Response:
        """The answer, whatever it is. 429 and 503 say when to come back; what has no Idempotency-Key and is no GET is sent once."""
        headers = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        repeatable = method == "GET" or "Idempotency-Key" in headers
        url = path if path.startswith("http") else f"{self.url}{path}"
        for _ in range(ATTEMPTS if repeatable else 1):
            response = self._send(method, url, headers=headers, **options)
            if response.status_code not in (429, 503) and not _still_running(response):
                break
            time.sleep(float(response.headers.get("Retry-After", 1)))
        return response

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        session: requests.Session = self._local.session
        return session.request(method, url, timeout=TIMEOUT, **options)

    @property
    def token(self) -> str:
        """The access token; it lives five minutes, so it is renewed a little before."""
        with self._lock:
            if time.monotonic() > self._fresh_until:
                self._take(self._send("POST", f"{self.url}/auth/refresh", json={"refresh": self._refresh}))
            return self._access

    def _take(self, response: requests.Response) -> None:
        tokens = self._checked(response)
        self._access, self._refresh = tokens["access"], tokens["refresh"]
        self._fresh_until = time.monotonic() + tokens["expires_in"] - 30

    @staticmethod
    def _checked(response: requests.Response) -> Any:
        if not response.ok:
            raise CrmError(response)
        return response.json() if response.content else None


def _still_running(response: requests.Response) -> bool:
    """The same Idempotency-Key is being worked on: an earlier try of ours, whose answer was lost."""
    return response.status_code == 409 and response.json().get("codigo") == "em_andamento"
