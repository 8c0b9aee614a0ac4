"""What lists of main records can be narrowed by besides their own columns."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework.exceptions import ErrorDetail, ValidationError

from ..api.filters import StrictFilterSet
from ..q import Field
from ..q.fields import text
from .columns import MAX_SLUG
from .tags import called


class ExtensibleFilterSet(StrictFilterSet):
    marcador = django_filters.CharFilter(method="by_tag", max_length=MAX_SLUG, label="Slug ou nome de um marcador")

    def by_tag(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        slugs = called([value])
        if not slugs:
            raise ValidationError({name: [ErrorDetail(f"Não há marcador {value!r}.", code="inexistente")]})
        return queryset.filter(marcadores__overlap=slugs)


TAG_Q_FIELDS = {"marcador": Field("marcadores", "texto", "o slug ou nome de um marcador", text, resolve=called, many=True)}
