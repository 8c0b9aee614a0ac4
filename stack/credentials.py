"""Passwords and keys of one stack: made once, kept in `var/segredos`."""

import json
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from stack.config import SERVICES, Settings
from stack.errors import StackError
from stack.files import write_private

# Services that may ask auth for a token of their own (POST /auth/interno/token).
TOKEN_CLIENTS = ("automacao",)
ADMIN_EMAIL = "admin@crm.example.com"


# Name to secret: `postgres` (superuser), `postgres.<service>`, `valkey`, `mongo`, `secret_key.<service>`.
Credentials = dict[str, str]


def load_or_create(settings: Settings) -> Credentials:
    """Reads the passwords, adds those that a newer version needs, and makes the keys that are missing."""
    path = settings.secrets / "senhas.json"
    known = _read(path)
    complete = {name: secrets.token_urlsafe(32) for name in names()} | known
    if complete != known:
        write_private(path, json.dumps(complete, indent=1))
    _make_keys(settings)
    return complete


def signing_key_file(settings: Settings) -> Path:
    return settings.secrets / "auth-assinatura.pem"


def signing_keys_folder(settings: Settings) -> Path:
    """Of the ring that `./crm manage auth chaves girar` turns."""
    return settings.secrets / "auth-chaves"


def service_key_file(settings: Settings, service: str) -> Path:
    return settings.secrets / f"{service}.pem"


def public_keys_folder(settings: Settings) -> Path:
    return settings.secrets / "chaves-publicas"


def administrator(settings: Settings) -> dict[str, str]:
    """E-mail and password of the first administrator, as kept in var/admin.json."""
    known = _read(settings.admin_file)
    if not known:
        known = {"email": ADMIN_EMAIL, "senha": secrets.token_urlsafe(18)}
        write_private(settings.admin_file, json.dumps(known, indent=1) + "\n")
    return known


def names() -> list[str]:
    databases = [*SERVICES, "crm_shared"]
    return [
        "postgres",
        "valkey",
        "mongo",
        *(f"postgres.{name}" for name in databases),
        *(f"secret_key.{name}" for name in databases),
    ]


def _read(path: Path) -> dict[str, str]:
    try:
        content: dict[str, str] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise StackError(
            f"{path} está ilegível ({error}): restaure-o de uma cópia, ou apague {path.parent} para começar do zero."
        ) from error
    return content


def _make_keys(settings: Settings) -> None:
    for folder in (public_keys_folder(settings), signing_keys_folder(settings)):
        folder.mkdir(mode=0o700, exist_ok=True)
    _key(signing_key_file(settings))
    for service in TOKEN_CLIENTS:
        key = _key(service_key_file(settings, service))
        public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        write_private(public_keys_folder(settings) / f"{service}.pub.pem", public)


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    if not path.exists():
        pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(path, pem)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key
