"""Idempotency-Key: the same request sent again answers what it answered, and does nothing twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import DatabaseError, IntegrityError
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from ..auth.principal import Principal
from ..db import atomic, constraint_of, lost_a_race, try_transaction_lock
from .models import ChaveIdempotencia
from .renderers import dumps

_KEPT_HEADERS = ("Location", "ETag")


class StillRunning(APIException):
    status_code = 409
    default_code = "em_andamento"
    default_detail = "A mesma requisição ainda está em andamento."
    retry_after = 1


class OtherBody(APIException):
    status_code = 422
    default_code = "idempotencia_conflito"
    default_detail = "Esta Idempotency-Key já foi usada com outro conteúdo."


def run_once(request: Request, handler: Callable[..., Response], *args: Any, **kwargs: Any) -> Response:
    """Run `handler` unless the key was seen within 24 h for this user and route. A failed request leaves no trace."""
    key = request.headers["Idempotency-Key"]
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise ValidationError({"Idempotency-Key": "Use de 1 a 255 caracteres imprimíveis."})
    caller: Principal = request.user  # type: ignore[assignment]  # the stubs know only Django's users
    claim = ChaveIdempotencia(
        usuario=caller.sub,
        rota=f"{request.method} {request.path.rstrip('/')}"[:300],
        chave=key,
        corpo_sha256=_digest(request.data),
    )
    try:
        return _claimed(claim, lambda: handler(request, *args, **kwargs))
    except IntegrityError as error:
        if constraint_of(error) != "chave_idempotencia_unica":
            raise
        raise StillRunning from None  # somebody else's insert won between our look and ours


def _digest(body: Any) -> str:
    """Keyed, because a body may hold a password or a CPF, which a bare hash would give away to who can guess."""
    return salted_hmac("crm.idempotencia", orjson.dumps(body, option=orjson.OPT_SORT_KEYS), algorithm="sha256").hexdigest()


@atomic
def _claimed(claim: ChaveIdempotencia, work: Callable[[], Response]) -> Response:
    if not try_transaction_lock(f"{claim.usuario} {claim.rota} {claim.chave}"):
        raise StillRunning
    earlier = ChaveIdempotencia.objects.filter(usuario=claim.usuario, rota=claim.rota, chave=claim.chave).first()
    if earlier is not None:
        if earlier.criado_em > timezone.now() - timedelta(hours=settings.IDEMPOTENCY_HOURS):
            return _replay(earlier, claim)
        earlier.delete()
    _insert(claim)
    response = work()
    claim.status = response.status_code
    claim.corpo = dumps(response.data).decode() if response.data is not None else ""
    claim.cabecalhos = {name: response[name] for name in _KEPT_HEADERS if response.has_header(name)}
    claim.save()
    return response


def _insert(claim: ChaveIdempotencia) -> None:
    try:
        claim.save(force_insert=True)
    except DatabaseError as error:
        if lost_a_race(error):
            raise StillRunning from None  # MongoDB answers a write conflict where PostgreSQL has our lock
        raise


def _replay(earlier: ChaveIdempotencia, claim: ChaveIdempotencia) -> Response:
    if earlier.corpo_sha256 != claim.corpo_sha256:
        raise OtherBody
    data = orjson.loads(earlier.corpo) if earlier.corpo else None
    return Response(data, status=earlier.status, headers={**earlier.cabecalhos, "Idempotency-Replayed": "true"})
