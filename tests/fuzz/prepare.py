"""The merged document as the fuzzing reads it: only what it may call, and answers that may hold nothing unnamed."""

import copy
import re
from typing import Any

# Out of the signed-in run: it would end the very session that the run goes on with. ANONYMOUS has it.
_ENDS_THE_SESSION = "/auth/logout"
ANONYMOUS = re.compile(r"/auth/(login|refresh|logout|\.well-known/jwks\.json)")
METHODS = ("get", "post", "put", "patch", "delete")


def slice_of(document: dict[str, Any], service: str) -> dict[str, Any]:
    """The operations of one service; `anonimo` are those that need no token."""
    made = copy.deepcopy(document)
    made["paths"] = {path: item for path, item in made["paths"].items() if _belongs(path, service)}
    own = ("gateway_", "auth_" if service == "anonimo" else f"{service}_", "token")
    made["components"] = {
        kind: {name: item for name, item in named.items() if name.startswith(own)} for kind, named in made["components"].items()
    }
    for name, schema in made["components"]["schemas"].items():
        if schema.get("type") == "object" and schema.get("properties") and not name.endswith("_Problem"):
            schema.setdefault("additionalProperties", False)
    return made


def operations(document: dict[str, Any]) -> int:
    return sum(method in item for item in document["paths"].values() for method in METHODS)


def _belongs(path: str, service: str) -> bool:
    if service == "anonimo":
        return bool(ANONYMOUS.fullmatch(path))
    if path == _ENDS_THE_SESSION or ANONYMOUS.fullmatch(path):
        return False
    return path.startswith(f"/{service}/" if service == "auth" else (f"/gateway/{service}", f"/publico/{service}/"))
