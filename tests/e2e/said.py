"""What the tests send and get that belongs to somebody or is a secret, so that it can be looked for in the logs at the end."""

import re
from collections.abc import Iterator
from typing import Any

import requests

CONFIDENTIAL = re.compile(r"senha|refresh|access|token|assertion|e-?mail|cpf|telefone|celular|numero_telefone", re.IGNORECASE)
SHORTEST, MOST = 8, 50_000

in_confidence: set[str] = set()


def listen() -> None:
    """From now on, to everything that goes through requests."""
    send = requests.Session.send

    def send_and_note(self: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        response = send(self, request, **options)
        if len(in_confidence) < MOST:
            in_confidence.update(_confidential(_json(request.body)))
            if not options.get("stream"):
                in_confidence.update(_confidential(_json(response.content)))
        return response

    requests.Session.send = send_and_note  # type: ignore[method-assign]


def _json(content: Any) -> Any:
    try:
        return requests.models.complexjson.loads(content) if content else None
    except (ValueError, TypeError):
        return None


def _confidential(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _confidential(item, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _confidential(item, name)
    elif isinstance(value, str) and len(value) >= SHORTEST and CONFIDENTIAL.search(name):
        yield value
