"""Inviting somebody, who then chooses the own password: nobody else ever knows it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Conflict, Invalid
from crm_shared.events.contracts import auth as eventos
from crm_shared.events.log import Change, record
from crm_shared.observability.context import set_actor
from crm_shared.records import changes

from .. import alcance, segredos, senhas
from ..correio.models import Correio
from ..correio.saida import exigir_correio, por_no_correio
from ..direitos import direitos_de
from ..exceptions import AlcanceExcedido
from ..models import Usuario
from ..services import EMAIL_EM_USO, exigir_vinculos, gravar_usuario
from .models import Convite

VALIDADE = timedelta(days=7)


class ConviteInvalido(Invalid):
    codigo = "convite_invalido"
    detail = "Este convite não existe, já foi usado, foi cancelado ou passou do prazo."


class ConviteEncerrado(Conflict):
    codigo = "convite_encerrado"
    detail = "Este convite já foi aceito ou cancelado."


@atomic
def criar_convite(*, ator: Principal, dados: dict[str, Any]) -> Convite:
    """Role and team must be the actor's to give, now; the message leaves in a moment."""
    exigir_correio()
    exigir_vinculos(ator, dados)
    changes.refuse_duplicate(Usuario, campo="email", valor=dados["email"], detail=EMAIL_EM_USO)
    _recusar_outro(dados["email"])
    convite = Convite(**dados, convidado_por_id=ator.usuario_id, expira_em=timezone.now() + VALIDADE)
    changes.save_new(convite)
    por_no_correio(Correio.Tipo.CONVITE, str(convite.pk))
    _contar(eventos.ConviteCriado, convite)
    return convite


@atomic
def reenviar_convite(*, ator: Principal, pk: UUID, versao: int | None = None) -> Convite:
    """Another message, another link, seven more days: the former link is good no more. Whoever sends it answers for it from now on."""
    exigir_correio()
    convite = _travar_pendente(ator, pk)
    exigir_vinculos(ator, {"papel_id": convite.papel_id, "equipe_id": convite.equipe_id})
    novos = {"hash": "", "expira_em": timezone.now() + VALIDADE, "convidado_por_id": ator.usuario_id}
    mudancas = changes.change(convite, novos, versao=versao)
    por_no_correio(Correio.Tipo.CONVITE, str(convite.pk))
    _contar(eventos.ConviteReenviado, convite, _sem_hash(mudancas))
    return convite


@atomic
def cancelar_convite(*, ator: Principal, pk: UUID, versao: int | None = None) -> Convite:
    convite = _travar_pendente(ator, pk)
    mudancas = changes.change(convite, {"estado": Convite.Estado.CANCELADO, "hash": ""}, versao=versao)
    _contar(eventos.ConviteCancelado, convite, _sem_hash(mudancas))
    return convite


def aceitar_convite(*, token: str, nome: str, senha: str) -> Usuario:
    """The user that the invitation becomes. The password is hashed before anything is locked."""
    convite = Convite.objects.filter(hash=segredos.hash_de(token)).first()
    if convite is None or not convite.vale:
        raise ConviteInvalido(campo="token")
    usuario = Usuario(nome=nome, email=convite.email, papel_id=convite.papel_id, equipe_id=convite.equipe_id)
    senhas.exigir_forte(senha, usuario, "senha")
    usuario.password = senhas.codificar(senha)
    return _aceitar(convite, usuario)


@atomic
def _aceitar(lido: Convite, usuario: Usuario) -> Usuario:
    convite = changes.lock(Convite, lido.pk)
    if not convite.vale or convite.hash != lido.hash:
        raise ConviteInvalido(campo="token")
    set_actor(str(usuario.pk))
    try:
        gravar_usuario(_responsavel(convite), usuario)
    except AlcanceExcedido:
        raise ConviteInvalido(campo="token") from None
    mudancas = changes.change(convite, {"estado": Convite.Estado.ACEITO, "usuario_id": usuario.pk, "hash": ""})
    _contar(eventos.ConviteAceito, convite, _sem_hash(mudancas))
    return usuario


def _responsavel(convite: Convite) -> Principal:
    """The inviter, with what he may now: who was dismissed leaves no door open. Raises AlcanceExcedido."""
    if convite.convidado_por_id is None:
        return alcance.SISTEMA
    direitos = direitos_de(convite.convidado_por)
    if not convite.convidado_por.is_active or "usuarios:criar" not in direitos.niveis:
        raise AlcanceExcedido
    return Principal(str(convite.convidado_por_id), frozenset(direitos.niveis), direitos.vis, direitos.equipes, campos=direitos.campos)


def _recusar_outro(email: str) -> None:
    outro = Convite.objects.vivos().filter(email=email, estado=Convite.Estado.PENDENTE).values_list("pk", flat=True).first()
    if outro:
        detail = "Já há um convite pendente para este e-mail. Reenvie-o ou cancele-o."
        raise Conflict(detail, codigo="duplicado", campo="email", registro_id=str(outro))


def _travar_pendente(ator: Principal, pk: UUID) -> Convite:
    convite = changes.lock(Convite, pk)
    alcance.exigir_papel(ator, convite.papel_id)
    if convite.estado != Convite.Estado.PENDENTE:
        raise ConviteEncerrado
    return convite


def _sem_hash(mudancas: Sequence[Change]) -> list[Change]:
    return [mudanca for mudanca in mudancas if mudanca.campo != "hash"]


def _contar(evento: type[eventos.Convite], convite: Convite, mudancas: Sequence[Change] = ()) -> None:
    record(evento.of(convite, papel=convite.papel.nome), convite, mudancas)
