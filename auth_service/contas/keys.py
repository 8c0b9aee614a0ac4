"""The signing key and what auth publishes of it. Private halves are in auth's processes alone.

From the ring (chaveiro.py) where AUTH_SIGNING_KEYS_DIR holds one, else from AUTH_SIGNING_KEY_FILE. Read again when a file
changes, so that a rotation needs no restart. Public keys in AUTH_PUBLISHED_KEYS_DIR (`*.pub.pem`) are published beside them.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from jwt.algorithms import ECAlgorithm

from . import chaveiro


@dataclass(frozen=True)
class SigningKey:
    """ES256 key pair; `kid` is the first 16 hex digits of the SHA-256 of the public half in DER."""

    kid: str
    private: EllipticCurvePrivateKey


@dataclass(frozen=True)
class _Keys:
    signing: SigningKey
    published: tuple[tuple[float, dict[str, str]], ...]  # until when (seconds since the epoch), and the JWK


def signing_key() -> SigningKey:
    """Raises ImproperlyConfigured when no private P-256 key is where the settings say."""
    return _present().signing


def jwks() -> dict[str, Any]:
    """The signing key first, then the others that are published."""
    now = time.time()
    return {"keys": [jwk for until, jwk in _present().published if now < until]}


def public_key(path: Path) -> EllipticCurvePublicKey:
    """The P-256 public key in a PEM file. Raises OSError or ValueError."""
    try:
        return chaveiro.publica_em(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _present() -> _Keys:
    ring = Path(settings.AUTH_SIGNING_KEYS_DIR) / chaveiro.ARQUIVO if settings.AUTH_SIGNING_KEYS_DIR else None
    others = sorted(Path(settings.AUTH_PUBLISHED_KEYS_DIR).glob("*.pub.pem")) if settings.AUTH_PUBLISHED_KEYS_DIR else []
    paths = (ring if ring and ring.exists() else Path(settings.AUTH_SIGNING_KEY_FILE), *others)
    return _read(paths, tuple(_state(path) for path in paths))


def _state(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


@lru_cache(maxsize=1)
def _read(paths: tuple[Path, ...], _states: object) -> _Keys:
    """Once for each state of the files."""
    first, *others = paths
    ring = chaveiro.ler(first.parent) if first.name == chaveiro.ARQUIVO else []
    pem = next(chave.pem for chave in ring if chave.estado == "ativa").encode() if ring else None
    signing = _signing(first, pem)
    ordered = [(float("inf"), signing.private.public_key())]
    ordered += [(_until(chave), chaveiro.publica(chave)) for chave in ring]
    ordered += [(float("inf"), public_key(path)) for path in others]
    published = {chaveiro.kid_de(key): (until, _jwk(chaveiro.kid_de(key), key)) for until, key in reversed(ordered)}
    return _Keys(signing, tuple(reversed(published.values())))


def _until(chave: chaveiro.Chave) -> float:
    return chave.desde + chaveiro.APOSENTADA if chave.estado == "aposentada" else float("inf")


def _signing(path: Path, pem: bytes | None) -> SigningKey:
    try:
        key = chaveiro.privada_em(path.read_bytes() if pem is None else pem)
    except (OSError, ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"{path}: {error}") from None
    return SigningKey(chaveiro.kid_de(key.public_key()), key)


def _jwk(kid: str, key: EllipticCurvePublicKey) -> dict[str, str]:
    numbers: dict[str, str] = ECAlgorithm.to_jwk(key, as_dict=True)
    return {"kty": "EC", "crv": "P-256", "x": numbers["x"], "y": numbers["y"], "kid": kid, "use": "sig", "alg": "ES256"}
