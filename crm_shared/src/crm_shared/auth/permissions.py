"""Scope check, refused by default."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from .principal import Principal
from .scopes import ENROLLING


class HasScope(BasePermission):
    """The token holds the scope that `view.required_scopes` names for the action; `None` there means any signed-in caller."""

    message = "Seu papel não inclui a permissão necessária para esta ação."
    code = "escopo_ausente"

    def has_permission(self, request: Request, view: Any) -> bool:
        if view.action in (None, "metadata"):  # an unknown method, which the view answers with 405; OPTIONS
            return isinstance(request.user, Principal)
        if not isinstance(request.user, Principal):
            return False
        if request.user.has(ENROLLING) and not getattr(view, "open_while_enrolling", False):
            raise PermissionDenied("Seu papel exige um segundo fator. Ative-o para continuar.", code="segundo_fator_exigido")
        if view.action not in view.required_scopes:
            raise ImproperlyConfigured(f"{type(view).__name__}.{view.action} has no entry in required_scopes.")
        scope = view.required_scopes[view.action]
        return scope is None or request.user.has(scope)
