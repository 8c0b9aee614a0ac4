"""What a service with main records tells of what belongs to them: tags, notes, views, and the parts of a record."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

from .base import Contract, Data, Numero, pessoal

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
    """Data that leaves the system: which collection, by which filters, which columns; `pedida` and each time `baixada`.

    `filtro` shows no CPF, e-mail address or phone that was typed; `filtro_pessoal` is the filter as it was.
    """

    recurso: str
    filtro: dict[str, str]
    filtro_pessoal: dict[str, str] = field(default_factory=dict, metadata={"pessoal": True})
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
    """A saved view of the list of `recurso`; `q` and `filtros` as in exports, and as they are in `q_pessoal`, `filtros_pessoais`."""

    recurso: str
    nome: str
    q: str
    filtros: dict[str, Any]
    q_pessoal: str = pessoal("")
    filtros_pessoais: dict[str, Any] = field(default_factory=dict, metadata={"pessoal": True})
    colunas: list[Any]
    ordenar: str
    agrupar_por: str
    tipo: str
    compartilhamento: str
    padrao: bool
    dono_id: str | None
    equipe_id: str | None


@dataclass(frozen=True, kw_only=True)
class Meio(Contract):
    """A way to reach the person `cliente_id`: an e-mail, a phone."""

    cliente_id: str
    tipo: str
    valor: str = pessoal()
    principal: bool


@dataclass(frozen=True, kw_only=True)
class Vinculo(Contract):
    """The place of the person `cliente_id` in the company `empresa_id`, now or in the past."""

    cliente_id: str
    empresa_id: str
    papel: str
    cargo: str
    principal: bool
    inicio: Data | None
    fim: Data | None


@dataclass(frozen=True, kw_only=True)
class Endereco(Contract):
    """An address of the company `empresa_id`."""

    empresa_id: str
    tipo: str
    cep: str
    logradouro: str
    numero: str
    complemento: str
    bairro: str
    municipio: str
    uf: str
    pais: str


@dataclass(frozen=True, kw_only=True)
class Item(Contract):
    """A product in the deal `oportunidade_id`; `total` is quantity times price less the discount."""

    oportunidade_id: str
    produto_id: str
    quantidade: Numero
    preco: Numero
    desconto_tipo: str
    desconto: Numero
    total: Numero


_ENTITIES: dict[str, tuple[type[Contract], tuple[str, ...]]] = {
    "marcador": (Marcador, _MASCULINE),
    "exportacao": (Exportacao, ("pedida", "baixada")),
    "campo_personalizado": (CampoPersonalizado, _MASCULINE),
    "nota": (Nota, _FEMININE),
    "anexo": (Anexo, ("criado", "excluido", "restaurado")),
    "visao": (Visao, _FEMININE),
}
# what is changed under the address of the record that it is a part of, and by itself has a version and a past
_PARTS: dict[str, dict[str, tuple[type[Contract], tuple[str, ...]]]] = {
    "clientes": {"meio": (Meio, _MASCULINE), "vinculo": (Vinculo, _MASCULINE)},
    "empresas": {"endereco": (Endereco, _MASCULINE)},
    "vendas": {"item": (Item, _MASCULINE)},
}


@cache
def of_service(service: str) -> dict[str, type[Contract]]:
    """The types of one service by `<entidade>.<participio>`."""
    return {
        f"{entity}.{participle}": type(
            f"{base.__name__}{participle.capitalize()}", (base,), {"TIPO": f"{service}.{entity}.{participle}.v1", "__module__": __name__}
        )
        for entity, (base, participles) in {**_ENTITIES, **_PARTS.get(service, {})}.items()
        for participle in participles
    }
