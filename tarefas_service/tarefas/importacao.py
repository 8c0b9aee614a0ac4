"""Tasks from spreadsheets, each row by the service function that a request would call."""

from typing import Any

from crm_shared.api.viewsets import RecordServices
from crm_shared.auth.principal import Principal
from crm_shared.imports.declared import Importable, column_key
from crm_shared.records.models import Record

from . import services
from .models import Tarefa
from .serializers import TarefaNovaSerializer


def _um_so_vencimento(_ator: Principal, dados: dict[str, Any], tarefa: Record | None) -> dict[str, Any]:
    """The due date that a row names takes the place of the other kind; said here, so that undoing brings that one back."""
    if tarefa is None or ("vencimento_data" in dados) == ("vencimento_em" in dados):
        return dados
    return {**dados, ("vencimento_em" if "vencimento_data" in dados else "vencimento_data"): None}


TAREFAS = Importable(
    recurso="tarefas",
    colecao="tarefas",
    model=Tarefa,
    serializer=TarefaNovaSerializer,
    single=RecordServices(services.criar_tarefa, services.atualizar_tarefa, services.excluir_tarefa, services.restaurar_tarefa),
    keys={"titulo": column_key("titulo", suggested=False)},
    only_new=("prazo_dias_uteis", "uf"),
    prepare=_um_so_vencimento,
    headers={
        "titulo": ("tarefa", "atividade", "task", "task name", "activity"),
        "tipo": ("type", "tipo de atividade"),
        "notas": ("notes", "observacoes", "obs", "descricao", "description", "comentarios"),
        "duracao_min": ("duracao", "minutos", "duration", "minutes"),
        "vencimento_em": ("data e hora", "due at", "vence em"),
        "inicio": ("start", "comeco"),
    },
    words={
        "tipo": {"call": "ligacao", "telefonema": "ligacao", "meeting": "reuniao", "task": "tarefa", "visit": "visita", "mail": "email"},
        "prioridade": {"low": "baixa", "high": "alta", "urgent": "urgente", "medium": "normal", "média": "normal"},
    },
)
IMPORTAVEIS = {"tarefas": TAREFAS}
