"""What a service with main records tells of their tags, and how its records' own events carry them."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

from .base import Contract, pessoal

SERVICES = ("clientes", "empresas", "vendas", "comunicacao", "tarefas")
_MASCULINE, _FEMININE = ("criado", "atualizado", "excluido", "restaurado"), ("criada", "atualizada", "excluida", "restaurada")


@dataclass(frozen=True, kw_only=True)
class ExtensibleContract(Contract):
    """Of a main record; `marcadores` are slugs, `extras` and `extras_pessoais` custom fields by `chave`."""

    marcadores: list[str] = field(default_factory=list)
    extras: dict[str, Any] = field(default_factory=dict)
    extras_pessoais: dict[str, Any] = field(default_factory=dict, metadata={"pessoal": True})

    @classmethod
    def of(cls, record: Any, **other: Any) -> Self:
        return super().of(record, **{**record.told(), **other})


@dataclass(frozen=True, kw_only=True)
class Marcador(Contract):
    """A tag's definition. Records name it by `slug`."""

    nome: str
    slug: str
    cor: str


@dataclass(frozen=True, kw_only=True)
class Exportacao(Contract):
    """Data that leaves the system: which collection, by which filters, which columns; `pedida` and each time `baixada`."""

    recurso: str
    filtro: dict[str, str]
    campos: list[str]
    formato: str


@dataclass(frozen=True, kw_only=True)
class CampoPersonalizado(Contract):
    """A custom field's definition."""

    recurso: str
    chave: str
    rotulo: str
    tipo: str
    opcoes: list[Any]
    alvo: str
    obrigatorio: bool
    unico: bool
    indexado: bool
    padrao: Any
    regex: str
    ajuda: str
    somente_leitura: bool
    dado_pessoal: bool
    sensivel: bool


@dataclass(frozen=True, kw_only=True)
class Nota(Contract):
    """A note on the record `registro_id`, which is one of `recurso`."""

    recurso: str
    registro_id: str
    texto: str = pessoal()
    fixada: bool
    autor_id: str | None


@dataclass(frozen=True, kw_only=True)
class Anexo(Contract):
    """A file attached to the record `registro_id`, which is one of `recurso`; `tamanho` in bytes."""

    recurso: str
    registro_id: str
    nome: str = pessoal()
    tipo: str
    tamanho: int
    sha256: str
    autor_id: str | None


@dataclass(frozen=True, kw_only=True)
class Visao(Contract):
    """A saved view of the list of `recurso`."""

    recurso: str
    nome: str
    q: str
    filtros: dict[str, Any]
    colunas: list[Any]
    ordenar: str
    agrupar_por: str
    tipo: str
    compartilhamento: str
    padrao: bool
    dono_id: str | None
    equipe_id: str | None


_ENTITIES: dict[str, tuple[type[Contract], tuple[str, ...]]] = {
    "marcador": (Marcador, _MASCULINE),
    "exportacao": (Exportacao, ("pedida", "baixada")),
    "campo_personalizado": (CampoPersonalizado, _MASCULINE),
    "nota": (Nota, _FEMININE),
    "anexo": (Anexo, ("criado", "excluido", "restaurado")),
    "visao": (Visao, _FEMININE),
}


@cache
def of_service(service: str) -> dict[str, type[Contract]]:
    """The types of one service by `<entidade>.<participio>`."""
    return {
        f"{entity}.{participle}": type(
            f"{base.__name__}{participle.capitalize()}", (base,), {"TIPO": f"{service}.{entity}.{participle}.v1", "__module__": __name__}
        )
        for entity, (base, participles) in _ENTITIES.items()
        for participle in participles
    }
