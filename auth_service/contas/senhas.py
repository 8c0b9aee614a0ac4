"""Passwords: what is accepted, how it is kept, and how many are worked on at once."""

import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import hashers
from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError

from crm_shared.errors import Invalid, TooMany

from .models import Usuario

# A hash takes some 50 ms of a core and 46 MiB: more at once than the machine has cores would only starve the other requests.
AT_ONCE = 2
_PATIENCE = 0.2  # seconds that a request waits for its turn
_slots = BoundedSemaphore(AT_ONCE)

MAX_LENGTH = 128
_ENFEITE_MAX = 8  # characters around a leaked password that do not make it another one
_SUFIXO_MAX = 3  # characters of `com` and `br`, which are nobody's name
_CODIGOS = {
    "password_too_short": "senha_curta",
    "password_too_common": "senha_comum",
    "password_entirely_numeric": "senha_numerica",
    "password_too_similar": "senha_parecida",
    "password_breached": "senha_vazada",
    "password_of_the_house": "senha_da_casa",
}


class Argon2id(hashers.Argon2PasswordHasher):
    """OWASP's first choice (ASVS 5.0 appendix C): 46 MiB, one pass, one lane."""

    time_cost = 1
    memory_cost = 46 * 1024
    parallelism = 1


class VarianteDeVazada(CommonPasswordValidator):
    """Refuses a leaked password in disguise: "P@ssw0rd2026!" is "password" to whoever guesses, and so is "passwordpassword".
    What the CRM and the company are called is as good as leaked: "Acme@2026!" at acme.com.br.

    Django's list, which the base class reads, is that of the 20,000 passwords most often found in breaches (Have I Been Pwned).
    """

    _DISFARCES = str.maketrans("@4830157$!", "aabeolstsi")
    _ENFEITE = string.digits + string.punctuation + string.whitespace

    def validate(self, password: str, user: Any = None) -> None:
        simples, daqui = password.lower(), _palavras_da_casa(user)
        for base in {simples.strip(self._ENFEITE), simples.translate(self._DISFARCES).strip(self._ENFEITE)}:
            despida = base.translate(self._DISFARCES)
            if len(password) - len(despida) > _ENFEITE_MAX:
                continue
            if _sem_repeticao(despida) in daqui:
                raise ValidationError("Esta senha é o nome da empresa ou do sistema com enfeites.", code="password_of_the_house")
            if _sem_repeticao(despida) in self.passwords:
                raise ValidationError("Esta senha é uma variação de uma que já vazou em outros sistemas.", code="password_breached")


def _palavras_da_casa(user: Any) -> set[str]:
    """What the CRM and the company are called: the parts of the domains of its address, of its sender and of the person's e-mail."""
    sites = (urlsplit(settings.FRONTEND_URL).hostname or "", settings.DEFAULT_FROM_EMAIL.strip("<> "), getattr(user, "email", ""))
    nomes = {parte for site in sites for parte in re.split(r"[.-]", site.rpartition("@")[2].lower())}
    return {"crm", *(nome for nome in nomes if len(nome) > _SUFIXO_MAX)}


def _sem_repeticao(texto: str) -> str:
    """ "abcabc" is "abc"."""
    inicio = (texto + texto).find(texto, 1)
    return texto[:inicio] if texto else texto


class Ocupado(TooMany):
    codigo = "muitos_logins"
    detail = "Muitas senhas estão sendo conferidas ao mesmo tempo. Tente de novo em instantes."


@contextmanager
def _turn() -> Iterator[None]:
    if not _slots.acquire(timeout=_PATIENCE):
        raise Ocupado(retry_after=1)
    try:
        yield
    finally:
        _slots.release()


def codificar(senha: str) -> str:
    """The form in which `senha` is kept."""
    with _turn():
        return hashers.make_password(senha)


def conferir(senha: str, codificada: str | None) -> bool:
    """Whether `senha` is the one kept; without one (nobody has that address) it costs one hash just the same."""
    with _turn():
        if codificada is None or not hashers.is_password_usable(codificada):
            hashers.make_password(senha)
            return False
        return hashers.check_password(senha, codificada)


def exigir_forte(senha: str, usuario: Usuario, campo: str) -> None:
    """Refuse a short, common, numeric password, or one like the person's own name or address."""
    try:
        validate_password(senha, usuario)
    except ValidationError as refusal:
        first = refusal.error_list[0]
        raise Invalid(first.messages[0], codigo=_CODIGOS.get(first.code or "", "senha_fraca"), campo=campo) from None
