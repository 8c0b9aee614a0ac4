"""A page and a record as a request asks for them: only these fields, with these related records, with a count."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import status
from rest_framework.response import Response

from ..db import is_mongo
from . import counting
from .concurrency import etag, not_modified
from .rows import RowPlan
from .shaping import Shape, pruned


def page(view: Any, queryset: QuerySet[Any]) -> Response:
    visible, queryset = queryset, view.filter_queryset(queryset)
    serializer = view.get_serializer()
    shape, kind = Shape.of_list(view, type(serializer)), counting.wanted(view.request)
    plan = RowPlan(serializer, shape.only)
    path = view.paginator.ordering(view.request, view, queryset.model).path
    columns = plan.paths(path, "id", *shape.columns)
    rows = _rows(view, visible, queryset, columns)
    data = [plan.render(row) for row in rows]
    shape.expand(view, rows, data)
    response: Response = view.get_paginated_response(data)
    if kind:
        response.data["contagem"] = counting.count(queryset, kind)
    return response


def _rows(view: Any, visible: QuerySet[Any], narrowed: QuerySet[Any], columns: list[str]) -> list[Any]:
    """One page of `narrowed`.

    That of a search or an expression is found before its rows are joined with the names that they show: the planner would join
    them to all that is found, and not choose in what order to narrow (join_collapse_limit in env.py). MongoDB nests no queries.
    """
    found: Any = _bare(narrowed)
    shown: Any = None
    if is_mongo() or view.request.query_params.keys().isdisjoint(("busca", "q")):
        found = found.values(*columns)
    else:
        shown = _bare(visible).values(*columns)
    rows: list[Any] = view.paginator.paginate_queryset(found, view.request, view, shown)
    return rows


def record(view: Any) -> Response:
    """Raises Http404 when the caller sees no such record."""
    serializer_class = type(view).serializer_class
    shape = Shape.of_detail(view, serializer_class)
    if shape.fits_rows(serializer_class):
        return _columns_of_record(view, serializer_class, shape)
    found = view.visible_record()
    # a related record may change without the record's own version
    if not shape.expanded and not_modified(view.request, found.versao):
        return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag(found.versao)})
    if shape.whole:
        answer: Response = view.show(found)
        return answer
    data = pruned(serializer_class(found, context=view.get_serializer_context()), shape.only).data
    shape.expand(view, [{path: getattr(found, path) for path in shape.columns}], [data])
    return Response(data, headers={"ETag": etag(found.versao)})


def _columns_of_record(view: Any, serializer_class: Any, shape: Shape) -> Response:
    """A record of which only fields of a list's row are asked for, read as such a row is."""
    plan = RowPlan(serializer_class(context=view.get_serializer_context()), shape.only)
    wanted = _bare(view.get_queryset()).filter(pk=UUID(view.kwargs["pk"]))
    row = wanted.values(*plan.paths("id", "versao", *shape.columns)).first()
    if row is None:
        raise Http404
    if not shape.expanded and not_modified(view.request, row["versao"]):
        return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag(row["versao"])})
    data = plan.render(row)
    shape.expand(view, [row], [data])
    return Response(data, headers={"ETag": etag(row["versao"])})


def _bare(queryset: QuerySet[Any]) -> QuerySet[Any]:
    return queryset.select_related(None).prefetch_related(None)
