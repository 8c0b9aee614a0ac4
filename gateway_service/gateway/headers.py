"""What a request's header fields say, and which of them pass on to a service: an allowlist."""

from collections.abc import Container, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from crm_shared.english import PORTUGUESE, preferred
from crm_shared.observability.deadlines import milliseconds
from gateway.problems import Refusal, bad_request
from gateway.trace import Trace
from gateway.upstream import lines

Headers = list[tuple[bytes, bytes]]

FORWARDED = frozenset(
    (
        b"accept",
        b"accept-language",
        b"authorization",
        b"content-length",
        b"content-type",
        b"idempotency-key",
        b"if-match",
        b"if-none-match",
        b"if-range",
        b"range",
    )
)
# A second one would let two readers disagree; naming one in Connection would let a client take it out on the way.
SINGLE = frozenset((b"authorization", b"content-length", b"content-type", b"host", b"idempotency-key", b"if-match"))

_PUBLIC_SCHEME: bytes = settings.PUBLIC_SCHEME.encode()
_LONGEST_LENGTH = 15  # digits; no reader's number is too small for it
_REMEMBERED = 512  # heads: clients send the same fields again and again


@dataclass(slots=True)
class RequestHeaders:
    """One pass over a request's fields: those that go on, and those that the gateway itself acts on.

    All requests with the same fields share one: nobody changes it once it is read.
    """

    kept: Headers = field(default_factory=list)
    traceparents: list[bytes] = field(default_factory=list)
    request_ids: list[bytes] = field(default_factory=list)
    singles: dict[bytes, bytes] = field(default_factory=dict)
    repeated: bytes | None = None
    nominated: set[bytes] = field(default_factory=set)
    chunked: bool = False
    coded: bool = False  # in another way than by chunks
    expects_continue: bool = False
    content_encoding: bool = False
    preflight: bool = False
    cookie: bytes = b""  # the gateway's own affair (browser/entry.py): services get none
    # what follows from the above
    language: str = PORTUGUESE
    credentials: bytes = b""  # those of `Authorization: Bearer`; empty without that header or under another scheme
    request_id: bytes = b""  # the client's, when it sent one and that is a UUID
    sound: bool = False
    lines: bytes = b""  # as a service gets them

    @staticmethod
    def read(fields: Iterable[tuple[bytes, bytes]]) -> "RequestHeaders":
        """`fields` with lower-case names, as ASGI gives them. A tuple is remembered: it is a short head (`server/head.py`)."""
        return _read(fields) if isinstance(fields, tuple) else _read.__wrapped__(tuple(fields))

    def note(self, name: bytes, value: bytes) -> None:
        if name in SINGLE:
            if name in self.singles:
                self.repeated = name
            self.singles[name] = value
        if name in FORWARDED:
            self.kept.append((name, value))
        elif name == b"connection":
            self.nominated.update(token.strip().lower() for token in value.split(b","))
        elif name == b"traceparent":
            self.traceparents.append(value)
        elif name == b"x-request-id":
            self.request_ids.append(value)
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

    def conclude(self) -> "RequestHeaders":
        language = next((value for name, value in self.kept if name == b"accept-language"), None)
        self.language = PORTUGUESE if language is None else preferred(language.decode("latin-1"))
        scheme, _, credentials = self.singles.get(b"authorization", b"").partition(b" ")
        self.credentials = credentials.strip(b" ") if scheme.lower() == b"bearer" else b""
        self.request_id = b"" if b"x-request-id" in self.nominated else _uuid(self.request_ids)
        self.sound = self._fault() is None
        self.lines = self.lines_of(FORWARDED | {b"x-forwarded-prefix"})
        return self

    @property
    def has_body(self) -> bool:
        return self.chunked or self.singles.get(b"content-length", b"0").strip(b"0") != b""

    @property
    def length(self) -> int | None:
        """Bytes of the body, when they are told."""
        told = self.singles.get(b"content-length")
        return None if told is None else int(told)

    @property
    def trace(self) -> Trace:
        return Trace.of([] if b"traceparent" in self.nominated else self.traceparents)

    def check(self) -> None:
        """Raises Refusal for what is ambiguous: two of a kind, no Host or a foreign one, an encoded body."""
        if not self.sound and (fault := self._fault()):
            raise fault

    def _fault(self) -> Refusal | None:
        ambiguous = self.repeated or next(iter(self.nominated & SINGLE), None)
        if ambiguous:
            return bad_request("cabecalho_ambiguo", f"O cabeçalho {ambiguous.decode()} só pode aparecer uma vez e até o destino.")
        if not host_is_allowed(self.singles.get(b"host", b"")):
            return bad_request("host_invalido", "O cabeçalho Host está ausente ou não é deste sistema.")
        if self.coded:
            return Refusal(501, "codificacao_nao_aceita", "De Transfer-Encoding só se aceita chunked.")
        if len(self.singles.get(b"content-length", b"")) > _LONGEST_LENGTH:
            return Refusal(413, "corpo_grande_demais", "O corpo é grande demais.")
        if self.content_encoding:
            return Refusal(415, "codificacao_nao_aceita", "Envie o corpo sem Content-Encoding.")
        if not all(_is_utf8(value) for _, value in self.kept):
            return bad_request("cabecalho_invalido", "Os cabeçalhos devem estar em UTF-8.")
        return None

    def sign(self, access: str) -> "RequestHeaders":
        """As if the client had sent `Authorization` itself; pages are told under which path they are shown."""
        return self._with([*self.kept, (b"authorization", b""), (b"x-forwarded-prefix", b"/gateway")], access)

    def exchange(self, access: str) -> "RequestHeaders":
        """As if the client had sent `access` in place of what it sent."""
        return self._with(self.kept, access)

    def _with(self, kept: Headers, access: str) -> "RequestHeaders":
        value = b"Bearer " + access.encode()
        kept = [(name, value if name == b"authorization" else sent) for name, sent in kept]
        return replace(self, kept=kept, singles=self.singles | {b"authorization": value}).conclude()

    def bearer(self) -> str:
        return self.credentials.decode("latin-1")

    def lines_of(self, names: Container[bytes]) -> bytes:
        """Those of `names` that pass, and what services are told of every request."""
        passed = [(name, value) for name, value in self.kept if name in names and name not in self.nominated]
        told = [(b"x-forwarded-host", self.singles.get(b"host", b"")), (b"x-forwarded-proto", _PUBLIC_SCHEME)]
        return lines([*passed, (b"accept-encoding", b"identity"), *told])


@lru_cache(maxsize=_REMEMBERED)
def _read(fields: tuple[tuple[bytes, bytes], ...]) -> RequestHeaders:
    headers = RequestHeaders()
    for name, value in fields:
        headers.note(name, value)
    return headers.conclude()


@lru_cache(maxsize=256)
def host_is_allowed(host: bytes) -> bool:
    domain, port = split_domain_port(host.decode("latin-1"))
    return bool(domain) and len(port) <= 5 and int(port or 0) < 65536 and validate_host(domain, settings.ALLOWED_HOSTS)


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _uuid(values: list[bytes]) -> bytes:
    """Empty unless there is one value, and that is a UUID."""
    if len(values) == 1:
        with suppress(ValueError):
            return str(UUID(values[0].decode("ascii"))).encode()
    return b""


def towards_service(headers: RequestHeaders, sent: bytes, trace: Trace, peer: str, patience: float) -> bytes:
    """The fields of a request to a service: `sent` of the client's, and what the gateway says. `patience`: seconds that it waits.

    Who the client is comes from the socket, never from what it wrote.
    """
    request_id = headers.request_id or trace.request_id
    told = (trace.traceparent, peer.encode("ascii"), request_id, milliseconds(patience))
    return sent + b"traceparent: %b\r\nx-forwarded-for: %b\r\nx-request-id: %b\r\nx-prazo: %d\r\n" % told
