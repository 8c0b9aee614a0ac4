"""The contract of writes, driven by the OpenAPI alone: each is tried, then done, then sent again, and all answer alike.

Every operation gets the example of its body and records that earlier examples made, in an order in which those exist.
"""

import json
import re
from typing import Any

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

WRITES = ("post", "put", "patch", "delete")
MISSING = "018f0000-0000-7000-8000-0000000000ff"
# what differs between two answers to the same request: ids, instants, traces, numbers that count up, secrets
_PASSING = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z|\b[0-9a-f]{32}\b|(?<=-)\d{4,}\b|whsec_[\w+/=]+|\bcrm_[\w-]+"
)

_SECRETS = frozenset({"segredo", "otpauth", "codigos"})  # members told once


class Trial:
    """Of all writes of one service: `made` holds, by the address of each collection, the record that its example became."""

    def __init__(self, client: Any, references: dict[str, Any]) -> None:
        self.client, self.references, self.made = client, references, dict[str, str]()
        self._before: dict[str, list[str]] | None = None  # all that the last request left, when it is known

    def run(self, method: str, path: str, body: Any, *, versioned: bool) -> tuple[Any, Any]:
        """The answers to the simulated request and to the real one; fails when anything but the latter left something."""
        address = self.address(path)
        data = body | self.references.get(path, {}) if type(body) is dict else body
        keyed = {"HTTP_IDEMPOTENCY_KEY": f"{method} {path}"} if method in ("post", "patch") else {}
        before = self._before or everything()
        ahead = self._send(method, address, data, HTTP_IF_MATCH='"v999999999"') if versioned else None
        garbled = self._send(method, address, data, HTTP_IF_MATCH="v1") if versioned else None
        simulated = self._send(method, f"{address}?simular=true", data, **keyed)
        assert simulated["Simulado"] == "true", (method, path)
        self._left_alone(before, method, path)
        self._before = None
        real = self._send(method, address, data, **keyed)
        assert "Simulado" not in real, (method, path)
        if real.status_code < 300:
            assert ahead is None or ahead.status_code == 412, (method, path, ahead.status_code)
            assert garbled is None or garbled.status_code == 400, (method, path, garbled.status_code)
            if keyed:
                self._send_again(method, path, data, real, keyed)
        if real.status_code == 201:
            self.made.setdefault(address, real.json()["id"])
        return simulated, real

    def _send_again(self, method: str, path: str, data: Any, real: Any, keyed: dict[str, str]) -> None:
        """With the key that it was done under: the same request answers the same, another one is refused, and neither does anything."""
        after, address = everything(), self.address(path)
        again = self._send(method, address, data, **keyed)
        assert again.get("Idempotency-Replayed") == "true", (method, path, again.status_code)
        assert alike(again) == alike(real, secret=False), (method, path)
        other = self._send(method, address, another(data), **keyed)
        assert (other.status_code, other.json()["codigo"]) == (422, "idempotencia_conflito"), (method, path, other.status_code)
        self._left_alone(after, method, path)

    def _left_alone(self, before: dict[str, list[str]], method: str, path: str) -> None:
        self._before = after = everything()
        assert after == before, (method, path, [name for name in after if after[name] != before[name]])

    def make(self, path: str, body: Any) -> None:
        """Of the example of a creation the record, where it can be one."""
        address = self.address(path)
        answer = self._send("post", address, body | self.references.get(path, {}) if type(body) is dict else body)
        if answer.status_code == 201:
            self.made.setdefault(address, answer.json()["id"])

    def address(self, path: str) -> str:
        """`/a/{pai_pk}/b/{id}` with the records made at `/a` and at `/a/{pai_pk}/b`."""
        while match := re.search(r"/\{[^}]+\}", path):
            collection = path[: match.start()]
            path = f"{collection}/{self.made.get(collection, MISSING)}{path[match.end() :]}"
        return path

    def _send(self, method: str, address: str, data: Any, **headers: str) -> Any:
        if isinstance(data, Form):
            return self.client.generic(method.upper(), address, data.encoded(), MULTIPART_CONTENT, **headers)
        return getattr(self.client, method)(address, data, **headers)


class Form(dict[str, Any]):
    """The example of a multipart/form-data body, in which whatever is told is a file."""

    def encoded(self) -> bytes:
        return encode_multipart(BOUNDARY, {name: SimpleUploadedFile(f"{value}.txt", b"Exemplo") for name, value in self.items()})


def another(data: Any) -> Any:
    """A body that is not `data`."""
    if isinstance(data, Form):
        return Form({name: f"outro {value}" for name, value in data.items()})
    return {**(data or {}), "campo_que_nao_existe": 1}


def in_order(operation: tuple[str, str, dict[str, Any]]) -> tuple[int, int]:
    """Creations first, from the outside in; deletions late, from the inside out; what undoes them last."""
    method, path, described = operation
    depth = path.count("/")
    if method == "post" and "201" in described["responses"] and not path.endswith("restaurar"):
        return 0, depth
    if method == "delete":
        return 2, -depth
    return (3, depth) if path.endswith("restaurar") else (1, depth)


def alike(response: Any, *, secret: bool = True) -> tuple[int, str]:
    """What two answers to the same request have in common; a repetition tells no secret."""
    text = _PASSING.sub("*", response.content.decode())
    body: Any = json.loads(text) if text else ""
    if not secret and isinstance(body, dict):
        body |= dict.fromkeys(_SECRETS & body.keys())
    return response.status_code, json.dumps(body, sort_keys=True)


def everything() -> dict[str, list[str]]:
    """All rows of all tables of the service."""
    tables = set(connection.introspection.table_names())
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed and model._meta.db_table in tables]
    return {model.__name__: sorted(map(repr, model._base_manager.values_list())) for model in models}
