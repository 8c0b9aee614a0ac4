"""Idempotency-Key: the same request sent again answers what it answered, and does nothing twice.

A caller that never heard an answer can also withdraw the request: sent again with `Idempotency-Cancel: 1` it answers what
it had answered, if it was done; if not, 409 `idempotencia_cancelada`, and the request finds the same should it still arrive.
Only so can a saga undo exactly a step whose answer never came. The gateway lets the header pass from nobody.
"""

from collections.abc import Callable
from datetime import timedelta
from operator import attrgetter
from typing import Any

import orjson
from django.conf import settings
from django.db import DatabaseError, IntegrityError
from django.db.models import Q
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
_CANCELLED = ""  # in place of the body's digest
# services repeat for as long as another is out, people only while they look on
SERVICE_KEYS_KEPT = timedelta(days=30)


class StillRunning(APIException):
    status_code = 409
    default_code = "em_andamento"
    default_detail = "A mesma requisição ainda está em andamento."
    retry_after = 1


class OtherBody(APIException):
    status_code = 422
    default_code = "idempotencia_conflito"
    default_detail = "Esta Idempotency-Key já foi usada com outro conteúdo."


class Cancelled(APIException):
    status_code = 409
    default_code = "idempotencia_cancelada"
    default_detail = "A requisição com esta Idempotency-Key foi cancelada e não será feita."


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
        corpo_sha256=_digest(request),
    )
    cancelling = request.headers.get("Idempotency-Cancel") == "1"
    try:
        return _cancelled(claim) if cancelling else _claimed(claim, lambda: handler(request, *args, **kwargs))
    except IntegrityError as error:
        if constraint_of(error) != "chave_idempotencia_unica":
            raise
        raise StillRunning from None  # somebody else's insert won between our look and ours


def _digest(request: Request) -> str:
    """Of the body and the version it was meant for. Keyed, because a body may hold a password or a CPF, which a bare hash would
    give away to who can guess."""
    version = request.headers.get("If-Match")
    content = request.data if version is None else [request.data, version]
    text = orjson.dumps(content, default=attrgetter("digest"), option=orjson.OPT_SORT_KEYS)  # a file stands for itself by its own
    return salted_hmac("crm.idempotencia", text, algorithm="sha256").hexdigest()


@atomic
def _claimed(claim: ChaveIdempotencia, work: Callable[[], Response]) -> Response:
    earlier = _earlier(claim)
    if earlier is not None:
        return _replay(earlier, claim)
    _insert(claim)
    response = work()
    claim.status = response.status_code
    claim.corpo = dumps(_kept_data(response)).decode() if response.data is not None else ""
    claim.cabecalhos = {name: response[name] for name in _KEPT_HEADERS if response.has_header(name)}
    claim.save()
    return response


def _kept_data(response: Response) -> Any:
    """Without what the view marked as `shown_once` (names of members): a secret must lie nowhere, and no repetition tells it."""
    once = getattr(response, "shown_once", ())
    return {**response.data, **dict.fromkeys(once)} if once else response.data


def _cancelled(claim: ChaveIdempotencia) -> Response:
    """What the request had answered, if it was done."""
    earlier = _withdraw(claim)
    if earlier is None:
        raise Cancelled  # after the commit that makes it so
    return _replay(earlier, claim)


@atomic
def _withdraw(claim: ChaveIdempotencia) -> ChaveIdempotencia | None:
    earlier = _earlier(claim)
    if earlier is None:
        claim.corpo_sha256, claim.status = _CANCELLED, Cancelled.status_code
        _insert(claim)
    return earlier


def _earlier(claim: ChaveIdempotencia) -> ChaveIdempotencia | None:
    """What is known of the key, which is ours until the transaction ends; what is out of date is forgotten."""
    if not try_transaction_lock(f"{claim.usuario} {claim.rota} {claim.chave}"):
        raise StillRunning
    earlier = ChaveIdempotencia.objects.filter(usuario=claim.usuario, rota=claim.rota, chave=claim.chave).first()
    if earlier is not None and earlier.criado_em <= timezone.now() - _kept(claim.usuario):
        earlier.delete()
        return None
    return earlier


def _kept(usuario: str) -> timedelta:
    return SERVICE_KEYS_KEPT if usuario.startswith("svc:") else timedelta(hours=settings.IDEMPOTENCY_HOURS)


def forget_old_keys() -> None:
    now = timezone.now()
    of_people = Q(criado_em__lt=now - _kept("")) & ~Q(usuario__startswith="svc:")
    ChaveIdempotencia.objects.filter(of_people | Q(criado_em__lt=now - SERVICE_KEYS_KEPT)).delete()


def _insert(claim: ChaveIdempotencia) -> None:
    try:
        claim.save(force_insert=True)
    except DatabaseError as error:
        if lost_a_race(error):
            raise StillRunning from None  # MongoDB answers a write conflict where PostgreSQL has our lock
        raise


def _replay(earlier: ChaveIdempotencia, claim: ChaveIdempotencia) -> Response:
    if earlier.corpo_sha256 == _CANCELLED:
        raise Cancelled
    if earlier.corpo_sha256 != claim.corpo_sha256:
        raise OtherBody
    data = orjson.loads(earlier.corpo) if earlier.corpo else None
    return Response(data, status=earlier.status, headers={**earlier.cabecalhos, "Idempotency-Replayed": "true"})
