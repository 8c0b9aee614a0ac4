"""Who uses the admin: the person of a session, with the rights that auth gave in the last five minutes."""

import time
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from ..auth.claims import Claims
from ..auth.keys import KeysUnavailable
from ..auth.principal import Principal
from ..auth.tokens import InvalidToken
from ..errors import NotAuthenticated
from .accounts import AccountsUnavailable, Challenge, Pair, accounts

RENEW_BEFORE = 60  # seconds before its end at which the access token is renewed
_ACCESS, _REFRESH, _CHALLENGE = "access", "refresh", "desafio"


class Person:
    """What Django's admin asks of `request.user`. Not a row: a service keeps no users (ADR 0019).

    Permissions are the token's scopes, which each ModelAdmin asks for itself; `has_perm` knows none and refuses.
    """

    is_active = is_staff = is_authenticated = True
    is_anonymous = is_superuser = False

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.pk = principal.sub

    def get_username(self) -> str:
        return str(self.principal)

    get_full_name = get_short_name = __str__ = get_username

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return False

    def has_perms(self, perms: Any, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False

    def has_usable_password(self) -> bool:
        """The admin offers no change of password: that is auth's, POST /auth/senha."""
        return False


def sign_in(request: HttpRequest, email: str, senha: str) -> bool:
    """Open a session of auth's and ours; False while auth still asks for a code. Raises what `Accounts.sign_in` raises."""
    answer = accounts().sign_in(email, senha, request)
    if isinstance(answer, Challenge):
        request.session[_CHALLENGE] = answer.desafio
        return False
    _open(request, answer)
    return True


def awaits_code(session: SessionBase) -> bool:
    return _CHALLENGE in session


def give_up_code(session: SessionBase) -> None:
    session.pop(_CHALLENGE, None)


def answer_code(request: HttpRequest, codigo: str) -> None:
    """The second step of `sign_in`. Raises what `Accounts.answer` raises; a code that is only wrong may be typed again."""
    try:
        pair = accounts().answer(Challenge(request.session[_CHALLENGE]), codigo, request)
    except NotAuthenticated as refusal:
        if refusal.codigo != "codigo_incorreto":
            give_up_code(request.session)
        raise
    _open(request, pair)


def _open(request: HttpRequest, pair: Pair) -> None:
    request.session.flush()
    request.session.create()
    _keep(request.session, pair)


def enter(request: HttpRequest, passe: str) -> None:
    """Go on in the session that gave `passe`. Raises what `Accounts.renew` raises."""
    _open(request, accounts().renew(passe))


def sign_out(session: SessionBase) -> None:
    """End auth's session too; when auth does not answer, its own idle limit ends it."""
    refresh = session.get(_REFRESH)
    session.flush()
    if refresh:
        try:
            accounts().sign_out(refresh)
        except (NotAuthenticated, AccountsUnavailable):
            return


def claims_of(session: SessionBase) -> Claims | None:
    """The session's rights, renewed at auth when they are about to end, and None when auth refuses: then the session is over.

    Raises AccountsUnavailable when they have ended and auth does not answer.
    """
    access = session.get(_ACCESS)
    if not access:
        return None
    claims = _verified(access)
    if claims and claims.exp - time.time() > RENEW_BEFORE:
        return claims
    try:
        pair = accounts().renew(session[_REFRESH])
    except NotAuthenticated:
        session.flush()
        return None
    except AccountsUnavailable:
        if claims is None:
            raise
        return claims
    _keep(session, pair)
    return _verified(pair.access)


def _verified(access: str) -> Claims | None:
    from ..auth.authentication import verifier

    try:
        return verifier().verify(access)
    except InvalidToken:
        return None
    except KeysUnavailable:
        raise AccountsUnavailable("no signing keys") from None


def _keep(session: SessionBase, pair: Pair) -> None:
    session[_ACCESS], session[_REFRESH] = pair.access, pair.refresh
