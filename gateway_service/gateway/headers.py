"""Which header fields pass: an allowlist towards the services, all but hop-by-hop towards the client."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from crm_shared.english import PORTUGUESE, preferred
from gateway.problems import Refusal, bad_request
from gateway.trace import Trace

Headers = list[tuple[bytes, bytes]]

FORWARDED = frozenset(
    (
        b"accept",
        b"accept-language",
        b"authorization",
        b"content-type",
        b"idempotency-key",
        b"if-match",
        b"if-none-match",
        b"if-range",
        b"range",
        b"x-request-id",
    )
)
# A second one would let two readers disagree; naming one in Connection would let a client take it out on the way.
SINGLE = frozenset((b"authorization", b"content-length", b"content-type", b"host", b"idempotency-key", b"if-match"))
HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
# No page of another origin may read an answer, whatever a service says.
CORS = frozenset(
    b"access-control-" + name
    for name in (
        b"allow-origin",
        b"allow-credentials",
        b"allow-methods",
        b"allow-headers",
        b"allow-private-network",
        b"expose-headers",
        b"max-age",
    )
)
# Besides hop-by-hop: which server a service runs on is nobody's business, and the trace fields are the gateway's own.
NOT_RETURNED = HOP_BY_HOP | CORS | {b"server", b"traceparent", b"x-rastro"}

_LONGEST_LENGTH = 15  # digits; no reader's number is too small for it

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")


@dataclass(slots=True)
class RequestHeaders:
    """One pass over the request's fields: those that go on, and those that the gateway itself acts on."""

    kept: Headers = field(default_factory=list)
    traceparents: list[bytes] = field(default_factory=list)
    singles: dict[bytes, bytes] = field(default_factory=dict)
    repeated: bytes | None = None
    nominated: set[bytes] = field(default_factory=set)
    chunked: bool = False
    coded: bool = False  # in another way than by chunks
    expects_continue: bool = False
    content_encoding: bool = False
    preflight: bool = False
    cookie: bytes = b""  # the gateway's own affair (browser/entry.py): services get none

    @classmethod
    def read(cls, fields: Iterable[tuple[bytes, bytes]]) -> "RequestHeaders":
        """`fields` with lower-case names, as ASGI gives them."""
        headers = cls()
        for name, value in fields:
            if name in SINGLE:
                if name in headers.singles:
                    headers.repeated = name
                headers.singles[name] = value
            if name in FORWARDED:
                headers.kept.append((name, value))
            else:
                headers._note(name, value)
        return headers

    def _note(self, name: bytes, value: bytes) -> None:
        if name == b"connection":
            self.nominated.update(token.strip().lower() for token in value.split(b","))
        elif name == b"traceparent":
            self.traceparents.append(value)
        elif name == b"transfer-encoding":
            self.coded = self.chunked or value.strip().lower() != b"chunked"
            self.chunked = True
        elif name == b"expect":
            self.expects_continue = True
        elif name == b"content-encoding":
            self.content_encoding = True
        elif name == b"cookie":
            self.cookie += b"; " * bool(self.cookie) + value
        elif name == b"access-control-request-method":
            self.preflight = True

    @property
    def has_body(self) -> bool:
        return self.chunked or self.singles.get(b"content-length", b"0").strip(b"0") != b""

    @property
    def language(self) -> str:
        for name, value in self.kept:
            if name == b"accept-language":
                return preferred(value.decode("latin-1"))
        return PORTUGUESE

    @property
    def trace(self) -> Trace:
        return Trace.of([] if b"traceparent" in self.nominated else self.traceparents)

    def check(self) -> None:
        """Raises Refusal for what is ambiguous: two of a kind, no Host or a foreign one, an encoded body."""
        ambiguous = self.repeated or next(iter(self.nominated & SINGLE), None)
        if ambiguous:
            raise bad_request("cabecalho_ambiguo", f"O cabeçalho {ambiguous.decode()} só pode aparecer uma vez e até o destino.")
        if not host_is_allowed(self.singles.get(b"host", b"")):
            raise bad_request("host_invalido", "O cabeçalho Host está ausente ou não é deste sistema.")
        if self.coded:
            raise Refusal(501, "codificacao_nao_aceita", "De Transfer-Encoding só se aceita chunked.")
        if len(self.singles.get(b"content-length", b"")) > _LONGEST_LENGTH:
            raise Refusal(413, "corpo_grande_demais", "O corpo é grande demais.")
        if self.content_encoding:
            raise Refusal(415, "codificacao_nao_aceita", "Envie o corpo sem Content-Encoding.")

    def sign(self, access: str) -> None:
        """As if the client had sent `Authorization` itself; pages are told under which path they are shown."""
        self.singles[b"authorization"] = value = b"Bearer " + access.encode()
        self.kept += [(b"authorization", value), (b"x-forwarded-prefix", b"/gateway")]

    def exchange(self, access: str) -> None:
        """As if the client had sent `access` in place of what it sent."""
        self.singles[b"authorization"] = value = b"Bearer " + access.encode()
        self.kept = [(name, value if name == b"authorization" else sent) for name, sent in self.kept]

    def credentials(self) -> bytes:
        """Those of `Authorization: Bearer`; empty without that header or under another scheme."""
        scheme, _, credentials = self.singles.get(b"authorization", b"").partition(b" ")
        return credentials.strip(b" ") if scheme.lower() == b"bearer" else b""

    def bearer(self) -> str:
        return self.credentials().decode("latin-1")


@lru_cache(maxsize=256)
def host_is_allowed(host: bytes) -> bool:
    domain, port = split_domain_port(host.decode("latin-1"))
    return bool(domain) and len(port) <= 5 and int(port or 0) < 65536 and validate_host(domain, settings.ALLOWED_HOSTS)


def towards_service(headers: RequestHeaders, trace: Trace, peer: str, *, with_token: bool) -> Headers:
    """The fields of the upstream request. Who the client is comes from the socket, never from what it wrote."""
    dropped = headers.nominated if with_token else headers.nominated | {b"authorization"}
    fields: Headers = []
    for name, value in headers.kept:
        if name not in dropped and name != b"x-request-id":
            if not value.isascii():
                _check_utf8(value)
            fields.append((name, value))
    fields += (
        (b"accept-encoding", b"identity"),
        (b"traceparent", trace.traceparent),
        (b"x-forwarded-for", peer.encode("ascii")),
        (b"x-forwarded-host", headers.singles[b"host"]),
        (b"x-forwarded-proto", _PUBLIC_SCHEME),
        (b"x-request-id", _request_id(headers, trace)),
    )
    if b"content-length" in headers.singles:
        fields.append((b"content-length", headers.singles[b"content-length"]))
    return fields


_PUBLIC_SCHEME: bytes = settings.PUBLIC_SCHEME.encode()


def _check_utf8(value: bytes) -> None:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        raise bad_request("cabecalho_invalido", "Os cabeçalhos devem estar em UTF-8.") from None


def _request_id(headers: RequestHeaders, trace: Trace) -> bytes:
    """The client's when it is one UUID; else the trace id in that shape, so that both lead to the same request."""
    sent = [value for name, value in headers.kept if name == b"x-request-id" and name not in headers.nominated]
    if len(sent) == 1:
        with suppress(ValueError):
            return str(UUID(sent[0].decode("ascii"))).encode()
    rastro = trace.rastro
    return f"{rastro[:8]}-{rastro[8:12]}-{rastro[12:16]}-{rastro[16:20]}-{rastro[20:]}".encode()


def towards_client(fields: Iterable[tuple[bytes, bytes]], trace: Trace, own: bytes = b"") -> Headers | None:
    """The answer's fields in their order, repeated ones still apart. None when one of them is no valid field.

    `own`: the path under which the service keeps its addresses, which for clients lie below /gateway.
    """
    kept: Headers = []
    dropped: set[bytes] = set()
    for name, value in fields:
        lowered = _lowered(name)
        if lowered == b"location" and own and value.startswith(own):
            kept.append((lowered, b"/gateway" + value))
        elif lowered not in NOT_RETURNED:
            kept.append((lowered, value))
        elif lowered == b"connection":
            dropped.update(token.strip().lower() for token in value.split(b","))
        elif lowered == b"transfer-encoding":
            dropped.add(b"content-length")
    if dropped:
        kept = [field for field in kept if field[0] not in dropped]
    if not _VALUE.fullmatch(b"".join([value for _, value in kept])) or not all(_is_name(name) for name, _ in kept):
        return None
    kept += trace.headers()
    return kept


# Services answer with the same few names again and again.
@lru_cache(maxsize=512)
def _lowered(name: bytes) -> bytes:
    return name.lower()


@lru_cache(maxsize=512)
def _is_name(name: bytes) -> bool:
    return bool(_NAME.fullmatch(name))
