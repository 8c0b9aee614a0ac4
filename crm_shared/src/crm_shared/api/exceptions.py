"""DRF's exception handler: every way a request can fail becomes a problem document, and nothing half-written stays."""

from typing import Any

import redis
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework.exceptions import APIException, MethodNotAllowed, NotFound, ValidationError
from rest_framework.exceptions import PermissionDenied as DRFPermissionDenied
from rest_framework.response import Response

from .. import errors
from ..auth.fields import field_access
from ..db import constraint_of, lost_a_race
from ..events.failures import hung_up
from ..observability.logs import get_logger
from ..observability.metrics import count_store_error
from .problems import CODES, CONTENT_TYPE, field_errors, problem

logger = get_logger("crm.erros")

DOMAIN_STATUS: dict[type[errors.DomainError], int] = {
    errors.Invalid: 400,
    errors.NotAuthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.RuleRefused: 422,
    errors.TooMany: 429,
}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """None lets an unexpected exception reach Django, which logs it and answers with `problems.server_error`."""
    if isinstance(exc, errors.DomainError):
        return _domain(_fit_for(context, exc))
    if isinstance(exc, Http404):
        exc = NotFound()
    if isinstance(exc, PermissionDenied):
        exc = DRFPermissionDenied()
    if isinstance(exc, APIException):
        return _api(exc)
    if isinstance(exc, RequestDataTooBig):
        return _respond(413, "corpo_grande_demais", "O corpo da requisição é grande demais.")
    if isinstance(exc, DatabaseError | InterfaceError | redis.exceptions.ConnectionError | redis.exceptions.TimeoutError):
        return _store(exc)
    return None


def _respond(status: int, codigo: str, detail: str, headers: dict[str, str] | None = None, **extra: Any) -> Response:
    return Response(problem(status, codigo, detail, **extra), status=status, headers=headers, content_type=CONTENT_TYPE)


def _fit_for(context: dict[str, Any], exc: errors.DomainError) -> errors.DomainError:
    """A conflict tells both values only to who may see them."""
    if isinstance(exc, errors.Stale) and exc.extra:
        access = field_access(getattr(context.get("request"), "user", None), getattr(context.get("view"), "recurso", ""))
        exc.extra = {"conflitos": exc.conflicts(access)}
    return exc


def _domain(exc: errors.DomainError) -> Response:
    status = next(code for cls, code in DOMAIN_STATUS.items() if isinstance(exc, cls))
    erros = [{"campo": exc.campo, "codigo": exc.codigo, "mensagem": exc.detail}] if exc.campo else []
    return _respond(status, exc.codigo, exc.detail, _domain_headers(exc), erros=erros, **exc.extra)


def _domain_headers(exc: errors.DomainError) -> dict[str, str]:
    if isinstance(exc, errors.TooMany):
        return {"Retry-After": str(exc.retry_after)}
    return {"WWW-Authenticate": "Bearer"} if isinstance(exc, errors.NotAuthenticated) else {}


def _api(exc: APIException) -> Response:
    headers = {}
    if wait := getattr(exc, "wait", None) or getattr(exc, "retry_after", None):
        headers["Retry-After"] = str(int(wait))
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(exc, ValidationError):
        return _respond(400, "dados_invalidos", "Há campos com erro.", erros=list(field_errors(exc.detail)))
    if isinstance(exc, MethodNotAllowed):
        return _respond(405, "metodo_nao_permitido", str(exc.detail))
    code = str(getattr(exc.detail, "code", exc.default_code))
    return _respond(exc.status_code, CODES.get(code, code), str(exc.detail), headers)


def _store(exc: Exception) -> Response:
    """A store that is down or too slow is temporary (503); a constraint is the last word on a race (409, 400)."""
    if isinstance(exc, IntegrityError):
        return _integrity(exc)
    if isinstance(exc, DataError):
        return _respond(400, "valor_fora_do_intervalo", "Um dos valores não cabe no campo.")
    if not isinstance(exc, DatabaseError) or isinstance(exc, OperationalError) or lost_a_race(exc) or hung_up(exc):
        count_store_error(exc)
        logger.error("armazenamento indisponivel", exc_info=exc)
        return _respond(503, "armazenamento_indisponivel", "O armazenamento não respondeu a tempo. Tente de novo.", {"Retry-After": "2"})
    raise exc


def _integrity(exc: IntegrityError) -> Response:
    sqlstate = getattr(exc.__cause__, "sqlstate", "")
    logger.info("restricao do armazenamento", extra={"restricao": constraint_of(exc), "sqlstate": sqlstate})
    if sqlstate == "23514":
        return _respond(400, "valor_recusado", "Um dos valores não é permitido.")
    if sqlstate == "23503":
        return _respond(409, "referencia_em_uso", "O registro é citado por outro ou cita um que não existe.")
    return _respond(409, "duplicado", "Já existe um registro com este valor.")
