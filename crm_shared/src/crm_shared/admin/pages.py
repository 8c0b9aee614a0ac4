"""Pages that Django shows outside of any view."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ..api.problems import problem_response
from .middleware import PREFIX


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """settings.CSRF_FAILURE_VIEW. Without cookies no form can be told from a forged one."""
    if not request.path_info.startswith(PREFIX):
        return problem_response(403, "csrf_invalido", "O formulário expirou ou veio de outra página. Recarregue e tente de novo.")
    return render(request, "crm_admin/csrf.html", status=403)
