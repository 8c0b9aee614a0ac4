"""Whether an answer is what the service's OpenAPI says of it: its status, its media type, its headers and its shape.

Every client of the tests asks this of every answer, so that the document is held to what really happens.
"""

import copy
import re
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from jsonschema import Draft202012Validator, FormatChecker

from .contract import operations, schema_of

PARTIAL = "Parcial"  # as crm_shared.api.schema.reading names it

_OPEN = ("Problem",)  # errors may say more than their common members


class Conformance:
    """Of one OpenAPI document whose schemas are all components; answers may hold nothing that it does not name."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.partial = {**document["components"], "schemas": closed(document["components"]["schemas"])}
        self.components = whole_records(self.partial)
        templates = sorted({path for _, path, _ in operations(document)}, key=lambda path: path.count("{"))
        self._paths = [(re.compile(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path)) + "/?"), path) for path in templates]
        self._validators: dict[str, Any] = {}

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        template = next((template for pattern, template in self._paths if pattern.fullmatch(path)), "")
        found: dict[str, Any] | None = self.document["paths"].get(template, {}).get(method.lower())
        return found

    def check(self, method: str, path: str, response: Any, query: str = "") -> None:
        """Raises AssertionError; what belongs to no documented operation is nobody's promise."""
        asked = parse_qs(query, keep_blank_values=True)
        partial = "campos" in asked or "expandir" in asked
        operation = self.operation(method, path)
        if operation is None:
            return
        page = response.headers.get("Content-Type", "").startswith("text/html")
        if page and response.status_code == 200 and "200" not in operation["responses"]:
            return  # DRF's page of an answer that has no body
        where = f"{method} {path} -> {response.status_code}"
        answer = operation["responses"].get(str(response.status_code))
        assert answer is not None, f"{where} is not documented: {response.content[:300]!r}"
        answer = self._resolved(answer)
        for name, header in answer.get("headers", {}).items():
            missing = self._resolved(header).get("required") and name not in response.headers
            assert not missing, f"{where} lacks the header {name}"
        content = answer.get("content")
        if not content:
            assert not response.content, f"{where} has a body: {response.content[:300]!r}"
        elif not page:
            media = content.get(response.headers["Content-Type"].split(";")[0])
            assert media is not None, f"{where} is {response.headers['Content-Type']}"
            if "json" not in response.headers["Content-Type"]:
                return  # a file
            self._check_shape(where, media["schema"], response.json(), partial=partial)

    def _check_shape(self, where: str, schema: dict[str, Any], value: Any, *, partial: bool) -> None:
        errors = self.errors(schema, value, partial=partial)
        assert not errors, f"{where}: {'; '.join(errors)}"

    def errors(self, schema: dict[str, Any], value: Any, *, partial: bool = False) -> list[str]:
        """What `value` does not do that `schema` asks for; a record in parts is good only where parts were asked for."""
        key = f"{schema} {partial}"
        if key not in self._validators:
            named = schema if partial else whole_records(schema)
            whole = {**named, "components": self.partial if partial else self.components}
            self._validators[key] = Draft202012Validator(whole, format_checker=FormatChecker())
        return [f"{error.json_path}: {error.message[:200]}" for error in self._validators[key].iter_errors(value)]

    def _resolved(self, item: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in item:
            return item
        _, _, kind, name = item["$ref"].split("/")
        found: dict[str, Any] = self.components[kind][name]
        return found


def closed(schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas with no room for members that they do not name."""
    made = copy.deepcopy(schemas)
    for name, schema in made.items():
        if schema.get("type") == "object" and schema.get("properties") and name not in _OPEN:
            schema.setdefault("additionalProperties", False)
    return made


def whole_records(node: Any) -> Any:
    """The schema without the alternative of a record in parts."""
    if isinstance(node, list):
        return [whole_records(item) for item in node]
    if not isinstance(node, dict):
        return node
    alternatives = node.get("anyOf", [])
    if len(alternatives) == 2 and str(alternatives[1].get("$ref", "")).endswith(PARTIAL):
        return alternatives[0]
    return {key: whole_records(value) for key, value in node.items()}


@cache
def of_this_service() -> Conformance:
    return Conformance(schema_of())
