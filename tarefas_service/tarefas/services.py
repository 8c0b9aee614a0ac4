"""Every write on tasks: one function, one transaction, one event."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Invalid
from crm_shared.events.contracts import tarefas as eventos
from crm_shared.events.log import record
from crm_shared.records import changes
from crm_shared.records.ownership import with_owner
from crm_shared.records.references import USUARIO, cite

from . import vinculos
from .calendario import hoje
from .exceptions import TransicaoNaoPermitida
from .models import ABERTAS, Tarefa
from .prazos import com_prazo, com_vence_em, com_vencimento


@atomic
def criar_tarefa(*, ator: Principal, dados: dict[str, Any]) -> Tarefa:
    """`dados` may hold `vinculos` and, in place of a due date, `prazo_dias_uteis` with an optional `uf`."""
    dados = with_owner(ator, com_vencimento(com_prazo(dados), Tarefa()), recurso="tarefas", creating=True)
    citados = vinculos.citar(dados.pop("vinculos", []))
    cite(USUARIO, ator.usuario_id)
    tarefa = changes.save_new(Tarefa(**dados, criador_id=ator.usuario_id))
    tarefa.vinculos = citados
    vinculos.gravar(tarefa)
    record(eventos.TarefaCriada.of(tarefa), tarefa)
    return tarefa


@atomic
def atualizar_tarefa(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Tarefa:
    tarefa = _travar(pk)
    dados = with_owner(ator, com_vencimento(dados, tarefa), recurso="tarefas", present=tarefa.responsavel_id)
    if "vinculos" in dados:
        dados = {**dados, "vinculos": vinculos.citar(dados["vinculos"])}
    return _gravar(tarefa, dados, eventos.TarefaAtualizada, versao)


@atomic
def excluir_tarefa(*, ator: Principal, pk: UUID, versao: int | None = None) -> Tarefa:
    tarefa = _travar(pk)
    mudancas = changes.soft_delete(tarefa, versao=versao)
    record(eventos.TarefaExcluida.of(tarefa), tarefa, mudancas)
    return tarefa


@atomic
def restaurar_tarefa(*, ator: Principal, pk: UUID) -> Tarefa:
    tarefa = _travar(pk, deleted=True)
    mudancas = changes.restore(tarefa)
    record(eventos.TarefaRestaurada.of(tarefa), tarefa, mudancas)
    return tarefa


@atomic
def iniciar_tarefa(*, ator: Principal, pk: UUID, versao: int | None = None) -> Tarefa:
    return _transitar(pk, Tarefa.Estado.EM_ANDAMENTO, eventos.TarefaIniciada, versao)


@atomic
def concluir_tarefa(*, ator: Principal, pk: UUID, resultado: str = "", versao: int | None = None) -> Tarefa:
    agora = timezone.now()
    return _transitar(pk, Tarefa.Estado.CONCLUIDA, eventos.TarefaConcluida, versao, resultado=resultado, concluida_em=agora)


@atomic
def cancelar_tarefa(*, ator: Principal, pk: UUID, motivo: str, versao: int | None = None) -> Tarefa:
    return _transitar(pk, Tarefa.Estado.CANCELADA, eventos.TarefaCancelada, versao, motivo_cancelamento=motivo)


@atomic
def reabrir_tarefa(*, ator: Principal, pk: UUID, versao: int | None = None) -> Tarefa:
    """Back to the start from any other state; what told of that state is kept by the history alone."""
    return _transitar(pk, Tarefa.Estado.PENDENTE, eventos.TarefaReaberta, versao)


@atomic
def adiar_tarefa(*, ator: Principal, pk: UUID, ate: date, versao: int | None = None) -> Tarefa:
    """Put off until a day to come; the due date stays as it was promised."""
    if ate <= hoje():
        raise Invalid("Adie para um dia futuro.", codigo="data_passada", campo="ate")
    return _transitar(pk, Tarefa.Estado.ADIADA, eventos.TarefaAdiada, versao, adiada_ate=ate)


@atomic
def delegar_tarefa(*, ator: Principal, pk: UUID, responsavel_id: UUID, versao: int | None = None) -> Tarefa:
    tarefa = _travar(pk)
    if tarefa.estado not in ABERTAS:
        raise TransicaoNaoPermitida("Só se delega uma tarefa aberta.", atual=tarefa.estado)
    dados = with_owner(ator, {"responsavel_id": responsavel_id}, recurso="tarefas", present=tarefa.responsavel_id)
    return _gravar(tarefa, dados, eventos.TarefaDelegada, versao)


def _travar(pk: UUID, *, deleted: bool = False) -> Tarefa:
    tarefa = changes.lock(Tarefa, pk, deleted=deleted)
    vinculos.carregar(tarefa)
    return tarefa


def _transitar(pk: UUID, estado: Tarefa.Estado, evento: type[eventos.Tarefa], versao: int | None, **do_estado: Any) -> Tarefa:
    tarefa = _travar(pk)
    if estado not in Tarefa.TRANSICOES[tarefa.estado]:
        raise TransicaoNaoPermitida(f"Uma tarefa {tarefa.get_estado_display()} não pode passar a {estado.label}.", atual=tarefa.estado)
    dados = {**Tarefa.SO_DE_UM_ESTADO, "estado": estado, **do_estado}
    return _gravar(tarefa, com_vence_em(dados, tarefa), evento, versao)


def _gravar(tarefa: Tarefa, dados: dict[str, Any], evento: type[eventos.Tarefa], versao: int | None) -> Tarefa:
    mudancas = changes.change(tarefa, dados, versao=versao)
    if mudancas:
        if any(item.campo == "vinculos" for item in mudancas):
            vinculos.gravar(tarefa)
        record(evento.of(tarefa), tarefa, mudancas)
    return tarefa
