"""Every event of the system, one module per producer. docs/events.md lists them; a golden JSON Schema guards each."""

from . import auth, automacao, clientes, comunicacao, empresas, tarefas, vendas
from .base import Contract

CONTRACTS: dict[str, type[Contract]] = {
    contract.TIPO: contract for module in (auth, clientes, empresas, vendas, comunicacao, tarefas, automacao) for contract in module.EVENTS
}

__all__ = ["CONTRACTS", "Contract"]
