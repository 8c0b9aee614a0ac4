"""Signing keys and good tokens, for the tests of every verifier: library, services, gateway, e2e. The bad ones: bad_tokens.py.

forge = Forge()
TokenVerifier(KeySet.of(forge.jwks), "crm-auth", ["crm"]).verify(forge.token(scope="clientes:ler"))
"""

import json
import time
import uuid
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_encode

ISSUER = "crm-auth"
LIFETIME = 300  # seconds
USER = "018f0000-0000-7000-8000-000000000001"
TEAM = "018f0000-0000-7000-8000-0000000000e1"
REQUIRED = ("iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "scope", "vis", "equipes")

ES256 = ECAlgorithm(ECAlgorithm.SHA256, ec.SECP256R1)


class Forge:
    """An ES256 key pair under its kid, as auth holds it: the first 16 hex digits of sha256 of the public key's DER."""

    def __init__(self, private: ec.EllipticCurvePrivateKey | None = None) -> None:
        self.private = private or ec.generate_private_key(ec.SECP256R1())
        self.kid = sha256(self.public_bytes(serialization.Encoding.DER)).hexdigest()[:16]

    def public_bytes(self, encoding: serialization.Encoding) -> bytes:
        return self.private.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)

    @property
    def private_pem(self) -> bytes:
        """For AUTH_SIGNING_KEY_FILE."""
        return self.private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    @property
    def jwk(self) -> dict[str, str]:
        public: dict[str, str] = ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {"kty": "EC", "crv": "P-256", "x": public["x"], "y": public["y"], "kid": self.kid, "use": "sig", "alg": "ES256"}

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.jwk]}

    def header(self, **changes: Any) -> dict[str, Any]:
        return {"alg": "ES256", "typ": "at+jwt", "kid": self.kid, **changes}

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Good claims of a person who may see everything and do nothing; `scope="clientes:ler clientes:criar"` and so on."""
        now = int(time.time())
        return {
            "iss": ISSUER,
            "aud": "crm",
            "sub": USER,
            "sid": str(uuid.uuid4()),
            "jti": str(uuid.uuid4()),
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME,
            "scope": "",
            "vis": {"*": "todos"},
            "equipes": [TEAM],
            **changes,
        }

    def service_claims(self, service: str, audience: str, **changes: Any) -> dict[str, Any]:
        return self.claims(sub=f"svc:{service}", aud=audience, equipes=[], **changes)

    def sign(self, claims: Any, header: Any = None) -> str:
        """A token of any claims under any header, signed with the good key."""
        return seal(self.header() if header is None else header, claims, partial(ES256.sign, key=self.private))

    def token(self, **changes: Any) -> str:
        return self.sign(self.claims(**changes))


def seal(header: Any, claims: Any, sign: Callable[[bytes], bytes]) -> str:
    """Compact JWS; `header` and `claims` may be bytes that no JSON writer would produce."""
    signed = b".".join(base64url_encode(as_json(part)) for part in (header, claims))
    return b".".join((signed, base64url_encode(sign(signed)))).decode()


def as_json(part: Any) -> bytes:
    return part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode()
