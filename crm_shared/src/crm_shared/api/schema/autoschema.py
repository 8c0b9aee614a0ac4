"""One operation: its name, its parameters, its body, and everything that it may answer."""

from typing import Any, Literal

from drf_spectacular import openapi
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import force_instance
from drf_spectacular.utils import OpenApiParameter
from rest_framework.serializers import ModelSerializer, Serializer

from ..serializers import EmptySerializer, ProblemSerializer, RecordSerializer, row_serializer
from ..simulating import SIMULATED, WRITES
from ..viewsets import UUID_REGEX, ReadOnlyViewSet, ScopedViewSet
from . import names, reading, shapes
from .answers import error_codes, header_references, problem_name, takes_if_match

Direction = Literal["request", "response"]
TAG_PROSE = "x-tag"  # taken out again by document.finish

_IF_MATCH = {"type": "string", "pattern": r'^(\*|"v[0-9]{1,9}")$'}
_KEY = {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"}
_PATH_PROSE = {"id": "Identificador do registro.", "pai_pk": "Identificador do registro a que este pertence."}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "crm_shared.auth.authentication.TokenAuthentication"
    match_subclasses = True
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "O `access` de POST /auth/login."}


AutoSchema: Any = openapi.AutoSchema  # its methods are half typed


class ProblemAutoSchema(AutoSchema):
    @property
    def action(self) -> str:
        return str(getattr(self.view, "action", None) or "")

    # --- names

    def get_operation_id(self) -> str:
        return names.operation_id(self.path, self.action)

    def get_tags(self) -> list[str]:
        return [names.tag(self.path, self.action)]

    def get_extensions(self) -> dict[str, Any]:
        """What the viewset is about, for its tag."""
        standard = self.action in names.VERBS
        found: dict[str, Any] = {TAG_PROSE: (type(self.view).__doc__ or "").strip().split("\n")[0]} if standard else {}
        return found | ({reading.RELATED: reading.related(self, self.view)} if self._reads_records() else {})

    def get_summary(self) -> str:
        queryset = getattr(self.view, "queryset", None)
        one, plural = ("", "") if queryset is None else (queryset.model._meta.verbose_name, queryset.model._meta.verbose_name_plural)
        return names.summary(self.action, str(one), str(plural), super().get_description() or "")

    def get_description(self) -> str:
        text: str = super().get_description() or ""
        scope = getattr(self.view, "required_scopes", {}).get(self.action)
        return f"{text}\n\nEscopo: `{scope}`.".strip() if scope else text

    # --- parameters and body

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = list(super().get_override_parameters())
        if isinstance(self.view, ScopedViewSet) and self.method in ("POST", "PATCH"):
            parameters.append(_header("Idempotency-Key", _KEY, "Repetir a requisição com a mesma chave devolve a primeira resposta."))
        if isinstance(self.view, ScopedViewSet) and self.method.lower() in WRITES:
            parameters.append(OpenApiParameter("simular", {"type": "boolean", "default": False}, description=_SIMULATE))
        if takes_if_match(self.view, self.action, self.method):
            parameters.append(_header("If-Match", _IF_MATCH, 'Versão lida, por exemplo `"v7"`; sem ela, vale a última gravação.'))
        if self._may_be_unmodified():
            parameters.append(_header("If-None-Match", {"type": "string"}, 'Versões que já se tem, por exemplo `"v7"`.'))
        if self._reads_records():
            shape = type(force_instance(self._listed()))  # type: ignore[no-untyped-call]
            parameters += reading.parameters(self.view, shape, listing=self._lists_records())
        return parameters

    def _lists_records(self) -> bool:
        """A page of records, as `reading.page` gives it."""
        return isinstance(self.view, ReadOnlyViewSet) and bool(self.view.filter_backends) and bool(super()._is_list_view())

    def _reads_records(self) -> bool:
        return self._lists_records() or self._may_be_unmodified()

    def _listed(self) -> Any:
        """The record's serializer, of which a list has many."""
        found = self.get_response_serializers()
        return getattr(found, "child", found)

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._resolve_path_parameters(variables)
        for parameter in parameters:
            if parameter["schema"].get("pattern") == f"^{UUID_REGEX}$":
                parameter["schema"] = {"type": "string", "format": "uuid"}
                parameter["description"] = _PATH_PROSE.get(parameter["name"], "")
        return parameters

    def get_request_serializer(self) -> Any:
        """A transition takes no body unless `extend_schema(request=...)` says so."""
        own = self.action in names.VERBS or not isinstance(self.view, ScopedViewSet)
        return super().get_request_serializer() if own else EmptySerializer

    # --- answers

    def get_response_serializers(self) -> Any:
        """The record, whatever the action takes as its body."""
        own = getattr(type(self.view), "serializer_class", None) if isinstance(self.view, ScopedViewSet) else None
        if own and self.method == "DELETE" and self.action != "destroy":  # takes something from the record, and shows it
            return {200: own}
        return own or super().get_response_serializers()

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        for code, answer in responses.items():
            answer["description"] = answer["description"] if "content" not in answer else _SUCCESS.get(code, "")
            answer["headers"] = header_references(*self._headers(code, answer))
        if self._may_be_unmodified():
            responses["304"] = {"description": "O registro não mudou.", "headers": header_references("ETag")}
        self.resolve_serializer(ProblemSerializer, "response")
        for status in error_codes(self.view, self.method, self.path):
            responses[str(status)] = {"$ref": f"#/components/responses/{problem_name(status)}"}
        return responses

    def _get_response_for_code(self, serializer: Any, status_code: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        answer: dict[str, Any] = super()._get_response_for_code(self._as_rows(serializer), status_code, *args, **kwargs)
        return answer

    def _as_rows(self, serializer: Any) -> Any:
        """A page's rows leave out what only details show."""
        instance: Any = force_instance(serializer)  # type: ignore[no-untyped-call]
        record = getattr(instance, "child", instance)
        if isinstance(record, RecordSerializer) and self._get_paginator() and self._is_list_view(serializer):
            return row_serializer(type(record))(many=True)
        return serializer

    def _is_list_view(self, serializer: Any = None) -> bool:
        """A record's list is a page of its rows; a shape that is no record's is what it says, wherever it stands."""
        instance = force_instance(serializer) if serializer is not None else None  # type: ignore[no-untyped-call]
        if isinstance(instance, Serializer) and not isinstance(instance, ModelSerializer):
            return False
        return bool(super()._is_list_view(serializer))

    def _headers(self, code: str, answer: dict[str, Any]) -> list[str]:
        ours = isinstance(self.view, ScopedViewSet)
        found = ["Idempotency-Replayed"] if ours and self.method in ("POST", "PATCH") else []
        if ours and self.method.lower() in WRITES:
            found.append(SIMULATED)
        media: dict[str, Any] = next(iter(answer.get("content", {}).values()), {})
        reference = media.get("schema", {}).get("$ref", "")
        shape: dict[str, Any] = next((item.schema for item in self.registry._components.values() if item.ref.get("$ref") == reference), {})
        if "versao" in shape.get("properties", {}):
            found.append("ETag")
        return [*found, "Location"] if ours and code in ("201", "202") else found

    def _may_be_unmodified(self) -> bool:
        return self.action == "retrieve" and isinstance(self.view, ReadOnlyViewSet)

    def get_paginated_name(self, serializer_name: str) -> str:
        return f"Pagina{serializer_name}"

    # --- shapes

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> dict[str, Any]:
        return shapes.complete(super()._map_basic_serializer(serializer, direction), force_instance(serializer), direction)  # type: ignore[no-untyped-call]

    def _map_serializer_field(self, field: Any, direction: Direction, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        return schema if schema is None else shapes.of_field(schema, field, direction)

    def map_renderers(self, attribute: str) -> list[str]:
        """JSON is the contract; the browsable pages are not."""
        return ["application/json"] if attribute == "media_type" else super().map_renderers(attribute)


_SIMULATE = "Com `true`, confere e responde tudo como se fizesse, com o cabeçalho Simulado, e não deixa nada feito."
_SUCCESS = {"200": "Feito.", "201": "Criado.", "202": "Aceito; siga a operação.", "207": "Feito, item por item."}


def _header(name: str, schema: dict[str, Any], description: str) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=description)
