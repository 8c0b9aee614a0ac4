"""Every event of the system, one module per producer. docs/events.md lists them; a golden JSON Schema guards each."""

from . import auth, automacao, clientes, comunicacao, empresas, extensions, tarefas, vendas
from .base import Contract

_MODULES = (auth, clientes, empresas, vendas, comunicacao, tarefas, automacao)
_SHARED = {service: extensions.of_service(service).values() for service in extensions.SERVICES}

CONTRACTS: dict[str, type[Contract]] = {
    contract.TIPO: contract for module in _MODULES for contract in (*module.EVENTS, *_SHARED.get(module.__name__.rpartition(".")[2], ()))
}

__all__ = ["CONTRACTS", "Contract"]
