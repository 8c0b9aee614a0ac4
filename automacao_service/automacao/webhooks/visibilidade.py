"""Which events a person may be told of: those about records that he or she sees, by the same levels as in lists."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.events.contracts import CONTRACTS

# the resource whose `ler` opens the events of an entity about records that belong to somebody
_COM_DONO = {
    "clientes.cliente": "clientes",
    "clientes.lead": "leads",
    "empresas.empresa": "empresas",
    "vendas.oportunidade": "vendas",
    "comunicacao.identidade": "comunicacao",
    "comunicacao.conversa": "comunicacao",
    "comunicacao.mensagem": "comunicacao",
    "tarefas.tarefa": "tarefas",
    "automacao.fluxo": "automacao",
    "automacao.execucao": "automacao",
    "automacao.webhook": "automacao",
}
# ... about what belongs to nobody: whoever holds the scope sees all of it
_DE_TODOS = {
    "vendas.funil": "vendas",
    "vendas.etapa": "vendas",
    "vendas.motivo_perda": "vendas",
    "vendas.produto": "produtos",
    "comunicacao.canal": "comunicacao",
    "auth.equipe": "equipes",
    "auth.papel": "papeis",
    **{f"{servico}.marcador": servico for servico in ("clientes", "empresas", "vendas", "comunicacao", "tarefas")},
}


def pode_ver(quem: Principal, tipo: str, dados: Mapping[str, Any], registro_id: UUID | str) -> bool:
    """As the event itself tells whose the record was. What is listed nowhere (sessions, sagas) is for who sees every event."""
    if quem.has("eventos:ler") and quem.nivel("eventos", "ler") == "todos":
        return True
    entidade = CONTRACTS[tipo].agregado()
    if entidade == "auth.usuario":
        return _alcanca(quem, "usuarios", dono=str(registro_id), equipe=dados.get("equipe_id"))
    if entidade in _DE_TODOS:
        return quem.has(f"{_DE_TODOS[entidade]}:ler")
    recurso = _COM_DONO.get(entidade)
    return recurso is not None and _alcanca(quem, recurso, dono=dados.get("responsavel_id"), equipe=dados.get("equipe_id"))


def _alcanca(quem: Principal, recurso: str, *, dono: str | None, equipe: str | None) -> bool:
    if not quem.has(f"{recurso}:ler"):
        return False
    nivel = quem.nivel(recurso, "ler")
    proprio = dono is not None and dono == str(quem.usuario_id)
    return nivel == "todos" or proprio or (nivel == "equipe" and equipe is not None and equipe in map(str, quem.equipes))
