"""Row visibility, in one place for lists, details, nested reads, search, totals, exports and bulk."""

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from .principal import Principal

M = TypeVar("M", bound=Model)


def visiveis(queryset: QuerySet[M, Any], principal: Principal, acao: str, recurso: str) -> QuerySet[M, Any]:
    """The rows of `queryset` on which `principal` may do `acao`. What is left out answers 404, never 403."""
    nivel = principal.nivel(recurso, acao)
    if nivel == "todos":
        return queryset
    own = Q(responsavel_id=principal.usuario_id) if principal.usuario_id else Q(pk__in=[])
    if nivel == "equipe" and principal.equipes:
        return queryset.filter(own | Q(equipe_id__in=principal.equipes))
    return queryset.filter(own)
