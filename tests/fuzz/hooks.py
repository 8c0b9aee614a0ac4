"""What schemathesis loads into its process (SCHEMATHESIS_HOOKS): signing in, again and again, for a token lives five minutes."""

import os
from typing import Any

import requests
import schemathesis

RENEW = 120  # seconds


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
