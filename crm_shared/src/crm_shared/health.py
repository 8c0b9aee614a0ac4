"""Liveness says the process answers; readiness says its own stores do. Neither asks another service."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse

from . import bus
from .api.problems import problem_response
from .auth import authentication
from .observability.logs import get_logger

logger = get_logger("crm.saude")


def alive(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"estado": "vivo", "servico": settings.SERVICE})


def ready(_request: HttpRequest) -> HttpResponse:
    """200 with each check, or 503 naming those that failed; the reason goes to the log, not to strangers."""
    authentication.verifier().start()
    checks = {"banco": _database, "barramento": lambda: bus.connection().ping()}
    failed = [name for name, check in checks.items() if not _passes(name, check)]
    if failed:
        return problem_response(503, "nao_pronto", "O serviço ainda não está pronto.", {"Retry-After": "2"}, falhas=failed)
    return JsonResponse({"estado": "pronto", "servico": settings.SERVICE})


def _passes(name: str, check: Callable[[], object]) -> bool:
    try:
        check()
    except Exception as error:  # any failure of a store means "not ready"; it is logged, never hidden
        logger.warning("verificacao falhou", extra={"verificacao": name, "erro": str(error)})
        return False
    return True


def _database() -> None:
    """A round trip to the service's own store; Mongo's wrapper has no SQL cursor."""
    connection: Any = connections["default"]
    if connection.vendor == "mongodb":
        connection.database.command("ping")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
