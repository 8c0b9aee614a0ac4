"""A record's past, read from the event log: who, when, what changed from what to what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.module_loading import import_string

from ..auth.fields import FieldAccess, field_access
from ..events.models import Evento
from ..events.showing import shown_changes
from .bounded import BoundedAdmin, principal_of, uuid_or_none

MAX_EVENTS = 200
MASK = "•••"


@dataclass(frozen=True)
class Line:
    """One event, ready to be shown: `mudancas` is [(campo, de, para)]."""

    evento: Evento
    quando: datetime
    quem: str
    acao: str
    mudancas: list[tuple[str, Any, Any]]


def history(rows: Iterable[Evento], access: FieldAccess, labels: dict[str, str]) -> list[Line]:
    """Of what `access` does not show only that it changed; of what it hides nothing."""
    rows = list(rows)
    changes = {row.pk: _changes(row, access) for row in rows}
    known = _names({row.ator for row in rows} | {str(value) for found in changes.values() for _, *values in found for value in values})
    return [
        Line(
            row,
            row.criado_em,
            known.get(row.ator, row.ator.removeprefix("svc:")),
            action_of(row.tipo),
            [
                (labels.get(name, name), known.get(str(before), before), known.get(str(after), after))
                for name, before, after in changes[row.pk]
            ],
        )
        for row in rows
    ]


def action_of(tipo: str) -> str:
    """`clientes.cliente.criado.v1` is told as `criado`."""
    word = tipo.split(".")[2] if tipo.count(".") >= 3 else tipo
    return word.replace("_", " ")


def _changes(row: Evento, access: FieldAccess) -> list[tuple[str, Any, Any]]:
    told = shown_changes(row.mudancas, row.pessoais, access)
    return [(item["campo"], item.get("de", MASK), item.get("para", MASK)) for item in told]


def _names(texts: set[str]) -> dict[str, str]:
    """The names behind ids: of people, teams and whatever this service cites."""
    ids = {pk for text in texts if (pk := uuid_or_none(text))}
    return {str(pk): name for pk, name in import_string(settings.ACTOR_NAMES)(ids).items() if name} if ids else {}


class HistoryMixin(BoundedAdmin):
    viewset: ClassVar[Any]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            absent: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return absent
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        labels = {key: str(field.verbose_name) for field in self.concrete.values() for key in (field.name, field.attname)}
        lines = history(self.events_of(obj), self.access(request), labels)
        context = {
            **self.admin_site.each_context(request),
            "title": "Histórico",
            "subtitle": str(obj),
            "opts": self.opts,
            "original": obj,
            "linhas": lines,
            "maximo": MAX_EVENTS,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "crm_admin/historico.html", context)

    def access(self, request: HttpRequest) -> FieldAccess:
        return field_access(principal_of(request), self.viewset.recurso)

    def events_of(self, obj: Any) -> Iterable[Evento]:
        """A part's changes are told by the record that it belongs to."""
        own = list(_latest(obj.pk))
        parent_field = getattr(self.viewset, "parent_field", None)
        return own if own or parent_field is None else _latest(getattr(obj, parent_field))


def _latest(pk: Any) -> Any:
    return Evento.objects.filter(agregado_id=pk).order_by("-versao", "-id")[:MAX_EVENTS]
