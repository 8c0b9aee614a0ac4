"""Signing in, staying signed in, signing out.

The session's row is the lock of its whole family of refresh tokens: refresh, logout and every other end take it first.
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from crm_shared.db import atomic
from crm_shared.events.contracts import auth as eventos
from crm_shared.events.log import record
from crm_shared.identity.emails import clean_email
from crm_shared.identity.errors import IdentityError
from crm_shared.observability.context import set_actor
from crm_shared.records import changes

from . import freio, revogacoes, segredos, senhas, tokens
from .direitos import direitos_na_sessao
from .exceptions import CodigoInvalido, CredenciaisInvalidas, RefreshInvalido, SessaoEncerrada
from .models import RefreshToken, RegistroAcesso, Sessao, Usuario
from .rede import Origem
from .segundo_fator import codigos, desafio

OCIOSA = timedelta(hours=12)
ABSOLUTA = timedelta(days=30)
GRACA = timedelta(seconds=10)  # an answer that was lost on the way may be asked for again
PASSE = timedelta(seconds=60)  # from one page of ours to the next


@dataclass(frozen=True)
class Par:
    access: str
    refresh: str


# (let in, a code is still to come) -> how the access log tells it
_RESULTADO = {
    (False, False): RegistroAcesso.Resultado.FALHA,
    (True, True): RegistroAcesso.Resultado.SENHA,
    (True, False): RegistroAcesso.Resultado.OK,
}

Elo = tuple[Sessao, str]  # a session, with its user, and the refresh token that goes on with it


@dataclass(frozen=True)
class Desafio:
    """The password was right; a code of the second factor has to follow."""

    desafio: str


def entrar(*, email: str, senha: str, origem: Origem) -> Par | Desafio:
    """Whatever is wrong costs one password hash and answers the same."""
    email = normalizado(email)
    conta = freio.conta_de(email)
    freio.tentar_entrar(conta, origem.rede)
    usuario = Usuario.objects.vivos().filter(email=email).first()
    certa = senhas.conferir(senha, usuario.password if usuario else None)
    aceito = usuario if usuario and certa and usuario.is_active else None
    pede_codigo = aceito is not None and codigos.tem(aceito.pk)
    _registrar(usuario, conta, origem, _RESULTADO[bool(aceito), pede_codigo])
    if aceito is None:
        raise CredenciaisInvalidas
    freio.reconhecer(conta, origem.rede)
    return Desafio(desafio.criar(aceito)) if pede_codigo else _par(_abrir(aceito, origem))


def entrar_com_codigo(*, texto: str, codigo: str, origem: Origem) -> Par:
    """The second step of `entrar`, for the challenge that it gave. A wrong code leaves the challenge good for another try."""
    dado = desafio.ler(texto)
    conta = freio.conta_de(dado.usuario.email)
    freio.tentar(conta, freio.CODIGO)
    certo = codigos.gastar(dado.usuario.pk, codigo)
    _registrar(dado.usuario, conta, origem, _RESULTADO[certo, False])
    if not certo:
        raise CodigoInvalido(campo="codigo")
    desafio.gastar(dado)
    freio.esquecer(conta, freio.CODIGO)
    return _par(_abrir(dado.usuario, origem, com_codigo=True))


def normalizado(email: str) -> str:
    try:
        return clean_email(email)
    except IdentityError:
        return email  # nobody's; it takes the same way to the same refusal


def _registrar(usuario: Usuario | None, conta: str, origem: Origem, resultado: str) -> None:
    RegistroAcesso.objects.create(usuario=usuario, conta=conta, resultado=resultado, ip=origem.ip or None, agente=origem.agente)


@atomic
def _abrir(conferido: Usuario, origem: Origem, *, com_codigo: bool = False) -> Elo:
    """The user's row is locked and looked at again: a deactivation, a new password or a second factor may have come since the check."""
    usuario = changes.lock(Usuario, conferido.pk)
    if not usuario.is_active or usuario.password != conferido.password or (not com_codigo and codigos.tem(usuario.pk)):
        raise CredenciaisInvalidas
    set_actor(str(usuario.pk))
    agora = timezone.now()
    sessao = changes.save_new(Sessao(usuario=usuario, agente=origem.agente, ip=origem.ip or None, absoluta_ate=agora + ABSOLUTA))
    refresh = segredos.novo()
    _guardar(refresh, sessao, None, agora)
    return sessao, refresh


def renovar(*, refresh: str) -> Par:
    """A new pair for `refresh`, which is used up. Refused outside the transaction, so that what a reuse revokes stays revoked."""
    elo = _girar(refresh)
    if elo is None:
        raise RefreshInvalido
    return _par(elo)


@atomic
def _girar(refresh: str) -> Elo | None:
    sessao = _travar_de(refresh)
    agora = timezone.now()
    if sessao is None or sessao.encerrada_em or agora >= sessao.absoluta_ate or not sessao.usuario.is_active:
        return None
    set_actor(str(sessao.usuario_id))
    sucessor = _suceder(sessao, refresh, agora)
    return (sessao, sucessor) if sucessor else None


def _suceder(sessao: Sessao, refresh: str, agora: datetime) -> str | None:
    """The successor of `refresh`: new, or the same again within the grace; None ends here, and a reuse ends the session."""
    sucessor = _derivado(refresh)
    vez = RefreshToken.objects.filter(pk=segredos.hash_de(refresh), consumido_em__isnull=True, expira_em__gt=agora)
    if vez.update(consumido_em=agora):
        _guardar(sucessor, sessao, segredos.hash_de(refresh), agora)
        return sucessor
    consumido_em = RefreshToken.objects.values_list("consumido_em", flat=True).get(pk=segredos.hash_de(refresh))
    if consumido_em is None:
        return None  # it only ran out
    if agora - consumido_em <= GRACA and RefreshToken.objects.filter(pk=segredos.hash_de(sucessor), consumido_em__isnull=True).exists():
        return sucessor
    encerrar(sessao, Sessao.Motivo.REUSO)
    record(eventos.SessaoReusoDetectado.of(sessao), sessao)
    return None


@atomic
def passar(*, sid: UUID | None) -> str:
    """A refresh token more for an open session, by which another of our pages goes on in it: works once, within PASSE."""
    sessao = _abertas().filter(pk=sid).first() if sid else None
    if sessao is None:
        raise SessaoEncerrada
    passe = segredos.novo()
    _guardar(passe, sessao, None, timezone.now(), PASSE)
    return passe


@atomic
def sair(*, refresh: str) -> None:
    """End the session of any of its refresh tokens. An unknown one is nobody's: there is nothing to end, and nothing to tell."""
    sessao = _travar_de(refresh)
    if sessao:
        set_actor(str(sessao.usuario_id))
        encerrar(sessao, Sessao.Motivo.LOGOUT)


@atomic
def sair_da_sessao(*, sid: UUID) -> None:
    for sessao in _abertas().filter(pk=sid):
        encerrar(sessao, Sessao.Motivo.LOGOUT)


def encerrar_todas(usuario_id: UUID, motivo: Sessao.Motivo, *, exceto: UUID | None = None) -> None:
    """Runs inside the transaction of what makes it necessary."""
    for sessao in _abertas().filter(usuario_id=usuario_id).exclude(pk__in=[exceto] if exceto else []):
        encerrar(sessao, motivo)


def encerrar(sessao: Sessao, motivo: Sessao.Motivo) -> None:
    """End the locked session, once, and with it every access token that came of it."""
    if sessao.encerrada_em is None:
        mudancas = changes.change(sessao, {"encerrada_em": timezone.now(), "motivo": motivo})
        revogacoes.revogar_sessao(sessao.pk)
        record(eventos.SessaoEncerrada.of(sessao), sessao, mudancas)


def _abertas() -> QuerySet[Sessao]:
    return Sessao.objects.select_for_update().filter(encerrada_em__isnull=True).order_by("pk")


def _travar_de(refresh: str) -> Sessao | None:
    sessoes = Sessao.objects.select_related("usuario").select_for_update(of=("self",))
    pk = RefreshToken.objects.filter(pk=segredos.hash_de(refresh)).values_list("sessao_id", flat=True).first()
    return sessoes.filter(pk=pk).first() if pk else None


def _par(elo: Elo) -> Par:
    """Rights are read anew each time, the person's role and team among them, and after `emitido_em`. No lock is held any more: what
    ends or changes meanwhile is refused by the revocations."""
    sessao, refresh = elo
    emitido_em = revogacoes.emitido_em(sessao.usuario_id)
    usuario = Usuario.objects.select_related("papel").get(pk=sessao.usuario_id)
    direitos = direitos_na_sessao(usuario)
    access = tokens.emitir_de_pessoa(sub=str(usuario.pk), sid=str(sessao.pk), nome=usuario.nome, direitos=direitos, emitido_em=emitido_em)
    return Par(access, refresh)


def _guardar(refresh: str, sessao: Sessao, pai: str | None, agora: datetime, validade: timedelta = OCIOSA) -> None:
    RefreshToken.objects.create(
        hash=segredos.hash_de(refresh), sessao=sessao, pai_id=pai, expira_em=min(agora + validade, sessao.absoluta_ate)
    )


def _derivado(refresh: str) -> str:
    """The successor follows from its parent and our key, so that it can be given twice and yet is kept nowhere."""
    return base64.urlsafe_b64encode(salted_hmac("contas.refresh", refresh, algorithm="sha256").digest()).rstrip(b"=").decode()
