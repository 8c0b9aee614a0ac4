"""A record's past, read from the event log: who changed what from what to what, when, and caused by which event."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string
from rest_framework import serializers
from rest_framework.request import Request

from ..auth.fields import FieldAccess
from ..events.models import Evento
from ..events.showing import shown_changes
from .fields import InstantField
from .filters import refuse_unknown
from .pagination import KeysetPagination


class MudancaSerializer(serializers.Serializer[Any]):
    campo = serializers.CharField()
    de = serializers.JSONField(allow_null=True, required=False, help_text="Ausente em dados pessoais, para quem não os vê.")
    para = serializers.JSONField(allow_null=True, required=False)


class PassadoSerializer(serializers.Serializer[Any]):
    """Uma mudança do registro."""

    id = serializers.UUIDField(help_text="O evento que a contou.")
    tipo = serializers.CharField(help_text="Por exemplo `clientes.cliente.atualizado.v1`.")
    em = InstantField()
    versao = serializers.IntegerField()
    ator = serializers.CharField(help_text="Id de quem mudou, `svc:<servico>` ou `sistema`.")
    ator_nome = serializers.CharField(allow_null=True)
    mudancas = MudancaSerializer(many=True)
    causa = serializers.CharField(help_text="O evento que levou a esta mudança; vazio quando foi uma pessoa.", allow_blank=True)
    rastro = serializers.CharField()


class HistoricoSerializer(serializers.Serializer[Any]):
    resultados = PassadoSerializer(many=True)
    proximo = serializers.CharField(allow_null=True)
    anterior = serializers.CharField(allow_null=True)


class Order:
    """What the pagination and the check of parameters ask of a view."""

    ordering_fields = {"em": "id"}
    default_ordering = "-em"
    filterset_class = None
    search_paths = ()
    q_fields: Mapping[str, Any] = {}


def page(request: Request, pk: UUID, *, access: FieldAccess, parts: Sequence[UUID] = ()) -> dict[str, Any]:
    """One page of the past of the record `pk` and of its `parts`, the newest first, with the values that `access` lets be seen."""
    refuse_unknown(request, Order)
    paginator = KeysetPagination()
    past: QuerySet[Evento] = Evento.objects.filter(agregado_id__in=[pk, *parts])
    rows = paginator.paginate_queryset(past, request, Order)
    names = _names(rows)
    answer: dict[str, Any] = paginator.get_paginated_response([_shown(row, names, access) for row in rows]).data
    return answer


def _shown(row: Evento, names: dict[str, str], access: FieldAccess) -> dict[str, Any]:
    return {
        "id": row.pk,
        "tipo": row.tipo,
        "em": row.criado_em,
        "versao": row.versao,
        "ator": row.ator,
        "ator_nome": names.get(row.ator) or None,
        "mudancas": shown_changes(row.mudancas, row.pessoais, access),
        "causa": row.causa,
        "rastro": row.rastro,
    }


def _names(rows: list[Evento]) -> dict[str, str]:
    ids = {UUID(row.ator) for row in rows if _is_person(row.ator)}
    return {str(pk): name for pk, name in import_string(settings.ACTOR_NAMES)(ids).items()} if ids else {}


def _is_person(ator: str) -> bool:
    try:
        return bool(UUID(ator))
    except ValueError:
        return False
