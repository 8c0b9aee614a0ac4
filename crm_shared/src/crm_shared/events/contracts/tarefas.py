"""What tarefas tells: things to do, by whom and until when."""

from dataclasses import dataclass

from .base import Contract, Data, Instante, pessoal
from .extensions import ExtensibleContract


@dataclass(frozen=True, kw_only=True)
class Tarefa(ExtensibleContract):
    """A task. Due on `vencimento_data` (a date) or at `vencimento_em` (an instant), never both.

    `vinculos` lists the records that it is about: {"recurso": "clientes.cliente", "id": ...}. `criador_id` is the
    person who, or for whom a service, created it.
    """

    titulo: str
    tipo: str
    estado: str
    prioridade: str
    vencimento_data: Data | None
    vencimento_em: Instante | None
    inicio: Instante | None
    duracao_min: int | None
    adiada_ate: Instante | None
    concluida_em: Instante | None
    resultado: str = pessoal()
    motivo_cancelamento: str
    responsavel_id: str | None
    equipe_id: str | None
    criador_id: str | None
    vinculos: list[dict[str, str]]


class TarefaCriada(Tarefa):
    TIPO = "tarefas.tarefa.criada.v1"


class TarefaAtualizada(Tarefa):
    TIPO = "tarefas.tarefa.atualizada.v1"


class TarefaIniciada(Tarefa):
    TIPO = "tarefas.tarefa.iniciada.v1"


class TarefaConcluida(Tarefa):
    TIPO = "tarefas.tarefa.concluida.v1"


class TarefaCancelada(Tarefa):
    TIPO = "tarefas.tarefa.cancelada.v1"


class TarefaReaberta(Tarefa):
    TIPO = "tarefas.tarefa.reaberta.v1"


class TarefaAdiada(Tarefa):
    TIPO = "tarefas.tarefa.adiada.v1"


class TarefaDelegada(Tarefa):
    TIPO = "tarefas.tarefa.delegada.v1"


class TarefaExcluida(Tarefa):
    TIPO = "tarefas.tarefa.excluida.v1"


class TarefaRestaurada(Tarefa):
    TIPO = "tarefas.tarefa.restaurada.v1"


EVENTS: tuple[type[Contract], ...] = (
    TarefaCriada,
    TarefaAtualizada,
    TarefaIniciada,
    TarefaConcluida,
    TarefaCancelada,
    TarefaReaberta,
    TarefaAdiada,
    TarefaDelegada,
    TarefaExcluida,
    TarefaRestaurada,
)
