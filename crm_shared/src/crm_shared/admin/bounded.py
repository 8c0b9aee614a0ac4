"""What all our admin pages have in common: bounded lists, nothing written by Django itself."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin

from ..auth.principal import Principal
from .changelist import BoundedChangeList, PagesOnly


def principal_of(request: HttpRequest) -> Principal:
    person: Any = request.user
    principal: Principal | None = getattr(person, "principal", None)
    if principal is None:
        raise PermissionDenied
    return principal


def uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


class BoundedAdmin(ModelAdmin):
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_fullwidth = True
    list_filter_submit = True
    list_disable_select_all = True
    compressed_fields = False
    paginator = PagesOnly
    actions_on_top = True

    @cached_property
    def concrete(self) -> dict[str, Any]:
        """The model's own columns by name."""
        return {field.name: field for field in self.model._meta.concrete_fields}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return BoundedChangeList

    def mask(self, request: HttpRequest, obj: Any) -> None:
        """Mask personal data of `obj`, which is about to be shown and which nobody saves."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    # the event log tells who did what; Django's own log of the admin has no table here (ADR 0019)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        return

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        return

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        return
