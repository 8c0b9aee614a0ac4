"""Codes: how an app makes them, how they are checked, and how each is good only once. The caller brakes guessing."""

import base64
import secrets
from urllib.parse import quote, urlencode
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.oath import TOTP

from crm_shared.db import atomic
from crm_shared.sealing import seal_for

from .models import CodigoRecuperacao, SegundoFator

EMISSOR = "CRM"
QUANTOS = 10  # recovery codes at once
_BYTES = 20  # of the secret, as RFC 4226 recommends
_TOLERANCIA = 1  # steps of 30 s that a phone's clock may be off
_LETRAS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
_PARTE = 5
_SELADO_PARA = "contas.segundo_fator"


def novo_segredo() -> tuple[str, str]:
    """(what the app is given, in base32; what is kept)"""
    segredo = secrets.token_bytes(_BYTES)
    return base64.b32encode(segredo).decode(), seal_for(_SELADO_PARA).encrypt(segredo).decode()


def otpauth(segredo: str, email: str) -> str:
    """The address that apps read from a QR code (Google's Key URI format)."""
    return f"otpauth://totp/{EMISSOR}:{quote(email)}?{urlencode({'secret': segredo, 'issuer': EMISSOR})}"


def tem(usuario_id: UUID) -> bool:
    """Whether this person has a second factor that was confirmed."""
    return SegundoFator.objects.filter(usuario_id=usuario_id, confirmado_em__isnull=False).exists()


@atomic
def gastar(usuario_id: UUID, codigo: str) -> bool:
    """Whether `codigo` is one of the app's or of the paper's now; it is used up by this."""
    fator = SegundoFator.objects.select_for_update().filter(usuario_id=usuario_id, confirmado_em__isnull=False).first()
    return fator is not None and (gastar_do_app(fator, codigo) or _gastar_do_papel(usuario_id, codigo))


def gastar_do_app(fator: SegundoFator, codigo: str) -> bool:
    """On the locked row: neither the same code nor an earlier one is good a second time."""
    if len(codigo) != 6 or not codigo.isascii() or not codigo.isdecimal():
        return False
    try:
        totp = TOTP(seal_for(_SELADO_PARA).decrypt(fator.segredo))
    except InvalidToken:
        return False  # sealed with a SECRET_KEY that was withdrawn: an administrator takes it away
    if not totp.verify(int(codigo), tolerance=_TOLERANCIA, min_t=fator.ultimo_passo + 1):
        return False
    fator.ultimo_passo = totp.t()
    fator.save(update_fields=["ultimo_passo"])
    return True


def _gastar_do_papel(usuario_id: UUID, codigo: str) -> bool:
    livre = CodigoRecuperacao.objects.filter(usuario_id=usuario_id, hash=_hash(codigo), usado_em__isnull=True)
    return livre.update(usado_em=timezone.now()) == 1


def novos_do_papel(usuario_id: UUID) -> list[str]:
    """In place of all earlier ones."""
    codigos = [f"{_parte()}-{_parte()}" for _ in range(QUANTOS)]
    CodigoRecuperacao.objects.filter(usuario_id=usuario_id).delete()
    CodigoRecuperacao.objects.bulk_create([CodigoRecuperacao(usuario_id=usuario_id, hash=_hash(codigo)) for codigo in codigos])
    return codigos


def _parte() -> str:
    return "".join(secrets.choice(_LETRAS) for _ in range(_PARTE))


def _hash(codigo: str) -> str:
    """Typed with or without its dash, in any case. 49 bits, and a key that is not in the database."""
    limpo = codigo.replace("-", "").replace(" ", "").lower()
    return salted_hmac("contas.recuperacao", limpo, algorithm="sha256").hexdigest()
