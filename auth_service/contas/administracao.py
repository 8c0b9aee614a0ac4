"""How auth's own admin signs in: by the functions behind POST /auth/login, not by asking itself over HTTP."""

from django.http import HttpRequest

from crm_shared.admin.accounts import Challenge, Pair

from . import sessoes
from .rede import origem_de


class ContasLocais:
    """crm_shared.admin.accounts.Accounts."""

    def sign_in(self, email: str, senha: str, request: HttpRequest) -> Pair | Challenge:
        entrada = sessoes.entrar(email=email, senha=senha, origem=origem_de(request))
        return _pair(entrada) if isinstance(entrada, sessoes.Par) else Challenge(entrada.desafio)

    def answer(self, challenge: Challenge, codigo: str, request: HttpRequest) -> Pair:
        return _pair(sessoes.entrar_com_codigo(texto=challenge.desafio, codigo=codigo, origem=origem_de(request)))

    def renew(self, refresh: str) -> Pair:
        return _pair(sessoes.renovar(refresh=refresh))

    def sign_out(self, refresh: str) -> None:
        sessoes.sair(refresh=refresh)


def _pair(par: sessoes.Par) -> Pair:
    return Pair(par.access, par.refresh)
