"""What schemathesis loads into its process (SCHEMATHESIS_HOOKS): signing in, again and again, for a token lives five minutes."""

import os
from typing import Any
from uuid import uuid4

import requests
import schemathesis

RENEW = 120  # seconds


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """It finds out ids by itself. Nobody changes those who sign in here, or all that follows would be 401 and prove nothing."""
    if case.method != "GET" and case.path_parameters.get("id") in os.environ.get("FUZZ_PROTECTED", "").split():
        case.path_parameters["id"] = str(uuid4())


@schemathesis.auth(refresh_interval=RENEW)
class Conta:
    """The administrator that the run may spoil. Without FUZZ_EMAIL the run is that of a stranger."""

    def get(self, _case: Any, _context: Any) -> str:
        if "FUZZ_EMAIL" not in os.environ:
            return ""
        body = {"email": os.environ["FUZZ_EMAIL"], "senha": os.environ["FUZZ_SENHA"]}
        answer = requests.post(f"{os.environ['CRM_URL'].rstrip('/')}/auth/login", json=body, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["access"])

    def set(self, case: Any, data: str, _context: Any) -> None:
        if data:
            case.headers["Authorization"] = f"Bearer {data}"
