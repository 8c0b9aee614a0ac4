"""`/<servico>/operacoes`: how far an operation is, what went wrong, cancel, undo."""

from collections.abc import Mapping
from typing import Any, ClassVar

import django_filters
from django.conf import settings
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ..api.filters import InstantFilter, StrictFilterSet, refuse_unknown
from ..api.pagination import KeysetPagination
from ..api.serializers import EmptySerializer
from ..api.viewsets import ReadOnlyViewSet
from . import services
from .models import SHOWN, Operacao
from .serializers import OperacaoSerializer, PaginaDeItensSerializer

RESOURCE = settings.OPERATIONS_RESOURCE or settings.SERVICE


class OperacaoFilter(StrictFilterSet):
    tipo = django_filters.CharFilter(label="lote, importacao, exportacao…")
    recurso = django_filters.CharFilter(label="A coleção, como `clientes/leads`")
    estado = django_filters.ChoiceFilter(choices=Operacao.Estado.choices)
    criado_em__gte = InstantFilter(field_name="criado_em", lookup_expr="gte")
    criado_em__lt = InstantFilter(field_name="criado_em", lookup_expr="lt")


class _Items:
    """What the pagination and the check of parameters ask of a view."""

    ordering_fields = {"indice": "indice"}
    default_ordering = "indice"
    filterset_class = None
    search_paths = ()
    q_fields: Mapping[str, Any] = {}


_PAGED = extend_schema(responses=PaginaDeItensSerializer, parameters=KeysetPagination().documented(_Items))


class OperacaoViewSet(ReadOnlyViewSet):
    """Operações em segundo plano: lotes, importações, exportações."""

    recurso = RESOURCE
    required_scopes = dict.fromkeys(("list", "retrieve", "itens", "erros", "cancelar", "desfazer"), f"{RESOURCE}:ler")
    queryset = Operacao.objects.defer("parametros", "cursor")
    serializer_class = OperacaoSerializer
    filterset_class = OperacaoFilter
    unversioned = frozenset({"cancelar", "desfazer"})  # it counts up by itself while it runs
    refusals: ClassVar[dict[str, tuple[int, ...]]] = {"cancelar": (409,), "desfazer": (403, 409, 422)}

    def visible(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """One's own; all of them for who administers the service and sees all its records."""
        if self.principal.has(f"{RESOURCE}:administrar") and self.principal.nivel(RESOURCE, "administrar") == "todos":
            return queryset
        return queryset.filter(criado_por=self.principal.sub)

    @_PAGED
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def itens(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lê o que houve com cada item: todos os que deram errado, e os que podem ser desfeitos."""
        return self._items(request, Q())

    @_PAGED
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def erros(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lê os itens que deram errado, e por quê."""
        return self._items(request, Q(status__gte=400))

    def _items(self, request: Request, wanted: Q) -> Response:
        operacao = self.visible_record()
        refuse_unknown(request, _Items)
        paginator = KeysetPagination()
        rows = paginator.paginate_queryset(operacao.itens.filter(wanted).values(*SHOWN, "id"), request, _Items)
        return paginator.get_paginated_response([{name: row[name] for name in SHOWN} for row in rows])

    @action(detail=True, methods=["post"])
    def cancelar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Para a operação; o que já foi feito fica."""
        operacao = self.visible_record()
        self.validated(EmptySerializer)
        return self.show(services.cancel(pk=operacao.pk))

    @action(detail=True, methods=["post"])
    def desfazer(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Devolve os registros ao que eram; os que mudaram desde então ficam, e o item diz por quê."""
        operacao = self.visible_record()
        self.validated(EmptySerializer)
        return self.show(services.undo(ator=self.principal, pk=operacao.pk))
