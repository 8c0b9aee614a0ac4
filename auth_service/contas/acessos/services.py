"""Naming a session, and ending one or all that somebody has."""

from typing import Any
from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Forbidden
from crm_shared.events.contracts import auth as eventos
from crm_shared.events.log import record
from crm_shared.records import changes

from .. import alcance
from ..models import Sessao, Usuario
from ..services import travar_ao_alcance
from ..sessoes import encerrar, encerrar_todas


@atomic
def nomear_sessao(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Sessao:
    sessao = changes.lock(Sessao, pk)
    if sessao.usuario_id != ator.usuario_id:
        raise Forbidden
    if mudancas := changes.change(sessao, dados, versao=versao):
        record(eventos.SessaoNomeada.of(sessao), sessao, mudancas)
    return sessao


@atomic
def encerrar_sessao(*, ator: Principal, pk: UUID, versao: int | None = None) -> Sessao:
    """One that is over stays as it ended. What it did meanwhile is no reason to refuse its end: `versao` is not asked for."""
    sessao = changes.lock(Sessao, pk)
    if sessao.usuario_id != ator.usuario_id:
        alcance.exigir_papel(ator, sessao.usuario.papel_id)
    encerrar(sessao, Sessao.Motivo.REMOTO)
    return sessao


@atomic
def encerrar_outras(*, ator: Principal, sid: UUID | None) -> None:
    if ator.usuario_id:
        encerrar_todas(ator.usuario_id, Sessao.Motivo.REMOTO, exceto=sid)


@atomic
def encerrar_sessoes(*, ator: Principal, pk: UUID, versao: int | None = None) -> Usuario:
    """All that somebody has, for a telephone that was lost."""
    usuario = travar_ao_alcance(ator, pk)
    encerrar_todas(usuario.pk, Sessao.Motivo.REMOTO)
    return usuario
