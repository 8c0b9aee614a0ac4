"""The corpora against the running stack: never a 5xx, always as documented, always a problem document when refused."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
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
RENEW = 120  # seconds
AT_ONCE = 2  # a service works on the next while we look at an answer

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
    signed_in: dict[int, str] = {}  # by the time of the sign-in, in steps: a token lives five minutes
    one_at_a_time = Lock()

    def sign_in() -> str:
        for _ in range(6):
            answer = session.post(f"{url}/auth/login", json=login, timeout=30)
            if answer.status_code not in (429, 503):
                break
            time.sleep(int(answer.headers["Retry-After"]))
        assert answer.status_code == 200, answer.text
        access: str = answer.json()["access"]
        return access

    def token() -> str:
        step = int(time.monotonic() // RENEW)
        with one_at_a_time:
            if step not in signed_in:
                signed_in[step] = sign_in()
        return signed_in[step]

    def send(method: str, path: str, query: str = "", body: bytes | None = None, **headers: str | bytes) -> requests.Response:
        request = requests.Request(method.upper(), url + path, data=body).prepare()
        request.url = f"{url}{path}?{query}" if query else url + path  # as it is: requests would mend it
        request.headers.update({"Authorization": f"Bearer {token()}", **({"Content-Type": JSON} if body is not None else {}), **headers})
        answer = session.send(request, timeout=30, allow_redirects=False)
        assert answer.status_code < 500, (method, path, query, headers, (body or b"")[:200], answer.text[:300])
        conformance.check(method.upper(), path, answer)
        return answer

    return send


def each(check: Callable[..., None], cases: Iterable[tuple[Any, ...]]) -> None:
    """`check(*case)` for all, some at once; raises what the first failed one raised."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(lambda case: check(*case), cases):
            pass


def of(document: dict[str, Any], service: str, *methods: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    prefix = "/auth" if service == "auth" else f"/gateway/{service}"
    for method, path, operation in operations(document):
        if method in methods and path not in _LEFT_OUT and (path == prefix or path.startswith(prefix + "/")):
            yield method, path, operation


def writes_without_record(document: dict[str, Any], service: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Where the body is read: elsewhere the missing record is noticed first."""
    writes = of(document, service, "post", "patch", "put")
    return ((method, path, found) for method, path, found in writes if "{" not in path and "requestBody" in found)


def example_of(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    (media,) = operation["requestBody"]["content"].values()
    value: dict[str, Any] = pointed_to(document, media["examples"]["exemplo"])["value"]
    return value


def refused_fields(answer: requests.Response) -> set[str]:
    """The members of the body that the answer finds fault with, one by one."""
    return {error["campo"].partition(".")[0] for error in answer.json()["erros"]} if answer.status_code == 400 else set()


@pytest.mark.parametrize("service", SERVICES)
def test_bodies(service: str, document: dict[str, Any], send: Send) -> None:
    def check(method: str, path: str, operation: dict[str, Any], name: str) -> None:
        answer = send(method, path, body=BODIES[name])
        optional = "400" not in operation["responses"] or name in ("empty", "blank")
        assert optional or answer.status_code in (400, 413, 429), (method, path, name, answer.status_code)

    each(check, ((*write, name) for write in writes_without_record(document, service) for name in BODIES))


@pytest.mark.parametrize("service", SERVICES)
def test_values_in_every_field(service: str, document: dict[str, Any], send: Send) -> None:
    from orjson import dumps

    values = [value for value in VALUES.values() if not isinstance(value, int) or -(2**63) <= value < 2**64]

    def check(method: str, path: str, example: dict[str, Any], turn: int) -> None:
        """Each field gets another value at a time, and what was not refused for itself comes alone: then nothing else stands before it."""
        tried = {field: values[(turn + number) % len(values)] for number, field in enumerate(example)}
        refused = refused_fields(send(method, path, body=dumps(example | tried)))
        for field in tried.keys() - refused:
            send(method, path, body=dumps(example | {field: tried[field]}))

    writes = [(method, path, example_of(document, found)) for method, path, found in writes_without_record(document, service)]
    # of those that need no token a brake stops the second attempt
    tried = [write for write in writes if not ANONYMOUS.fullmatch(write[1])]
    each(check, ((*write, turn) for write in tried for turn in range(len(values))))


@pytest.mark.parametrize("service", SERVICES)
def test_queries(service: str, document: dict[str, Any], send: Send) -> None:
    def check(method: str, path: str, query: str) -> None:
        send(method, path, query.encode("utf-8").decode("latin-1") if not query.isascii() else query)

    lists = [
        (method, path)
        for method, path, operation in of(document, service, "get")
        if "{" not in path and any(parameter["in"] == "query" for parameter in operation.get("parameters", []))
    ]
    each(check, ((*found, query) for found in lists for query in QUERIES))


@pytest.mark.parametrize("service", SERVICES)
def test_media_types(service: str, document: dict[str, Any], send: Send) -> None:
    def check(method: str, path: str, media_type: str) -> None:
        send(method, path, body=b"a=1", **{"Content-Type": media_type.encode("latin-1")})

    each(check, ((method, path, item) for method, path, _ in writes_without_record(document, service) for item in MEDIA_TYPES))


@pytest.mark.parametrize("service", SERVICES)
def test_headers(service: str, document: dict[str, Any], send: Send) -> None:
    def check(method: str, path: str, headers: dict[str, str]) -> None:
        body = b"{}" if method in ("post", "put", "patch") else None
        send(method, concrete(path), body=body, **{name: value.encode("latin-1") for name, value in headers.items()})

    every = of(document, service, "get", "post", "put", "patch", "delete")
    # not the run's own account
    found = [item for item in every if item[1] != "/auth/eu" and not item[1].startswith("/auth/senha")]
    each(check, ((method, path, headers) for method, path, operation in found for headers in read_by(operation)))


def read_by(operation: dict[str, Any]) -> Iterator[dict[str, str]]:
    """What everyone reads, and what the document says that this one does: the contract of each service holds it to that."""
    named = {parameter["name"] for parameter in operation.get("parameters", [])}
    return (headers for headers in HEADERS if not {"If-Match", "Idempotency-Key"} & headers.keys() - named)


@pytest.mark.parametrize("service", SERVICES)
def test_methods(service: str, document: dict[str, Any], url: str, session: requests.Session) -> None:
    """HEAD answers as GET without its body, OPTIONS and TRACE by what the gateway lets through; whatever is refused says so in JSON."""

    def check(method: str, path: str) -> None:
        answer = session.request(method, url + concrete(path), timeout=30)
        assert answer.status_code < 500, (method, path)
        if answer.status_code >= 400 and method != "HEAD":
            assert answer.headers["Content-Type"] == "application/problem+json", (method, path, answer.text[:200])

    paths = {path for _, path, _ in of(document, service, "get", "post", "put", "patch", "delete")}
    each(check, ((method, path) for path in paths for method in ("HEAD", "OPTIONS", "TRACE", "PROPFIND")))


@pytest.mark.parametrize("garbage", ["x", MISSING.upper(), "0" * 36, "%F0%9F%98%80", "a" * 3000, "{}", "null", "-1"])
def test_ids(garbage: str, document: dict[str, Any], send: Send) -> None:
    operations = [operation for service in SERVICES for operation in of(document, service, "get", "delete")]
    # a CNPJ is no id
    found = [(method, path) for method, path, _ in operations if path.count("{") == 1 and "cnpj" not in path]
    each(send, ((method, path[: path.index("{")] + garbage + path[path.index("}") + 1 :]) for method, path in found))
