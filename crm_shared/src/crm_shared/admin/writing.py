"""Writes of the admin: each is one call of the service function that the API calls, outside of any transaction of Django's.

A function that refuses is told on the form: the page is shown again, with the refusal beside the field that it names.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from ..errors import Conflict, DomainError
from .bounded import BoundedAdmin, principal_of

MAX_BATCH = 200  # records of one action: a page holds fewer


def refused_by(write: Callable[[], Any]) -> tuple[Any, DomainError | None]:
    """What `write` gave, or what it refused; a constraint is the last word on a race."""
    try:
        return write(), None
    except DomainError as refusal:
        return None, refusal
    except IntegrityError:
        return None, Conflict("Já existe um registro com este valor, ou outro registro cita este.", codigo="duplicado")


class WritingMixin(BoundedAdmin):
    viewset: ClassVar[Any]
    change_form_before_template = "crm_admin/versao.html"

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        if request.method == "POST" and (answer := self._write(request, object_id)) is not None:
            return answer
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _write(self, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
        """The answer after a write; None where the form is to be shown again."""
        obj = self.get_object(request, unquote(object_id)) if object_id else None
        if object_id and obj is None:
            return None
        if not (self.has_change_permission(request, obj) if obj else self.has_add_permission(request)):
            raise PermissionDenied
        fields = flatten_fieldsets(self.get_fieldsets(request, obj))
        form = self.get_form(request, obj, change=obj is not None, fields=fields)(request.POST, instance=obj)
        if not form.is_valid():
            return None
        record, request.refusal = refused_by(lambda: self._save(request, form, obj))  # type: ignore[attr-defined]  # read by get_form
        if record is None:
            return None
        answer: HttpResponse = self.response_change(request, record) if obj else self.response_add(request, record)
        return answer

    def _save(self, request: HttpRequest, form: Any, obj: Any) -> Any:
        services, ator = self.viewset.services, principal_of(request)
        if obj is None:
            return services.create(ator=ator, dados=self.new_data(form))
        return services.update(ator=ator, pk=obj.pk, dados=form.dados, versao=form.versao)

    def new_data(self, form: Any) -> dict[str, Any]:
        dados: dict[str, Any] = form.dados
        return dados

    # --- deletion, which is soft: no record goes with another

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        return [str(obj) for obj in objs], {}, set(), []

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        obj = self.get_object(request, unquote(object_id)) if request.method == "POST" else None
        if obj is None:
            return super().delete_view(request, object_id, extra_context)
        if not self.has_delete_permission(request, obj):
            raise PermissionDenied
        _, refusal = refused_by(lambda: self.viewset.services.delete(ator=principal_of(request), pk=obj.pk))
        if refusal:
            messages.error(request, refusal.detail)
            return self.response_post_save_change(request, obj)
        return self.response_delete(request, str(obj), obj.pk)

    # --- actions of the list

    def get_actions(self, request: HttpRequest) -> Any:
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        if self.has_delete_permission(request):
            found["excluir"] = (_excluir, "excluir", "Excluir")
        return found


def _excluir(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
    ator, delete = principal_of(request), model_admin.viewset.services.delete
    run_on_each(request, queryset, lambda record: delete(ator=ator, pk=record.pk), "excluído(s)")


def run_on_each(request: HttpRequest, queryset: QuerySet[Any], write: Callable[[Any], Any], done: str) -> None:
    """Each record by itself: what one refuses does not keep the others back, and is told."""
    succeeded = 0
    for record in queryset[:MAX_BATCH]:
        _, refusal = refused_by(lambda record=record: write(record))  # type: ignore[misc]
        if refusal:
            messages.error(request, f"{record}: {refusal.detail}")
        else:
            succeeded += 1
    if succeeded:
        messages.success(request, f"{succeeded} {done}.")
