"""Liveness says the process answers; readiness says its own stores do. Neither asks another service."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse

from . import bus
from .api.problems import problem_response
from .auth import authentication
from .draining import draining
from .observability.logs import get_logger

logger = get_logger("crm.saude")


def alive(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"estado": "vivo", "servico": settings.SERVICE})


def ready(_request: HttpRequest) -> HttpResponse:
    """200, or 503 naming the checks that failed or that the process is about to end; the reason goes to the log, not to strangers."""
    verifier = authentication.verifier()
    verifier.start()
    failed = ["encerrando"] if draining() else failed_checks() + ([] if verifier.knows_revocations else ["revogacoes"])
    if failed:
        return problem_response(503, "nao_pronto", "O serviço ainda não está pronto.", {"Retry-After": "2"}, falhas=failed)
    return JsonResponse({"estado": "pronto", "servico": settings.SERVICE})


def failed_checks() -> list[str]:
    """The service's own stores that do not answer."""
    checks = {"banco": _database, "barramento": lambda: bus.connection().ping()}
    return [name for name, check in checks.items() if not _passes(name, check)]


def _passes(name: str, check: Callable[[], object]) -> bool:
    try:
        check()
    except Exception as error:  # any failure of a store means "not ready"; it is logged, never hidden
        logger.warning("verificacao falhou", extra={"verificacao": name, "erro": str(error)})
        return False
    return True


def failed_checks_once() -> list[str]:
    """As `failed_checks`, for a thread that lives for one request and would leave its connection behind."""
    try:
        return failed_checks()
    finally:
        connections.close_all()


def _database() -> None:
    """A round trip to the service's own store; Mongo's wrapper has no SQL cursor."""
    connection: Any = connections["default"]
    if connection.vendor == "mongodb":
        connection.database.command("ping")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
