"""Tokens by which a service calls another on its own account or for a person.

The service signs a short assertion with its own key and exchanges it at auth, which knows the public half, for an
access token that only the one target service accepts. No secret is shared.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from django.core.exceptions import ImproperlyConfigured

from ..client import ServiceClient

ASSERTION_SECONDS = 60
_AUDIENCE = "crm-auth"
_PATH = "/auth/interno/token"
_MARGIN = 15.0  # seconds before its end at which a token is no longer handed out: a call may last 8


@dataclass(frozen=True)
class _Held:
    token: str
    until: float


class ServiceTokens:
    """Thread-safe cache of tokens by (audience, person acted for)."""

    def __init__(self, service: str, auth: ServiceClient, key_file: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._service, self._auth, self._clock = service, auth, clock
        self._key = read_key(key_file)
        self._held: dict[tuple[str, str | None], _Held] = {}
        self._lock = threading.Lock()

    def token(self, audience: str, obo: str | None = None) -> str:
        """Raises what the client raises: Refused when auth denies it (the person left), TryAgain when auth is out."""
        now = self._clock()
        held = self._held.get((audience, obo))
        if held is None or held.until <= now:
            held = self._exchange(audience, obo, now)
            with self._lock:
                self._held = {key: value for key, value in self._held.items() if value.until > now} | {(audience, obo): held}
        return held.token

    def forget(self, audience: str, obo: str | None = None) -> None:
        with self._lock:
            self._held.pop((audience, obo), None)

    def acting(self, audience: str, obo: str | None = None) -> "Acting":
        """What a `ServiceClient` for `audience` takes."""
        return Acting(self, audience, obo)

    def _exchange(self, audience: str, obo: str | None, now: float) -> _Held:
        body = {"assertion": self.assertion(), "audiencia": audience, **({"obo": obo} if obo else {})}
        data = self._auth.request("POST", _PATH, json=body).data
        return _Held(data["access"], now + float(data["expires_in"]) - _MARGIN)

    def assertion(self) -> str:
        """Proof of who we are: single-use (`jti`), for auth only, worth nothing a minute later."""
        now, name = int(time.time()), f"svc:{self._service}"
        claims = {"iss": name, "sub": name, "aud": _AUDIENCE, "iat": now, "exp": now + ASSERTION_SECONDS, "jti": str(uuid4())}
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": key_id(self._key)})


@dataclass(frozen=True)
class Acting:
    """The token source of one audience and one person."""

    tokens: ServiceTokens
    audience: str
    obo: str | None = None

    def token(self) -> str:
        return self.tokens.token(self.audience, self.obo)

    def forget(self) -> None:
        self.tokens.forget(self.audience, self.obo)


def read_key(path: str) -> EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(Path(path).read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"SERVICE_KEY_FILE={path!r} is no readable private key: {error}") from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ImproperlyConfigured(f"SERVICE_KEY_FILE={path!r} is not a P-256 key.")
    return key


def key_id(key: EllipticCurvePrivateKey) -> str:
    """As auth names its own keys: the first 16 hex digits of sha256 of the public key's DER."""
    return sha256(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()[:16]
