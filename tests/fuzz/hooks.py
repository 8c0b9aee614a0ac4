"""What schemathesis loads into its process (SCHEMATHESIS_HOOKS): signing in, again and again, for a token lives five minutes."""

import ast
import os
import time
from threading import Lock
from typing import Any
from uuid import uuid4

import anyio  # noqa: F401  it reads its own source when it is first imported, which must not be in a worker's thread (below)
import requests
import schemathesis

RENEW = 120  # seconds

_parse, _one_at_a_time = ast.parse, Lock()


def _parse_alone(*args: Any, **kwargs: Any) -> Any:
    """Hypothesis reads its own source from both workers' threads, which CPython 3.11 may answer with SystemError (gh-106905)."""
    with _one_at_a_time:
        return _parse(*args, **kwargs)


ast.parse = _parse_alone


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """It finds out ids by itself. Nobody changes those who sign in here, or all that follows would be 401 and prove nothing."""
    if case.method != "GET" and case.path_parameters.get("id") in os.environ.get("FUZZ_PROTECTED", "").split():
        case.path_parameters["id"] = str(uuid4())


@schemathesis.auth(refresh_interval=RENEW)
class Conta:
    """The administrator that the run may spoil. Without FUZZ_EMAIL the run is that of a stranger."""

    refresh = ""

    def get(self, _case: Any, _context: Any) -> str:
        if "FUZZ_EMAIL" not in os.environ:
            return ""
        pair = self._renewed() or self._signed_in()
        self.refresh = pair["refresh"]
        return str(pair["access"])

    def _renewed(self) -> dict[str, str] | None:
        """Rather than signing in again: wrong passwords sent to POST /auth/senha brake that."""
        answer = _post("refresh", {"refresh": self.refresh}) if self.refresh else None
        return answer.json() if answer is not None and answer.status_code == 200 else None

    def _signed_in(self) -> dict[str, str]:
        for _ in range(6):
            answer = _post("login", {"email": os.environ["FUZZ_EMAIL"], "senha": os.environ["FUZZ_SENHA"]})
            if answer.status_code not in (429, 503):
                break
            time.sleep(int(answer.headers["Retry-After"]))
        answer.raise_for_status()
        pair: dict[str, str] = answer.json()
        return pair

    def set(self, case: Any, data: str, _context: Any) -> None:
        if data:
            case.headers["Authorization"] = f"Bearer {data}"


def _post(what: str, body: dict[str, str]) -> requests.Response:
    return requests.post(f"{os.environ['CRM_URL'].rstrip('/')}/auth/{what}", json=body, timeout=30)
