"""The only door for outgoing HTTP.

`ServiceClient` is for calls to our own services, whose addresses come from the environment. Calls to addresses that
users name (webhooks, registries) will be a class of their own beside it, behind a guard against private addresses.
"""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol

import orjson
import requests
import urllib3
from requests.adapters import HTTPAdapter

from .observability import deadlines, tracing
from .observability.context import current
from .observability.logs import get_logger
from .observability.metrics import CALLS

logger = get_logger("crm.cliente")

CONNECT_TIMEOUT, READ_TIMEOUT = 0.5, 5.0  # seconds
BUDGET = 8.0  # seconds for one call with all its tries; urllib3's own retries would sleep past it
MAX_ANSWER_BYTES = 10 * 1024 * 1024
_PAUSES = (0.1, 0.4)  # seconds before the second and the third try
_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
# below 500 and yet about this moment, not about the request: 401 ends with the next token, 409 when it says when to come back
_TEMPORARY = frozenset({401, 408, 425, 429})


class ServiceError(Exception):
    """A call without a good answer. `status` is 0 when none came, `codigo` and `erros` are the problem document's."""

    def __init__(self, message: str, *, status: int = 0, codigo: str = "", erros: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.status, self.codigo, self.erros = status, codigo, erros or []


class Refused(ServiceError):
    """The service understood and said no; the same request will be refused again."""


class TryAgain(ServiceError):
    """Out of reach, too slow, overloaded or failing; the request may or may not have taken effect."""

    retry_after: float = 0  # seconds that the service asked for


class Tokens(Protocol):
    """Where a client gets its access token; `forget` drops one that was answered with 401."""

    def token(self) -> str: ...
    def forget(self) -> None: ...


@dataclass(frozen=True)
class Answer:
    """`data` is the parsed JSON body, None when there is none."""

    status: int
    data: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class ServiceClient:
    """Thread-safe. No proxy, no redirect, no cookie; the trace and the causing event travel along."""

    def __init__(self, base_url: str, tokens: Tokens | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self.tokens = tokens
        self._session = _session()

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        idempotency_key: str = "",
        cancel: bool = False,
        headers: Mapping[str, str] | None = None,
        budget: float = BUDGET,
    ) -> Answer:
        """The answer, if it is 2xx. Raises Refused or TryAgain, the latter only after as many tries as are safe and fit in `budget`.

        With `cancel` the request is not to be done any more: its answer comes if it was done already under this key,
        else Refused with `idempotencia_cancelada`, and it will not be done when it still arrives (api.idempotency).
        """
        repeatable = {"Idempotency-Key": idempotency_key, **({"Idempotency-Cancel": "1"} if cancel else {})} if idempotency_key else {}
        repeatable |= headers or {}
        if prazo := current().prazo:
            budget = min(budget, prazo - time.time())
        deadline = time.monotonic() + budget
        body = None if json is None else orjson.dumps(json)
        pauses = _PAUSES if method in _IDEMPOTENT or idempotency_key else ()
        for pause in pauses:
            try:
                return self._try(method, path, body, params, repeatable, deadline)
            except TryAgain as error:
                wait = max(error.retry_after, pause * random.uniform(0.5, 1.5))
                if time.monotonic() + wait >= deadline:
                    raise
                logger.warning("nova tentativa", extra={"metodo": method, "caminho": path, "status": error.status, "erro": str(error)})
                time.sleep(wait)
        return self._try(method, path, body, params, repeatable, deadline)

    def _try(self, method: str, path: str, *rest: Any) -> Answer:
        """One try, as a span and an observation. The first segment of a path is the service's name."""
        service, started, status = path.split("/")[1], time.perf_counter(), 0
        with tracing.span(f"{method} {service}", tracing.CLIENT, {"http.request.method": method, "server.address": service}) as span:
            try:
                answer = self._send(method, path, *rest)
                status = answer.status
            except ServiceError as error:
                status = error.status
                raise
            finally:
                span.set({"http.response.status_code": status})
                CALLS.labels(service, method, str(status)).observe(time.perf_counter() - started)
        return answer

    def _send(
        self, method: str, path: str, body: bytes | None, params: Mapping[str, str] | None, repeatable: dict[str, str], deadline: float
    ) -> Answer:
        left = max(deadline - time.monotonic(), 0.01)
        try:
            response = self._session.request(
                method,
                self.base_url + path,
                params=params,
                data=body,
                headers=self._headers(body) | repeatable | {deadlines.HEADER: deadlines.header_for(left)},
                timeout=(min(CONNECT_TIMEOUT, left), min(READ_TIMEOUT, left)),
                allow_redirects=False,
                stream=True,
            )
            content = _read(response, deadline)
        except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
            raise TryAgain(f"{method} {path}: {type(error).__name__}") from error
        if response.status_code == 401 and self.tokens:
            self.tokens.forget()
        return _answer(f"{method} {path}", response, content)

    def _headers(self, body: bytes | None) -> dict[str, str]:
        headers = {"traceparent": tracing.traceparent(), "Accept": "application/json", "Accept-Encoding": "identity"}
        if self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens.token()}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        if causa := current().causa:
            headers["X-Causa"] = causa
        return headers


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy and no .netrc from the environment
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount("http://", HTTPAdapter(pool_maxsize=8, max_retries=0))
    session.mount("https://", HTTPAdapter(pool_maxsize=8, max_retries=0))
    return session


def _read(response: requests.Response, deadline: float) -> bytes:
    """The body, within the deadline also when it drips: a socket's timeout starts anew with each byte."""
    content = bytearray()
    with response:
        while chunk := response.raw.read1(65536):
            content += chunk
            if time.monotonic() > deadline:
                raise requests.Timeout("the answer took longer than the budget")
            if len(content) > MAX_ANSWER_BYTES:
                raise Refused(f"answer of more than {MAX_ANSWER_BYTES} bytes", status=response.status_code, codigo="resposta_grande_demais")
    return bytes(content)


def _answer(call: str, response: requests.Response, content: bytes) -> Answer:
    status, data = response.status_code, _parsed(content)
    if 200 <= status < 300:
        if content and data is None:
            raise TryAgain(f"{call}: {status} without JSON", status=status, codigo="resposta_invalida")
        return Answer(status, data, response.headers)
    problem = data if isinstance(data, dict) else {}
    members: dict[str, Any] = {"status": status, "codigo": str(problem.get("codigo", "")), "erros": problem.get("erros") or []}
    message = f"{call}: {status} {problem.get('detail', '')}".strip()
    wait = response.headers.get("Retry-After", "")
    if status >= 500 or status in _TEMPORARY or (status == 409 and wait):
        error = TryAgain(message, **members)
        error.retry_after = float(wait) if wait.isdecimal() else 0
        raise error
    raise Refused(message, **members)


def _parsed(content: bytes) -> Any:
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None
