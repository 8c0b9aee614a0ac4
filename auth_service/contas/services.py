"""Every write on users: one function, one transaction, one event."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Forbidden, Invalid, NotFound
from crm_shared.events.contracts import auth as eventos
from crm_shared.events.log import Change, record
from crm_shared.records import changes

from . import alcance, senhas
from .carteira import CAMPO as TRANSFERIR_PARA
from .carteira import exigir_destinatario
from .correio.models import PedidoSenha
from .exceptions import TransicaoNaoPermitida, UltimoAdministrador
from .models import Equipe, Papel, Sessao, Usuario
from .papeis_padrao import ADMINISTRADOR
from .revogacoes import revogar_pessoas
from .selectors import usuarios_visiveis
from .sessoes import encerrar_todas

EMAIL_EM_USO = "Já existe um usuário com este e-mail."


def criar_usuario(*, ator: Principal, dados: dict[str, Any]) -> Usuario:
    """`dados` with `senha` in clear; it is hashed before the transaction, which then holds its locks for a moment only."""
    senha = dados["senha"]
    usuario = Usuario(**{campo: valor for campo, valor in dados.items() if campo != "senha"})
    senhas.exigir_forte(senha, usuario, "senha")
    usuario.password = senhas.codificar(senha)
    return gravar_usuario(ator, usuario)


@atomic
def gravar_usuario(ator: Principal, usuario: Usuario) -> Usuario:
    """The new row, with its password already hashed."""
    exigir_vinculos(ator, {"papel_id": usuario.papel_id, "equipe_id": usuario.equipe_id})
    changes.refuse_duplicate(Usuario, campo="email", valor=usuario.email, detail=EMAIL_EM_USO)
    changes.save_new(usuario)
    _contar(eventos.UsuarioCriado, usuario)
    return usuario


@atomic
def atualizar_usuario(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Usuario:
    usuario = travar_ao_alcance(ator, pk)
    novos = {campo: valor for campo, valor in dados.items() if getattr(usuario, campo) != valor}
    exigir_vinculos(ator, novos)
    if "equipe_id" in novos:
        alcance.exigir_equipes(ator, usuario.equipe_id)
    if "email" in novos:
        _trocar_endereco(ator, usuario)
    changes.refuse_duplicate(Usuario, campo="email", valor=novos.get("email"), exceto=pk, detail=EMAIL_EM_USO)
    if "papel_id" in novos:
        exigir_outro_administrador(usuario)
    mudancas = changes.change(usuario, dados, versao=versao)
    if mudancas:
        _contar(eventos.UsuarioAtualizado, usuario, mudancas)
    if {"papel_id", "equipe_id"} & {item.campo for item in mudancas}:
        revogar_pessoas(pk)
    return usuario


@atomic
def desativar_usuario(*, ator: Principal, pk: UUID, versao: int | None = None, transferir_para: UUID | None = None) -> Usuario:
    """The event says to whom the person's records go; without `transferir_para` they stay where they are."""
    usuario = travar_ao_alcance(ator, pk)
    if not usuario.ativo:
        raise TransicaoNaoPermitida
    exigir_outro_administrador(usuario)
    if transferir_para:
        exigir_destinatario(ator, usuario, transferir_para)
    mudancas = changes.change(usuario, {"ativo": False}, versao=versao)
    encerrar_todas(pk, Sessao.Motivo.DESATIVACAO)
    PedidoSenha.objects.filter(usuario=usuario).delete()  # nor would it be good again after a return
    _contar(eventos.UsuarioDesativado, usuario, [*mudancas, *_entrega(transferir_para)], transferir_para=transferir_para)
    revogar_pessoas(pk)
    return usuario


@atomic
def entregar_carteira(*, ator: Principal, pk: UUID, transferir_para: UUID, versao: int | None = None) -> Usuario:
    """The records of somebody deactivated before go to `transferir_para`."""
    usuario = travar_ao_alcance(ator, pk)
    if usuario.ativo:
        raise TransicaoNaoPermitida("Só se entrega a carteira de quem foi desativado.")
    exigir_destinatario(ator, usuario, transferir_para)
    if versao is not None and versao != usuario.versao:
        changes.refuse_overlap(usuario, _entrega(transferir_para), versao)
    changes.touch(usuario)
    _contar(eventos.UsuarioEntregaPedida, usuario, _entrega(transferir_para), transferir_para=transferir_para)
    return usuario


def _trocar_endereco(ator: Principal, usuario: Usuario) -> None:
    """Who has the address gets a new password by mail: it takes what setting the password takes, and no earlier link is good any more."""
    ao_alcance = usuarios_visiveis(Usuario.objects.filter(pk=usuario.pk), ator, "administrar")
    if not ator.has("usuarios:administrar") or not ao_alcance.exists():
        raise Forbidden("Trocar o e-mail de alguém pede usuarios:administrar.", codigo="escopo_ausente", campo="email")
    PedidoSenha.objects.filter(usuario=usuario).delete()


def _entrega(para: UUID | None) -> list[Change]:
    """What the person's history tells of it."""
    return [Change(TRANSFERIR_PARA, None, str(para))] if para else []


@atomic
def reativar_usuario(*, ator: Principal, pk: UUID, versao: int | None = None) -> Usuario:
    usuario = travar_ao_alcance(ator, pk)
    if usuario.ativo:
        raise TransicaoNaoPermitida
    mudancas = changes.change(usuario, {"ativo": True}, versao=versao)
    _contar(eventos.UsuarioReativado, usuario, mudancas)
    return usuario


@atomic
def excluir_usuario(*, ator: Principal, pk: UUID, versao: int | None = None) -> Usuario:
    usuario = travar_ao_alcance(ator, pk)
    exigir_outro_administrador(usuario)
    mudancas = changes.soft_delete(usuario, versao=versao)
    encerrar_todas(pk, Sessao.Motivo.EXCLUSAO)
    _contar(eventos.UsuarioExcluido, usuario, mudancas)
    revogar_pessoas(pk)
    return usuario


@atomic
def restaurar_usuario(*, ator: Principal, pk: UUID) -> Usuario:
    usuario = travar_ao_alcance(ator, pk, deleted=True)
    exigir_vinculos(ator, {"papel_id": usuario.papel_id, "equipe_id": usuario.equipe_id})
    changes.refuse_duplicate(Usuario, campo="email", valor=usuario.email, exceto=pk, detail=EMAIL_EM_USO)
    mudancas = changes.restore(usuario)
    _contar(eventos.UsuarioRestaurado, usuario, mudancas)
    return usuario


def definir_senha(*, ator: Principal, pk: UUID, senha: str, versao: int | None = None) -> Usuario:
    """A password set for somebody: all sessions of that person end."""
    alvo = Usuario.objects.vivos().filter(pk=pk).first()
    if alvo is None:
        raise NotFound
    senhas.exigir_forte(senha, alvo, "senha")
    codificada = senhas.codificar(senha)
    with atomic():
        usuario = travar_ao_alcance(ator, pk)
        gravar_senha(usuario, codificada, versao=versao)
    return usuario


def gravar_senha(usuario: Usuario, codificada: str, *, exceto: UUID | None = None, versao: int | None = None) -> None:
    """On the locked user: the new hash, the end of the sessions but `exceto`, the event."""
    mudancas = [Change("senha", None, None)]  # that it changed, never what it was
    if versao is not None and versao != usuario.versao:
        changes.refuse_overlap(usuario, mudancas, versao)
    usuario.password = codificada
    changes.touch(usuario)
    PedidoSenha.objects.filter(usuario=usuario).delete()  # a link that was mailed before would undo it
    encerrar_todas(usuario.pk, Sessao.Motivo.SENHA, exceto=exceto)
    _contar(eventos.UsuarioSenhaAlterada, usuario, mudancas)


def exigir_outro_administrador(usuario: Usuario) -> None:
    """Before the user stops being one: another active administrator remains. The role's row is the lock for all who ask."""
    administrador = Papel.objects.select_for_update(no_key=True).filter(pk=usuario.papel_id, nome=ADMINISTRADOR, sistema=True)
    if not usuario.is_active or not administrador.exists():
        return
    if not Usuario.objects.vivos().filter(papel_id=usuario.papel_id, ativo=True).exclude(pk=usuario.pk).exists():
        raise UltimoAdministrador


def travar_ao_alcance(ator: Principal, pk: UUID, *, deleted: bool = False) -> Usuario:
    """The locked user, whom the actor may touch. One's own record is always within reach."""
    usuario = changes.lock(Usuario, pk, deleted=deleted)
    alcance.exigir_pessoa(ator, usuario)
    return usuario


def exigir_vinculos(ator: Principal, dados: dict[str, Any]) -> None:
    """Role and team are there, stay there until the end of the transaction, and are the actor's to give."""
    papel_id, equipe_id = dados.get("papel_id"), dados.get("equipe_id")
    if papel_id:
        if not Papel.objects.vivos().select_for_update(no_key=True).filter(pk=papel_id).exists():
            raise Invalid("Papel não encontrado.", codigo="inexistente", campo="papel_id")
        alcance.exigir_papel(ator, papel_id)
    if equipe_id:
        if not Equipe.objects.vivos().select_for_update(no_key=True).filter(pk=equipe_id).exists():
            raise Invalid("Equipe não encontrada.", codigo="inexistente", campo="equipe_id")
        alcance.exigir_equipes(ator, equipe_id)


def _contar(evento: type[eventos.Usuario], usuario: Usuario, mudancas: Sequence[Change] = (), **outros: Any) -> None:
    record(evento.of(usuario, papel=usuario.papel.nome, **outros), usuario, mudancas)
