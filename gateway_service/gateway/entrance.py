"""Who comes in with something else than a person's token: a browser's cookies, an API key. The same at both doors of the proxy."""

from crm_shared.auth.claims import ServiceToken
from crm_shared.auth.tokens import InvalidToken, KeysUnavailable, TokenVerifier
from gateway.api_keys import ApiKeys
from gateway.browser.entry import Browsers
from gateway.headers import Headers, RequestHeaders
from gateway.problems import Fields, Message, Scope, Send, not_authenticated


class Entrance:
    """Belongs to one event loop."""

    def __init__(self, browsers: Browsers, keys: ApiKeys, verifier: TokenVerifier) -> None:
        self._browsers, self._keys, self._verifier = browsers, keys, verifier

    async def admit(self, scope: Scope, headers: RequestHeaders) -> tuple[RequestHeaders, Fields]:
        """`headers` with `Authorization` as services know it, and the fields of the answer that set other cookies. Raises Refusal.

        `/publico` is for nobody in particular.
        """
        path = scope["raw_path"]
        if path.startswith(b"/publico"):
            return headers, ()
        if b"authorization" not in headers.singles:
            return await self._browsers.admit(scope, headers)
        if self._keys.holds(headers):
            return await self._keys.admit(scope, headers), ()
        if path.startswith(b"/auth"):
            await self._refuse_services(headers)
        return headers, ()

    async def _refuse_services(self, headers: RequestHeaders) -> None:
        """Below /gateway the forwarder verifies each token. What else auth makes of one is its affair: one that is over still signs out."""
        try:
            await self._verifier.averify(headers.bearer())
        except ServiceToken as error:
            raise not_authenticated(error.codigo) from None
        except (InvalidToken, KeysUnavailable):
            pass


def setting(send: Send, fields: Fields) -> Send:
    """`send`, with these fields at the head of the answer."""
    if not fields:
        return send

    async def send_setting(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": with_cookies(message["headers"], fields)}
        await send(message)

    return send_setting


def with_cookies(headers: Headers, fields: Fields) -> Headers:
    """What sets cookies is for one browser: no cache on the way keeps it, whatever the service said of its answer."""
    if not fields:
        return headers
    kept = [(name, value) for name, value in headers if name.lower() != b"cache-control"]
    return [*kept, (b"cache-control", b"no-store"), *((name.lower().encode(), value.encode()) for name, value in fields)]
