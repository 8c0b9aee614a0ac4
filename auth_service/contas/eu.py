"""What signed-in people change about themselves."""

from typing import Any
from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Invalid, NotAuthenticated
from crm_shared.events.contracts import auth as eventos
from crm_shared.events.log import record
from crm_shared.records import changes

from . import freio, senhas
from .models import Usuario
from .rede import Origem
from .services import gravar_senha


def usuario_de(ator: Principal) -> Usuario:
    """The caller's own row, with role and team. A token may outlive its user by minutes: then it names nobody."""
    usuario: Usuario | None = Usuario.objects.vivos().select_related("papel", "equipe").filter(pk=ator.usuario_id, ativo=True).first()
    if usuario is None:
        raise NotAuthenticated("O usuário deste token não existe ou está inativo.", codigo="usuario_inativo")
    return usuario


@atomic
def atualizar_eu(*, ator: Principal, dados: dict[str, Any], versao: int | None = None) -> Usuario:
    usuario = changes.lock(Usuario, usuario_de(ator).pk)
    mudancas = changes.change(usuario, dados, versao=versao)
    if mudancas:
        record(eventos.UsuarioAtualizado.of(usuario, papel=usuario.papel.nome), usuario, mudancas)
    return usuario


def provar_senha(usuario: Usuario, senha: str, origem: Origem, campo: str) -> None:
    """Who holds a session is not yet its owner. Guessing is braked as at sign-in."""
    conta = freio.conta_de(usuario.email)
    freio.tentar(conta, origem.rede)
    if not senhas.conferir(senha, usuario.password):
        raise Invalid("A senha atual não confere.", codigo="senha_incorreta", campo=campo)
    freio.esquecer(conta, origem.rede)


def trocar_senha(*, ator: Principal, sid: UUID | None, senha_atual: str, senha_nova: str, origem: Origem) -> None:
    """Ends the person's other sessions."""
    usuario = usuario_de(ator)
    provar_senha(usuario, senha_atual, origem, "senha_atual")
    senhas.exigir_forte(senha_nova, usuario, "senha_nova")
    codificada = senhas.codificar(senha_nova)
    with atomic():
        gravar_senha(changes.lock(Usuario, usuario.pk), codificada, exceto=sid)
