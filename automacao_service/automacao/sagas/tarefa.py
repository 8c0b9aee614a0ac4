"""The task by which somebody is to follow a saga up."""

from crm_shared.records.references import CLIENTE, EMPRESA, OPORTUNIDADE

from .definicao import Pedido, Situacao

TITULO_MAX = 200
PADRAO = {"tipo": "ligacao", "prioridade": "normal", "prazo_dias_uteis": 2}


def criar_tarefa(
    situacao: Situacao, *, titulo: str, responsavel_id: str, cliente: str | None, empresa: str | None, oportunidade: str
) -> Pedido:
    """As the saga's `tarefa` says, and where that is silent as here."""
    citados = {CLIENTE: cliente, EMPRESA: empresa, OPORTUNIDADE: oportunidade}
    corpo = {
        "titulo": titulo[:TITULO_MAX],
        **PADRAO,
        **situacao.entrada.get("tarefa", {}),
        "responsavel_id": responsavel_id,
        "vinculos": [{"recurso": recurso, "id": identifier} for recurso, identifier in citados.items() if identifier],
    }
    return Pedido("tarefas", "POST", "/tarefas", corpo)
