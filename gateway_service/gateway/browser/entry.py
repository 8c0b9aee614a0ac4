"""Turning the cookies of a request into the `Authorization` that services know, and asking for CSRF's token where it matters."""

from functools import partial
from io import BytesIO
from urllib.parse import quote

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest

from crm_shared.api.csrf import has_token
from crm_shared.auth.claims import Claims
from crm_shared.auth.tokens import InvalidToken, KeysUnavailable, TokenVerifier
from crm_shared.cookies import exactly_named
from gateway.accounts import Accounts, AuthUnavailable, Pair
from gateway.browser import cookies
from gateway.headers import RequestHeaders
from gateway.once import Once
from gateway.problems import Fields, Refusal, Scope, auth_unavailable

_SAFE = ("GET", "HEAD", "OPTIONS")
# a page may go on asking with the old cookies until a slow answer brings the new ones; auth takes a late repetition for theft
_REMEMBERED = 120.0  # seconds


class SignedIn:
    """Who a browser's cookies stand for; `jar` has what its answer must set, when that changed."""

    def __init__(self, claims: Claims, pair: Pair, *, renewed: bool) -> None:
        self.claims, self.pair = claims, pair
        self.jar = cookies.of(pair) if renewed else None


class Browsers:
    """Belongs to one event loop."""

    def __init__(self, verifier: TokenVerifier, accounts: Accounts) -> None:
        self._verifier, self._accounts = verifier, accounts
        # the requests of one page come together, and each refresh token works once; what was refused is not remembered: anybody
        # can send refresh tokens of his own making
        self._renewals: Once[Pair | None] = Once(lambda pair: _REMEMBERED if pair else 0)

    async def admit(self, scope: Scope, headers: RequestHeaders) -> tuple[RequestHeaders, Fields]:
        """`headers` signed in by their cookies, and the fields of the answer that set other cookies. Raises Refusal.

        Who is not signed in goes on as nobody, or to the sign-in page where a page was asked for.
        """
        jar = exactly_named(headers.cookie.decode("latin-1"))
        person = await self.signed_in(jar) if jar else None
        if person is None:
            left = cookies.fields(cookies.gone()) if cookies.REFRESH in jar else []
            if _is_navigation(scope, headers) and scope["raw_path"].startswith(b"/gateway"):
                raise Refusal(303, "entre_primeiro", "Entre com a sua conta.", ("Location", _sign_in_page(scope)), *left)
            return headers, left
        renewed = cookies.fields(person.jar)
        if scope["method"] in _SAFE or _has_csrf_token(scope):
            headers = headers.sign(person.pair.access)
        elif not scope["raw_path"].startswith(
            b"/auth"
        ):  # there as nobody: signing in, and what else takes no token, needs none here either
            raise Refusal(403, "csrf_invalido", "O formulário expirou ou veio de outra página. Recarregue e tente de novo.", *renewed)
        return headers, renewed

    async def signed_in(self, jar: dict[str, str]) -> SignedIn | None:
        """Raises Refusal 503 when that cannot be told now."""
        access, refresh = jar.get(cookies.ACCESS, ""), jar.get(cookies.REFRESH, "")
        try:
            if access and (claims := await self._claims(access)):
                return SignedIn(claims, Pair(access, refresh), renewed=False)
            pair = await self._renewals.get(refresh, partial(self._accounts.renew, refresh)) if refresh else None
            claims = await self._claims(pair.access) if pair else None
        except (AuthUnavailable, KeysUnavailable):  # or what was revoked
            raise auth_unavailable() from None
        return SignedIn(claims, pair, renewed=True) if pair and claims else None

    async def _claims(self, access: str) -> Claims | None:
        try:
            return await self._verifier.averify(access)
        except InvalidToken:
            return None


def _is_navigation(scope: Scope, headers: RequestHeaders) -> bool:
    return scope["method"] in ("GET", "HEAD") and any(name == b"accept" and b"text/html" in value for name, value in headers.kept)


def _sign_in_page(scope: Scope) -> str:
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    return f"/entrar?para={quote(scope['raw_path'] + query, safe='/')}"


def _has_csrf_token(scope: Scope) -> bool:
    """By the header, without the body: that is the service's to read."""
    request = ASGIRequest({**scope, "scheme": settings.PUBLIC_SCHEME}, BytesIO())
    request.COOKIES = exactly_named(request.META.get("HTTP_COOKIE", ""))
    return has_token(request)
