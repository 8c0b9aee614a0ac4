"""A small client of the gateway: signs in, signs in again before the token ends, follows pages."""

import time
from collections.abc import Iterator
from typing import Any

import requests

from stack.errors import StackError


class Client:
    def __init__(self, url: str, email: str, senha: str) -> None:
        self.url = url.rstrip("/")
        self.credentials = {"email": email, "senha": senha}
        self.session = requests.Session()
        self.session.trust_env = False
        self._until = 0.0

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The answer's JSON; an error of the API stops the load with its own words."""
        if time.monotonic() > self._until:
            self._sign_in()
        response = self.session.request(method, f"{self.url}{path}", json=body, params=params or None, timeout=30)
        if response.status_code >= 400:
            raise StackError(f"{method} {path}: {response.status_code} {response.text[:500]}")
        return response.json() if response.content else None

    def get(self, path: str, **params: Any) -> Any:
        return self.call("GET", path, **params)

    def post(self, path: str, body: Any) -> Any:
        return self.call("POST", path, body)

    def every(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """All rows of a list."""
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, limite=200, **params, **cursor)
            yield from page["resultados"]
            if not page["proximo"]:
                return
            cursor = {"cursor": page["proximo"]}

    def _sign_in(self) -> None:
        response = self.session.post(f"{self.url}/auth/login", json=self.credentials, timeout=30)
        if response.status_code != 200:
            raise StackError(f"o login de {self.credentials['email']} falhou: {response.status_code} {response.text[:300]}")
        answer = response.json()
        self.session.headers["Authorization"] = f"Bearer {answer['access']}"
        self._until = time.monotonic() + answer["expires_in"] - 30
