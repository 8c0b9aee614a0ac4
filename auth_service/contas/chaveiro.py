"""The ring of signing keys: one file in AUTH_SIGNING_KEYS_DIR, replaced as a whole, and read again by every process when it changes.

A key goes proxima -> ativa -> aposentada: published before it signs, and for as long as some token that it signed may be out.
While there is no such file the key in AUTH_SIGNING_KEY_FILE signs.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

ARQUIVO = "chaves.json"
ESPERA = 45.0  # seconds from a key's publication to its first signature: verifiers read the keys twice in that time
APOSENTADA = 20 * 60.0  # seconds for which a key that signs no more is published: a token's life and 15 minutes


@dataclass(frozen=True)
class Chave:
    """`estado`: proxima, ativa or aposentada, since `desde` (seconds since the epoch). `pem` is private but for those retired."""

    kid: str
    estado: str
    desde: float
    pem: str


def ler(pasta: Path) -> list[Chave]:
    """Raises OSError or ValueError; [] where nothing was rotated yet."""
    try:
        texto = (pasta / ARQUIVO).read_text()
    except FileNotFoundError:
        return []
    try:
        chaves = [Chave(**item) for item in json.loads(texto)]
    except TypeError as error:
        raise ValueError(f"{pasta / ARQUIVO}: {error}") from None
    if [chave.estado for chave in chaves].count("ativa") != 1:
        raise ValueError(f"{pasta / ARQUIVO}: one key has to be active")
    return chaves


def girar(pasta: Path, primeira: Path, *, dormir: Callable[[float], None] = time.sleep, espera: float = ESPERA) -> list[Chave]:
    """The next key signs from now on. Waits, when it must, until the next key has been published long enough.

    `primeira` is AUTH_SIGNING_KEY_FILE: what signs before the first rotation, and who may read the ring.
    """
    with _trava(pasta):
        chaves = ler(pasta) or [_chave(privada_em(primeira.read_bytes()), "ativa")]
        if not any(chave.estado == "proxima" for chave in chaves):
            chaves = [*chaves, _nova("proxima")]
            _gravar(pasta, chaves, primeira)
        proxima = _de(chaves, "proxima")
        dormir(max(proxima.desde + espera - time.time(), 0))
        antiga, agora = _de(chaves, "ativa"), time.time()
        aposentada = Chave(antiga.kid, "aposentada", agora, _pem_publica(publica(antiga)))
        restantes = [chave for chave in chaves if chave.estado == "aposentada" and agora - chave.desde < APOSENTADA]
        chaves = [replace(proxima, estado="ativa", desde=agora), _nova("proxima"), aposentada, *restantes]
        _gravar(pasta, chaves, primeira)
        return chaves


def trocar_todas(pasta: Path, primeira: Path) -> list[Chave]:
    """For keys that somebody else may have: all are withdrawn at once, and with them every token that is out."""
    with _trava(pasta):
        chaves = [_nova("ativa"), _nova("proxima")]
        _gravar(pasta, chaves, primeira)
        return chaves


def publica(chave: Chave) -> EllipticCurvePublicKey:
    """Raises ValueError for anything but a P-256 key."""
    pem = chave.pem.encode()
    return publica_em(pem) if chave.estado == "aposentada" else privada_em(pem).public_key()


def kid_de(key: EllipticCurvePublicKey) -> str:
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()[:16]


def privada_em(pem: bytes) -> EllipticCurvePrivateKey:
    """Raises ValueError, or TypeError for one that is under a password."""
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("not a private P-256 key, which ES256 needs")
    return key


def publica_em(pem: bytes) -> EllipticCurvePublicKey:
    """Raises ValueError."""
    key = load_pem_public_key(pem)
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("not a public P-256 key")
    return key


def _nova(estado: str) -> Chave:
    return _chave(generate_private_key(SECP256R1()), estado)


def _chave(key: EllipticCurvePrivateKey, estado: str) -> Chave:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Chave(kid_de(key.public_key()), estado, time.time(), pem)


def _pem_publica(key: EllipticCurvePublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _de(chaves: list[Chave], estado: str) -> Chave:
    return next(chave for chave in chaves if chave.estado == estado)


def _gravar(pasta: Path, chaves: list[Chave], como: Path) -> None:
    """In one step, so that no reader sees half a ring; readable by whom `como` is readable by."""
    novo = pasta / f".{ARQUIVO}.novo"
    descriptor = os.open(novo, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as arquivo:
        os.fchmod(arquivo.fileno(), como.stat().st_mode & 0o777)
        json.dump([asdict(chave) for chave in chaves], arquivo, indent=1)
        arquivo.flush()
        os.fsync(arquivo.fileno())
    novo.replace(pasta / ARQUIVO)


@contextmanager
def _trava(pasta: Path) -> Iterator[None]:
    """One rotation at a time."""
    descriptor = os.open(pasta, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
