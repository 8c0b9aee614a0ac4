"""What a flow may know of each event: the fields of its contract, by name and kind."""

from dataclasses import dataclass, fields
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from crm_shared.events.contracts import CONTRACTS
from crm_shared.events.contracts.base import is_personal
from crm_shared.q.events import event_fields

from .condicoes import OPERADORES

_TIPOS = {str: "texto", int: "numero", float: "numero", bool: "logico", list: "lista", dict: "objeto", Any: "objeto"}
_OPERADORES_DE = {
    "texto": tuple(OPERADORES),
    "numero": ("igual", "diferente", "em", "existe", "maior", "menor"),
    "logico": ("igual", "diferente", "existe"),
    "lista": ("contem", "existe"),
    "objeto": ("existe",),
}


@dataclass(frozen=True)
class Campo:
    nome: str
    tipo: str
    opcional: bool
    pessoal: bool

    @property
    def operadores(self) -> tuple[str, ...]:
        return _OPERADORES_DE[self.tipo]


@cache
def campos_de(evento_tipo: str) -> dict[str, Campo]:
    """Raises KeyError for an event that does not exist."""
    contract = CONTRACTS[evento_tipo]
    hints = get_type_hints(contract)
    return {item.name: _campo(item.name, hints[item.name], is_personal(item)) for item in fields(contract)}


def _campo(nome: str, hint: Any, pessoal: bool) -> Campo:
    options = [option for option in (get_args(hint) if NoneType in get_args(hint) else (hint,)) if option is not NoneType]
    kind = get_origin(options[0]) or options[0]
    return Campo(nome, _TIPOS[kind], opcional=NoneType in get_args(hint), pessoal=pessoal)


def catalogo() -> list[dict[str, Any]]:
    """Every event that may start a flow, with what its conditions and texts may use."""
    return [
        {
            "tipo": tipo,
            "recurso": contract.agregado(),
            "campos": [
                {
                    "nome": c.nome,
                    "tipo": c.tipo,
                    "opcional": c.opcional,
                    "pessoal": c.pessoal,
                    "operadores": list(c.operadores),
                    "q": conhecidos[c.nome].kind if c.nome in conhecidos else "",
                }
                for c in campos_de(tipo).values()
            ],
        }
        for tipo, contract in CONTRACTS.items()
        for conhecidos in [event_fields(tipo)]
    ]
