"""OpenAPI of every service: what the shared base adds to each operation is documented once, here."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from .problems import CONTENT_TYPE, TITLES
from .serializers import ProblemSerializer
from .viewsets import RecordViewSet, ScopedViewSet

_ALWAYS = (400, 401, 403, 406, 429, 500, 503)
_BODY = (413, 415, 422)
_RECORD = (404,)
_WRITE = (409,)
_STALE = (412,)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "crm_shared.auth.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class ProblemAutoSchema(AutoSchema):
    """Adds the problem documents, Idempotency-Key, If-Match, the list's filters and the required scope."""

    def get_description(self) -> str:  # type: ignore[override]  # DRF's own schema classes differ
        text: str = super().get_description() or ""
        scope = getattr(self.view, "required_scopes", {}).get(getattr(self.view, "action", ""))
        return f"{text}\n\nEscopo: `{scope}`.".strip() if scope else text

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = list(super().get_override_parameters())
        view = self.view
        if isinstance(view, ScopedViewSet) and self.method in ("POST", "PATCH"):
            parameters.append(_header("Idempotency-Key", "Repetir a requisição com a mesma chave devolve a primeira resposta."))
        if isinstance(view, RecordViewSet) and self.method in ("PUT", "PATCH", "DELETE"):
            parameters.append(_header("If-Match", 'Versão lida, por exemplo `"v7"`.'))
        return parameters

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        reference = self.resolve_serializer(ProblemSerializer, "response").ref
        for code in self._error_codes():
            responses[str(code)] = {"description": TITLES[code], "content": {CONTENT_TYPE: {"schema": reference}}}
        return responses

    def _error_codes(self) -> list[int]:
        codes = [*_ALWAYS]
        if "{" in self.path:
            codes += _RECORD
        if self.method in ("POST", "PUT", "PATCH"):
            codes += _BODY
        if self.method != "GET":
            codes += _WRITE
        if self.method in ("PUT", "PATCH", "DELETE") or (self.method == "POST" and "{" in self.path):
            codes += _STALE
        return sorted(codes)

    def map_renderers(self, attribute: str) -> list[str]:
        """JSON is the contract; the browsable pages are not."""
        return ["application/json"] if attribute == "media_type" else super().map_renderers(attribute)


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description)
