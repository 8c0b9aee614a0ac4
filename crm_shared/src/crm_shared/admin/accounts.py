"""Where people's passwords are checked: by auth, which brakes guessing, over the same REST API as any client's."""

from dataclasses import dataclass
from functools import cache
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from ..client import ServiceClient, ServiceError, TryAgain
from ..errors import NotAuthenticated, TooMany

_REFUSED = {"codigo_incorreto": "O código não confere.", "desafio_invalido": "O prazo para o código passou. Entre de novo."}
BUDGET = 5.0  # seconds that somebody waits for auth


class AccountsUnavailable(Exception):
    """auth did not answer: nobody was refused, and nobody let in."""


@dataclass(frozen=True)
class Pair:
    """An access token and the refresh token that follows it, as auth gives them."""

    access: str
    refresh: str


@dataclass(frozen=True)
class Challenge:
    """The password was right; auth asks for a code of the person's second factor."""

    desafio: str


class Accounts(Protocol):
    """Each raises NotAuthenticated or TooMany when auth refuses, AccountsUnavailable when it does not answer."""

    def sign_in(self, email: str, senha: str, request: HttpRequest) -> Pair | Challenge: ...
    def answer(self, challenge: Challenge, codigo: str, request: HttpRequest) -> Pair: ...
    def renew(self, refresh: str) -> Pair: ...
    def sign_out(self, refresh: str) -> None: ...


class RemoteAccounts:
    """auth over HTTP. The person's own address goes along, for auth's brake counts by account and network."""

    def __init__(self) -> None:
        self._auth = ServiceClient(settings.AUTH_URL)

    def sign_in(self, email: str, senha: str, request: HttpRequest) -> Pair | Challenge:
        data = self._post("/auth/login", {"email": email, "senha": senha}, _origin(request))
        return Challenge(data["desafio"]) if "desafio" in data else Pair(data["access"], data["refresh"])

    def answer(self, challenge: Challenge, codigo: str, request: HttpRequest) -> Pair:
        return self._pair("/auth/login/codigo", {"desafio": challenge.desafio, "codigo": codigo}, _origin(request))

    def renew(self, refresh: str) -> Pair:
        return self._pair("/auth/refresh", {"refresh": refresh})

    def sign_out(self, refresh: str) -> None:
        self._post("/auth/logout", {"refresh": refresh})

    def _pair(self, path: str, body: dict[str, str], headers: dict[str, str] | None = None) -> Pair:
        data = self._post(path, body, headers)
        return Pair(data["access"], data["refresh"])

    def _post(self, path: str, body: dict[str, str], headers: dict[str, str] | None = None) -> dict[str, str]:
        try:
            data: dict[str, str] = self._auth.request("POST", path, json=body, headers=headers, budget=BUDGET).data
        except ServiceError as error:
            raise _refusal(error) from error
        return data


def _origin(request: HttpRequest) -> dict[str, str]:
    return {"X-Forwarded-For": request.META.get("REMOTE_ADDR", ""), "User-Agent": request.headers.get("User-Agent", "")[:200]}


def _refusal(error: ServiceError) -> Exception:
    if error.status == 429:
        wait = error.retry_after if isinstance(error, TryAgain) else 0
        return TooMany(retry_after=max(int(wait), 1))
    if 400 <= error.status < 500:
        return NotAuthenticated(_REFUSED.get(error.codigo, "E-mail ou senha incorretos."), codigo=error.codigo or "credenciais_invalidas")
    return AccountsUnavailable(str(error))


@cache
def accounts() -> Accounts:
    """settings.ADMIN_ACCOUNTS: auth itself need not ask itself over HTTP."""
    made: Accounts = import_string(settings.ADMIN_ACCOUNTS)()
    return made
