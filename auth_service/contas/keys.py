"""The signing key and what auth publishes of it. Its private half is in this process alone.

A change of keys goes next -> active -> retired: the public half of a key that does not sign yet, or not any more, lies as
`*.pub.pem` in AUTH_PUBLISHED_KEYS_DIR and stands in the JWKS too.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, load_pem_public_key
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from jwt.algorithms import ECAlgorithm


@dataclass(frozen=True)
class SigningKey:
    """ES256 key pair; `kid` is the first 16 hex digits of the SHA-256 of the public half in DER."""

    kid: str
    private: EllipticCurvePrivateKey


@cache
def signing_key() -> SigningKey:
    """Raises ImproperlyConfigured when AUTH_SIGNING_KEY_FILE holds no private P-256 key."""
    path = Path(settings.AUTH_SIGNING_KEY_FILE)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"AUTH_SIGNING_KEY_FILE={path}: {error}") from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ImproperlyConfigured(f"AUTH_SIGNING_KEY_FILE={path}: not a P-256 key, which ES256 needs.")
    return SigningKey(kid_of(key.public_key()), key)


def public_key(path: Path) -> EllipticCurvePublicKey:
    """The P-256 public key in a PEM file. Raises OSError or ValueError."""
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError(f"{path} holds no P-256 public key")
    return key


@cache
def jwks() -> dict[str, Any]:
    """The signing key first, then the others that are published."""
    folder = settings.AUTH_PUBLISHED_KEYS_DIR
    others = [public_key(path) for path in sorted(Path(folder).glob("*.pub.pem"))] if folder else []
    keys = {kid_of(key): key for key in (signing_key().private.public_key(), *others)}
    return {"keys": [_jwk(kid, key) for kid, key in keys.items()]}


def kid_of(key: EllipticCurvePublicKey) -> str:
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()[:16]


def _jwk(kid: str, key: EllipticCurvePublicKey) -> dict[str, str]:
    numbers: dict[str, str] = ECAlgorithm.to_jwk(key, as_dict=True)
    return {"kty": "EC", "crv": "P-256", "x": numbers["x"], "y": numbers["y"], "kid": kid, "use": "sig", "alg": "ES256"}
