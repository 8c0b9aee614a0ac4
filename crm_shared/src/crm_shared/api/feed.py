"""`GET /<servico>/eventos`: what happened here, in the order of publication, for clients that keep a copy or missed something.

Each event comes at least once: after a loss of the bus some are published, and told, again. What is not published yet is
not told, so that an event whose transaction commits late cannot be passed over.
"""

import base64
import binascii
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import orjson
from django.conf import settings
from django.db.models import Q
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from ..errors import Forbidden
from ..events.contracts import CONTRACTS
from ..events.log import envelope
from ..events.models import Evento
from ..events.showing import shown_envelope
from .viewsets import ScopedViewSet

DEFAULT_LIMIT, MAX_LIMIT = 100, 500
Position = tuple[datetime, UUID]


class FluxoDeEventosSerializer(serializers.Serializer[Any]):
    resultados = serializers.ListField(child=serializers.JSONField(help_text="Um evento, no formato CloudEvents 1.0."))
    proximo = serializers.CharField(allow_null=True, help_text="Valor para `apos` na próxima leitura, também quando não há nada novo.")


class EventosViewSet(ScopedViewSet):
    """Eventos publicados por este serviço."""

    required_scopes: ClassVar[dict[str, str | None]] = {"list": "eventos:ler"}
    serializer_class = FluxoDeEventosSerializer
    pagination_class = None
    refusals: ClassVar[dict[str, tuple[int, ...]]] = {}

    @extend_schema(
        parameters=[
            OpenApiParameter("apos", str, description="`proximo` da leitura anterior; sem ele, desde o primeiro evento."),
            OpenApiParameter("tipos", str, description="Só estes tipos, separados por vírgula."),
            OpenApiParameter("quantos", OpenApiTypes.INT, description=f"Quantos eventos, até {MAX_LIMIT}."),
        ],
        responses=FluxoDeEventosSerializer,
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lê os eventos na ordem em que foram publicados."""
        if self.principal.nivel("eventos", "ler") != "todos":
            raise Forbidden("O fluxo de eventos mostra todos os registros, e seu papel não os vê.", codigo="visibilidade_insuficiente")
        parameters = _parameters(request)
        rows = _published(parameters)
        proximo = _position(rows[-1]) if rows else request.query_params.get("apos") or None
        return Response({"resultados": [self._shown(row) for row in rows], "proximo": proximo})

    def _shown(self, row: Evento) -> dict[str, Any]:
        return shown_envelope(envelope(row), self.principal)


def _parameters(request: Request) -> dict[str, Any]:
    given = request.query_params
    unknown = set(given) - {"apos", "tipos", "quantos"}
    if unknown:
        raise _invalid(min(unknown), "Parâmetro desconhecido.", "parametro_desconhecido")
    return {
        "apos": _decoded(given["apos"]) if given.get("apos") else None,
        "tipos": _types(given["tipos"]) if given.get("tipos") else None,
        "quantos": _limit(given.get("quantos", str(DEFAULT_LIMIT))),
    }


def _published(parameters: dict[str, Any]) -> list[Evento]:
    rows = Evento.objects.filter(publicado_em__isnull=False)
    if parameters["tipos"]:
        rows = rows.filter(tipo__in=parameters["tipos"])
    if parameters["apos"]:
        moment, pk = parameters["apos"]
        rows = rows.filter(Q(publicado_em__gte=moment) & (Q(publicado_em__gt=moment) | Q(pk__gt=pk)))
    return list(rows.order_by("publicado_em", "pk")[: parameters["quantos"]])


def _types(text: str) -> list[str]:
    wanted = text.split(",")
    own = {tipo for tipo in CONTRACTS if tipo.startswith(f"{settings.SERVICE}.")}
    if unknown := [tipo for tipo in wanted if tipo not in own]:
        raise _invalid("tipos", f"Este serviço não publica {unknown[0][:80]!r}.", "opcao_invalida")
    return wanted


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise _invalid("quantos", f"Use um número de 1 a {MAX_LIMIT}.", "invalido")
    return int(text)


def _position(row: Evento) -> str:
    published = row.publicado_em.isoformat() if row.publicado_em else ""
    return base64.urlsafe_b64encode(orjson.dumps([published, str(row.pk)])).decode().rstrip("=")


def _decoded(text: str) -> Position:
    try:
        moment, pk = orjson.loads(base64.urlsafe_b64decode(text[:500] + "=" * (-len(text) % 4)))
        position = datetime.fromisoformat(moment), UUID(pk)
        if position[0].tzinfo is None:
            raise ValueError
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise _invalid("apos", "A posição não é válida.", "invalido") from None
    return position


def _invalid(campo: str, message: str, code: str) -> ValidationError:
    return ValidationError({campo: [ErrorDetail(message, code=code)]})
