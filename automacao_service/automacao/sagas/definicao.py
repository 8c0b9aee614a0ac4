"""The shape of a saga's declaration. Each step is one request; what it answers is read before and undone after by pure functions.

Up to the pivot a step that fails sends the saga back: what was done is undone, the last first. From the pivot on there
is no way back, so each later step may fail without harm (`opcional`): the saga goes on and ends complete.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

Saida = dict[str, Any]


@dataclass(frozen=True)
class Situacao:
    """What a step knows: what the saga was started with, by whom, and what the earlier steps kept, by step."""

    alvo_id: UUID
    responsavel_id: UUID
    entrada: Mapping[str, Any]
    saidas: Mapping[str, Saida]

    def de(self, passo: str, campo: str) -> Any:
        """What `passo` kept under that name; None where it was not needed or kept no such thing."""
        return self.saidas.get(passo, {}).get(campo)


@dataclass(frozen=True)
class Pedido:
    """A request to a service. The same situation gives the same bytes: services refuse a key that comes with another body."""

    servico: str
    metodo: str
    caminho: str
    corpo: dict[str, Any] | None = None
    filtros: Mapping[str, str] = field(default_factory=dict)

    @property
    def le(self) -> bool:
        return self.metodo == "GET"


def nada(_situacao: Situacao, _resposta: Any) -> Saida:
    return {}


@dataclass(frozen=True)
class Recuo:
    """One of several requests that undo a step together. `ja`: refusals by which there is nothing to do; `conferir` may raise EmCurso."""

    pedido: Callable[[Saida], Pedido]
    ja: frozenset[str] = frozenset()
    conferir: Callable[[Any], None] = lambda _resposta: None


@dataclass(frozen=True)
class Passo:
    """`pedido` gives None where there is nothing to do; `ler` picks from the answer what later steps need, or raises Refused, or
    EmCurso to ask again.

    `trava` names what no other saga may touch until this one is over. `prazo`: seconds for one request, retries included.
    """

    nome: str
    pedido: Callable[[Situacao], Pedido | None]
    ler: Callable[[Situacao, Any], Saida] = nada
    desfazer: Callable[[Saida], Pedido] | None = None
    recuos: tuple[Recuo, ...] = ()
    pivo: bool = False
    opcional: bool = False
    le: bool = False
    trava: Callable[[Situacao], str | None] | None = None
    prazo: float = 8.0
    tentativas: int = 6


@dataclass(frozen=True)
class Definicao:
    """A flow. `recurso`: whose visibility it has; `escopos`: what its starter needs from the beginning.

    A change that a saga under way would not survive is a new `versao`; the old one stays until its last saga has ended.
    `uma_vez`: once complete, never again on the same target. `em_fila`: another on the same target begins and waits at the lock
    of its first step, instead of being refused while the first is under way.
    """

    nome: str
    versao: int
    recurso: str
    escopos: tuple[str, ...]
    alvo_recurso: str
    passos: tuple[Passo, ...]
    uma_vez: bool = False
    em_fila: bool = False

    def __post_init__(self) -> None:
        pivos = [passo.nome for passo in self.passos if passo.pivo]
        if len({passo.nome for passo in self.passos}) != len(self.passos) or len(pivos) > 1:
            raise ValueError(f"{self.nome}: each step has its own name, and one at most is the pivot")
        if sum(passo.trava is not None for passo in self.passos) > 1:
            raise ValueError(f"{self.nome}: one lock at most, or two sagas could wait for each other")
        if self.em_fila and not self.passos[0].trava:
            raise ValueError(f"{self.nome}: those that wait for each other wait at the first step")
        depois = False
        for passo in self.passos:
            if depois and not passo.opcional:
                raise ValueError(f"{self.nome}.{passo.nome}: after the pivot nothing may fail for good, so each step is optional")
            if not (depois or passo.pivo or passo.le or passo.desfazer or passo.recuos):
                raise ValueError(f"{self.nome}.{passo.nome}: before the pivot each step can be undone")
            depois |= passo.pivo

    def ordem(self, nome: str) -> int:
        return next(indice for indice, passo in enumerate(self.passos) if passo.nome == nome)

    def depois_do_pivo(self, ordem: int) -> bool:
        return any(passo.pivo for passo in self.passos[:ordem])
