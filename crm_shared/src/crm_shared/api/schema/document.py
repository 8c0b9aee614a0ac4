"""The finishing touches on the whole document, as drf-spectacular's last hook; and the document ready to be served."""

import hashlib
from functools import cache
from typing import Any

import orjson

from ...english import ENGLISH, PORTUGUESE
from ...english.openapi import turned
from .answers import HEADERS, problem_name, problem_response
from .autoschema import TAG_PROSE
from .examples import add_examples
from .reading import add_partial

METHODS = ("get", "post", "put", "patch", "delete")


def finish(result: dict[str, Any], generator: Any, **_options: Any) -> dict[str, Any]:
    """Paths without the optional slash, tags with their meaning, shared headers and problems, examples."""
    result["paths"] = {path.rstrip("/"): item for path, item in result["paths"].items()}
    operations = [item[method] for item in result["paths"].values() for method in METHODS if method in item]
    result["tags"] = _tags(operations)
    components = result["components"]
    components["schemas"] = _any_of(components["schemas"])
    for operation in operations:
        add_partial(result, operation)
    components["headers"] = dict(HEADERS)
    components["responses"] = {problem_name(code): problem_response(code) for code in sorted(_statuses(operations))}
    add_examples(result, operations)
    return result


def _tags(operations: list[dict[str, Any]]) -> list[dict[str, str]]:
    prose: dict[str, str] = {}
    for operation in operations:
        told = operation.pop(TAG_PROSE, "")
        for tag in operation["tags"]:
            prose[tag] = prose.get(tag) or told
    return [{"name": name, **({"description": text} if text else {})} for name, text in sorted(prose.items())]


def _any_of(node: Any) -> Any:
    """`oneOf` asks for exactly one; where formats are no assertions, or answers open, two alternatives may hold."""
    if isinstance(node, list):
        return [_any_of(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = "discriminator" not in node
    return {("anyOf" if key == "oneOf" and plain else key): _any_of(value) for key, value in node.items()}


def _statuses(operations: list[dict[str, Any]]) -> set[int]:
    return {int(status) for operation in operations for status, answer in operation["responses"].items() if "$ref" in answer}


@cache
def served(language: str = PORTUGUESE) -> tuple[bytes, str]:
    """The document and its ETag; it takes a second to make and never changes while the process lives."""
    from drf_spectacular.generators import SchemaGenerator

    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]
    body = orjson.dumps(generator.get_schema(request=None, public=True), default=str)
    if language == ENGLISH:
        body = orjson.dumps(turned(orjson.loads(body)))
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'
