"""The corpora against the running stack: never a 5xx, always as documented, always a problem document when refused."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from corpora import BODIES, HEADERS, MEDIA_TYPES, QUERIES, VALUES
from prepare import ANONYMOUS

from crm_shared.testing.conformance import Conformance
from crm_shared.testing.contract import MISSING, concrete, operations, pointed_to

SERVICES = ("auth", "clientes", "empresas", "vendas", "comunicacao", "tarefas", "automacao")
JSON = "application/json"
_LEFT_OUT = ("/auth/logout",)  # it would end the session of the run

Send = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def conformance(document: dict[str, Any]) -> Conformance:
    return Conformance(document)


@pytest.fixture(scope="session")
def session() -> requests.Session:
    return requests.Session()


@pytest.fixture
def send(url: str, account: dict[str, str], session: requests.Session, conformance: Conformance) -> Send:
    login = {"email": account["FUZZ_EMAIL"], "senha": account["FUZZ_SENHA"]}
    token = session.post(f"{url}/auth/login", json=login, timeout=30).json()["access"]

    def send(method: str, path: str, query: str = "", body: bytes | None = None, **headers: str | bytes) -> requests.Response:
        request = requests.Request(method.upper(), url + path, data=body).prepare()
        request.url = f"{url}{path}?{query}" if query else url + path  # as it is: requests would mend it
        request.headers.update({"Authorization": f"Bearer {token}", **({"Content-Type": JSON} if body is not None else {}), **headers})
        answer = session.send(request, timeout=30, allow_redirects=False)
        assert answer.status_code < 500, (method, path, query, headers, (body or b"")[:200], answer.text[:300])
        conformance.check(method.upper(), path, answer)
        return answer

    return send


def of(document: dict[str, Any], service: str, *methods: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    prefix = "/auth" if service == "auth" else f"/gateway/{service}"
    for method, path, operation in operations(document):
        if method in methods and path not in _LEFT_OUT and (path == prefix or path.startswith(prefix + "/")):
            yield method, path, operation


def writes_without_record(document: dict[str, Any], service: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Where the body is read: elsewhere the missing record is noticed first."""
    return ((method, path, found) for method, path, found in of(document, service, "post", "patch", "put") if "{" not in path)


def example_of(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    (media,) = operation["requestBody"]["content"].values()
    value: dict[str, Any] = pointed_to(document, media["examples"]["exemplo"])["value"]
    return value


@pytest.mark.parametrize("service", SERVICES)
def test_bodies(service: str, document: dict[str, Any], send: Send) -> None:
    for method, path, operation in writes_without_record(document, service):
        for name, body in BODIES.items():
            answer = send(method, path, body=body)
            optional = "400" not in operation["responses"] or name in ("empty", "blank")
            assert optional or answer.status_code in (400, 413, 429), (method, path, name, answer.status_code)


@pytest.mark.parametrize("service", SERVICES)
def test_values_in_every_field(service: str, document: dict[str, Any], send: Send) -> None:
    from orjson import dumps

    for method, path, operation in writes_without_record(document, service):
        if ANONYMOUS.fullmatch(path):
            continue  # a brake stops the second attempt
        example = example_of(document, operation)
        for field in example:
            for value in VALUES.values():
                if not isinstance(value, int) or -(2**63) <= value < 2**64:
                    send(method, path, body=dumps({**example, field: value}))


@pytest.mark.parametrize("service", SERVICES)
def test_queries(service: str, document: dict[str, Any], send: Send) -> None:
    for method, path, operation in of(document, service, "get"):
        names = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"}
        if "{" in path or not names:
            continue
        for query in QUERIES:
            send(method, path, query.encode("utf-8").decode("latin-1") if not query.isascii() else query)


@pytest.mark.parametrize("service", SERVICES)
def test_media_types(service: str, document: dict[str, Any], send: Send) -> None:
    for method, path, _ in writes_without_record(document, service):
        for media_type in MEDIA_TYPES:
            send(method, path, body=b"a=1", **{"Content-Type": media_type.encode("latin-1")})


@pytest.mark.parametrize("service", SERVICES)
def test_headers(service: str, document: dict[str, Any], send: Send) -> None:
    for method, path, _ in of(document, service, "get", "post", "put", "patch", "delete"):
        if path == "/auth/eu" or path.startswith("/auth/senha"):
            continue  # the run's own account
        for headers in HEADERS:
            body = b"{}" if method in ("post", "put", "patch") else None
            send(method, concrete(path), body=body, **{name: value.encode("latin-1") for name, value in headers.items()})


@pytest.mark.parametrize("service", SERVICES)
def test_methods(service: str, document: dict[str, Any], send: Send, url: str, session: requests.Session) -> None:
    """HEAD answers as GET without its body, OPTIONS and TRACE by what the gateway lets through; whatever is refused says so in JSON."""
    for path in {path for _, path, _ in of(document, service, "get", "post", "put", "patch", "delete")}:
        for method in ("HEAD", "OPTIONS", "TRACE", "PROPFIND"):
            answer = session.request(method, url + concrete(path), timeout=30)
            assert answer.status_code < 500, (method, path)
            if answer.status_code >= 400 and method != "HEAD":
                assert answer.headers["Content-Type"] == "application/problem+json", (method, path, answer.text[:200])


@pytest.mark.parametrize("garbage", ["x", MISSING.upper(), "0" * 36, "%F0%9F%98%80", "a" * 3000, "{}", "null", "-1"])
def test_ids(garbage: str, document: dict[str, Any], send: Send) -> None:
    for service in SERVICES:
        for method, path, _ in of(document, service, "get", "delete"):
            if path.count("{") == 1 and "cnpj" not in path:
                send(method, path[: path.index("{")] + garbage + path[path.index("}") + 1 :])
