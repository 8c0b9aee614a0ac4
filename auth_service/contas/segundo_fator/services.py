"""Giving oneself a second factor, and losing it. What ends or begins it ends the person's other sessions."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Conflict, Invalid
from crm_shared.events.contracts import auth as eventos
from crm_shared.events.log import Change, record
from crm_shared.records import changes

from .. import freio
from ..eu import provar_senha, usuario_de
from ..models import Sessao, Usuario
from ..rede import Origem
from ..services import travar_ao_alcance
from ..sessoes import encerrar_todas
from . import codigos
from .models import CodigoRecuperacao, SegundoFator


@dataclass(frozen=True)
class Novo:
    segredo: str
    otpauth: str


class FatorAtivo(Conflict):
    codigo = "segundo_fator_ativo"
    detail = "O segundo fator já está ativo. Desative-o antes de trocar de aparelho."


class FatorAusente(Conflict):
    codigo = "segundo_fator_ausente"
    detail = "Não há segundo fator a confirmar ou desativar."


def situacao(usuario: Usuario) -> dict[str, Any]:
    confirmado_em = SegundoFator.objects.filter(usuario=usuario).values_list("confirmado_em", flat=True).first()
    livres = CodigoRecuperacao.objects.filter(usuario=usuario, usado_em__isnull=True).count()
    return {
        "ativo": confirmado_em is not None,
        "confirmado_em": confirmado_em,
        "exigido": usuario.papel.exige_segundo_fator,
        "codigos_livres": livres,
    }


def iniciar(*, ator: Principal, senha: str, origem: Origem) -> Novo:
    """A secret to put into an app, told this once. It asks for nothing until `confirmar`; a second call replaces it."""
    usuario = usuario_de(ator)
    provar_senha(usuario, senha, origem, "senha")
    segredo, selado = codigos.novo_segredo()
    with atomic():
        changes.lock(Usuario, usuario.pk)
        if codigos.tem(usuario.pk):
            raise FatorAtivo
        SegundoFator.objects.update_or_create(usuario=usuario, defaults={"segredo": selado, "ultimo_passo": 0})
    return Novo(segredo, codigos.otpauth(segredo, usuario.email))


@atomic
def confirmar(*, ator: Principal, sid: UUID | None, codigo: str) -> list[str]:
    """The first code of the app turns the second factor on. Answers the recovery codes, told this once."""
    usuario = changes.lock(Usuario, usuario_de(ator).pk)
    fator = SegundoFator.objects.select_for_update().filter(usuario=usuario).first()
    if fator is None or fator.confirmado_em is not None:
        raise FatorAusente if fator is None else FatorAtivo
    _exigir(usuario, codigos.gastar_do_app, fator, codigo)
    fator.confirmado_em = timezone.now()
    fator.save(update_fields=["confirmado_em"])
    _contar(eventos.UsuarioSegundoFatorAtivado, usuario, ativo=True)
    encerrar_todas(usuario.pk, Sessao.Motivo.FATOR, exceto=sid)
    return codigos.novos_do_papel(usuario.pk)


def renovar_codigos(*, ator: Principal, senha: str, codigo: str, origem: Origem) -> list[str]:
    """Other recovery codes, told this once; the former ones are good no more."""
    usuario = _provar_tudo(ator, senha, codigo, origem)
    with atomic():
        _contar(eventos.UsuarioCodigosRenovados, changes.lock(Usuario, usuario.pk), ativo=True)
        return codigos.novos_do_papel(usuario.pk)


def desativar(*, ator: Principal, sid: UUID | None, senha: str, codigo: str, origem: Origem) -> None:
    """Whose role asks for it must then give himself another before he can do anything else."""
    usuario = _provar_tudo(ator, senha, codigo, origem)
    with atomic():
        _tirar(changes.lock(Usuario, usuario.pk), eventos.UsuarioSegundoFatorDesativado, exceto=sid)


@atomic
def redefinir_segundo_fator(*, ator: Principal, pk: UUID, versao: int | None = None) -> Usuario:
    """For somebody who lost phone and paper: the next sign-in asks for the password alone."""
    usuario = travar_ao_alcance(ator, pk)
    if not codigos.tem(pk):
        raise FatorAusente
    if versao not in (None, usuario.versao):
        changes.refuse_overlap(usuario, [_mudanca(ativo=False)], versao or 0)
    _tirar(usuario, eventos.UsuarioSegundoFatorRedefinido)
    return usuario


def provar_codigo(usuario: Usuario, codigo: str) -> None:
    """Raises Invalid. Guessing is braked for the account from wherever it comes: only who knows the password gets here."""
    _exigir(usuario, codigos.gastar, usuario.pk, codigo)


def _exigir(usuario: Usuario, gastar: Any, *alvo: Any) -> None:
    conta = freio.conta_de(usuario.email)
    freio.tentar(conta, freio.CODIGO)
    if not gastar(*alvo):
        raise Invalid("O código não confere.", codigo="codigo_incorreto", campo="codigo")
    freio.esquecer(conta, freio.CODIGO)


def _provar_tudo(ator: Principal, senha: str, codigo: str, origem: Origem) -> Usuario:
    usuario = usuario_de(ator)
    if not codigos.tem(usuario.pk):
        raise FatorAusente
    provar_senha(usuario, senha, origem, "senha")
    provar_codigo(usuario, codigo)
    return usuario


def _tirar(usuario: Usuario, evento: type[eventos.Usuario], *, exceto: UUID | None = None) -> None:
    SegundoFator.objects.filter(usuario=usuario).delete()
    CodigoRecuperacao.objects.filter(usuario=usuario).delete()
    _contar(evento, usuario, ativo=False)
    encerrar_todas(usuario.pk, Sessao.Motivo.FATOR, exceto=exceto)


def _contar(evento: type[eventos.Usuario], usuario: Usuario, *, ativo: bool) -> None:
    changes.touch(usuario)
    record(evento.of(usuario, papel=usuario.papel.nome), usuario, [_mudanca(ativo=ativo)])


def _mudanca(*, ativo: bool) -> Change:
    return Change("segundo_fator", None, ativo)
