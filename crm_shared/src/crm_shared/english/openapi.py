"""The OpenAPI document in English: the same document, with what people read in it turned."""

from collections.abc import Iterator
from typing import Any

from . import english

SPOKEN = ("description", "summary", "title")
_IN_PROBLEMS = ("title", "detail", "mensagem")


def turned(node: Any) -> Any:
    return _walk(node, lambda text: english(text) or text)


def spoken(node: Any) -> Iterator[str]:
    """Every text of the document that people read."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    _walk(node, note)
    yield from dict.fromkeys(found)


def _walk(node: Any, turn: Any, spoken: tuple[str, ...] = SPOKEN) -> Any:
    if isinstance(node, list):
        return [_walk(item, turn, spoken) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: _member(key, value, turn, spoken) for key, value in node.items()}


def _member(key: str, value: Any, turn: Any, spoken: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return turn(value) if key in spoken and value else value
    if key in ("properties", "schemas", "headers", "parameters") and isinstance(value, dict):  # whose keys are names
        return {name: _walk(item, turn, spoken) for name, item in value.items()}
    if key in ("value", "example"):  # examples are data, but for what a problem tells
        return _walk(value, turn, _IN_PROBLEMS) if isinstance(value, dict) and "codigo" in value and "rastro" in value else value
    return _walk(value, turn, spoken)
