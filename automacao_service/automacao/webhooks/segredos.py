"""The secrets that sign deliveries: made here, kept encrypted under a key of SECRET_KEY's, shown once.

They and the signature are those of Standard Webhooks (standardwebhooks.com): `whsec_` and base64, HMAC-SHA256.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from crm_shared.events.values import plain

PREFIXO = "whsec_"
_BYTES = 32


def novo() -> str:
    return PREFIXO + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def guardado(segredo: str, agora: datetime) -> dict[str, Any]:
    cifrado = _cofre(settings.SECRET_KEY).encrypt(segredo.encode()).decode()
    return {"cifrado": cifrado, "criado_em": plain(agora), "expira_em": None}


def trocados(atuais: list[dict[str, Any]], segredo: str, agora: datetime, manter: timedelta) -> list[dict[str, Any]]:
    """With `segredo` in front; the one before it signs along for `manter`, so that receivers can change in peace."""
    ate = agora + manter
    anteriores = [{**item, "expira_em": plain(min(_fim(item) or ate, ate))} for item in vigentes(atuais, agora)[:1]]
    return [guardado(segredo, agora), *(anteriores if manter else [])]


def vigentes(guardados: list[dict[str, Any]], agora: datetime) -> list[dict[str, Any]]:
    return [item for item in guardados if (fim := _fim(item)) is None or fim > agora]


def assinaturas(guardados: list[dict[str, Any]], *, identificador: str, instante: int, corpo: bytes, agora: datetime) -> str:
    """The header's value: one signature for each secret in force. Raises InvalidToken where SECRET_KEY is not the one of then."""
    cofre = _cofre(settings.SECRET_KEY)
    abertos = [cofre.decrypt(item["cifrado"].encode()).decode() for item in vigentes(guardados, agora)]
    conteudo = f"{identificador}.{instante}.".encode() + corpo
    return " ".join(f"v1,{_assinatura(segredo, conteudo)}" for segredo in abertos)


def _assinatura(segredo: str, conteudo: bytes) -> str:
    chave = base64.b64decode(segredo.removeprefix(PREFIXO))
    return base64.b64encode(hmac.new(chave, conteudo, hashlib.sha256).digest()).decode()


def _fim(item: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(item["expira_em"]) if item["expira_em"] else None


@lru_cache(maxsize=2)
def _cofre(chave: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"crm.automacao.webhooks").derive(chave.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
