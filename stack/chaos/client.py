"""A client as the API guide asks for it: what may have been lost is sent again, under its key, until it is answered."""

import threading
import time
from typing import Any
from uuid import uuid4

import requests

from .ledger import Ledger

AGAIN = (401, 429, 502, 503, 504)
PATIENCE = 180.0  # seconds


class Unanswered(Exception):
    """No telling whether it took effect."""


class Session:
    """The access token, shared by all writers."""

    def __init__(self, url: str, email: str, senha: str) -> None:
        self.url, self.credentials = url, {"email": email, "senha": senha}
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0

    def token(self, refused: str = "") -> str:
        with self._lock:
            if time.monotonic() > self._until or refused == self._token:
                answer = requests.post(f"{self.url}/auth/login", json=self.credentials, timeout=35)
                if answer.status_code != 200:
                    raise requests.ConnectionError(f"login: {answer.status_code}")
                body = answer.json()
                self._token, self._until = body["access"], time.monotonic() + body["expires_in"] - 60
            return self._token


class Client:
    def __init__(self, session: Session, ledger: Ledger) -> None:
        self.session, self.ledger = session, ledger
        self.http = requests.Session()
        self.http.trust_env = False

    def asked(self, method: str, path: str, body: dict[str, Any] | None = None, file: bytes | None = None) -> dict[str, Any] | None:
        """What was answered; None, and a line in the ledger, when it was refused."""
        answer = self.send(method, path, body, file)
        if answer.ok:
            made: dict[str, Any] = answer.json()
            return made
        self.ledger.refused(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return None

    def send(self, method: str, path: str, body: dict[str, Any] | None = None, file: bytes | None = None) -> requests.Response:
        """The final answer. DELETE takes no key: told that the record is gone, a second one means the first was done."""
        key, end, token = str(uuid4()), time.monotonic() + PATIENCE, ""
        while time.monotonic() < end:
            try:
                token = self.session.token(refused=token)
                answer = self._once(method, path, {"json": body} if file is None else {"data": file}, token, key)
            except requests.RequestException as error:
                self.ledger.heard(type(error).__name__)
                token = ""
                time.sleep(0.3)
                continue
            self.ledger.heard(str(answer.status_code))
            if not _comes_again(answer):
                return answer
            token = token if answer.status_code == 401 else ""
            time.sleep(min(float(answer.headers.get("Retry-After", 0.5)), 2.0))
        self.ledger.gave_up(f"{method} {path} {body}")
        raise Unanswered

    def _once(self, method: str, path: str, body: dict[str, Any], token: str, key: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        headers |= {"Content-Type": "text/csv"} if "data" in body else {}
        return self.http.request(method, f"{self.session.url}{path}", headers=headers, timeout=35, **body)


def _comes_again(answer: requests.Response) -> bool:
    if answer.status_code == 409:
        return bool(answer.json().get("codigo") == "em_andamento")
    return answer.status_code in AGAIN
