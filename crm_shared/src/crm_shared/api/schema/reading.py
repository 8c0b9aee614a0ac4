"""`campos`, `expandir` and `contagem` in the OpenAPI: their parameters, and what answers look like with them.

A record is told whole, or as its `...Parcial`, which has the related records too and of which nothing is sure to be there.
"""

import copy
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from drf_spectacular.utils import OpenApiParameter

from ..counting import KINDS
from ..rows import row_names
from ..shaping import detail_names

PARTIAL = "Parcial"
RELATED = "x-relacionados"  # taken out again by add_partial
CONTAGEM = {
    "type": "object",
    "description": "Só com o parâmetro `contagem`. `minima`: há ao menos tantos.",
    "required": ["valor", "tipo"],
    "properties": {"valor": {"type": "integer", "minimum": 0}, "tipo": {"type": "string", "enum": [*KINDS, "minima"]}},
}


def parameters(view: Any, serializer_class: Any, *, listing: bool) -> list[OpenApiParameter]:
    fields = row_names(serializer_class) if listing else detail_names(serializer_class)
    found = [_names("campos", fields, "Só estes campos de cada registro.")]
    if view.expansions:
        found.append(_names("expandir", view.expansions, "Registros relacionados, dentro de cada um."))
    if listing:
        prose = "Quantos registros há: `exata` conta, enquanto não demora demais; `estimada` custa quase nada."
        found.append(OpenApiParameter("contagem", {"type": "string", "enum": [*KINDS]}, description=prose))
    return found


def _names(name: str, known: Any, prose: str) -> OpenApiParameter:
    schema = {"type": "array", "items": {"type": "string", "enum": [*known]}, "minItems": 1}
    return OpenApiParameter(name, schema, description=f"{prose} Separados por vírgula.", style="form", explode=False)


def related(auto: Any, view: Any) -> dict[str, Any]:
    """The shapes of what `expandir` may add, for `add_partial`, as an extension of the operation."""
    if taken := set(view.expansions) & set(detail_names(type(view).serializer_class)):
        raise ImproperlyConfigured(f"{type(view).__name__} expands what is a field already: {', '.join(sorted(taken))}.")
    return {name: auto.resolve_serializer(item.shape, "response").ref for name, item in view.expansions.items()}


def add_partial(document: dict[str, Any], operation: dict[str, Any]) -> None:
    """Let the 200 answer of an operation with RELATED hold a partial record wherever it holds one."""
    expanded = operation.pop(RELATED, None)
    if expanded is None:
        return
    schemas, media = document["components"]["schemas"], next(iter(operation["responses"]["200"]["content"].values()))
    name = _name(media["schema"])
    page = schemas[name] if name.startswith("Pagina") else None
    if page is None:
        media["schema"] = _either(schemas, name, expanded)
        return
    page["properties"].setdefault("contagem", CONTAGEM)
    rows = page["properties"]["resultados"]
    row = rows["items"]["anyOf"][0] if "anyOf" in rows["items"] else rows["items"]
    rows["items"] = _either(schemas, _name(row), expanded)


def _either(schemas: dict[str, Any], whole: str, expanded: dict[str, Any]) -> dict[str, Any]:
    partial = whole + PARTIAL
    if partial not in schemas:
        schemas[partial] = {key: value for key, value in copy.deepcopy(schemas[whole]).items() if key != "required"}
    for name, reference in expanded.items():
        schemas[partial]["properties"].setdefault(name, {"anyOf": [reference, {"type": "null"}]})
    return {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in (whole, partial)]}


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"].rpartition("/")[2])
