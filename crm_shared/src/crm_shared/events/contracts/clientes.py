"""What clientes tells: people and their leads."""

from dataclasses import dataclass

from .base import Numero, pessoal
from .extensions import ExtensibleContract


@dataclass(frozen=True, kw_only=True)
class Cliente(ExtensibleContract):
    """A person. `email` and `telefone` (E.164) are the principal ones, empty when there is none."""

    nome: str = pessoal()
    cpf: str = pessoal()
    email: str = pessoal()
    telefone: str = pessoal()
    ciclo_vida: str
    origem: str
    responsavel_id: str | None
    equipe_id: str | None


class ClienteCriado(Cliente):
    TIPO = "clientes.cliente.criado.v1"


class ClienteAtualizado(Cliente):
    TIPO = "clientes.cliente.atualizado.v1"


class ClienteExcluido(Cliente):
    TIPO = "clientes.cliente.excluido.v1"


class ClienteRestaurado(Cliente):
    TIPO = "clientes.cliente.restaurado.v1"


@dataclass(frozen=True, kw_only=True)
class Lead(ExtensibleContract):
    """A qualification case on a person. `valor_estimado` in BRL."""

    cliente_id: str
    empresa_nome: str
    fonte: str
    status: str
    temperatura: str
    interesse: str
    valor_estimado: Numero | None
    motivo_desqualificacao: str
    responsavel_id: str | None
    equipe_id: str | None


class LeadCriado(Lead):
    TIPO = "clientes.lead.criado.v1"


class LeadAtualizado(Lead):
    TIPO = "clientes.lead.atualizado.v1"


class LeadContatado(Lead):
    TIPO = "clientes.lead.contatado.v1"


class LeadQualificado(Lead):
    TIPO = "clientes.lead.qualificado.v1"


class LeadDesqualificado(Lead):
    TIPO = "clientes.lead.desqualificado.v1"


@dataclass(frozen=True, kw_only=True)
class LeadConvertido(Lead):
    """It has become the deal `oportunidade_id`."""

    TIPO = "clientes.lead.convertido.v1"

    oportunidade_id: str | None


class LeadReciclado(Lead):
    TIPO = "clientes.lead.reciclado.v1"


class LeadExcluido(Lead):
    TIPO = "clientes.lead.excluido.v1"


class LeadRestaurado(Lead):
    TIPO = "clientes.lead.restaurado.v1"


EVENTS = (
    ClienteCriado,
    ClienteAtualizado,
    ClienteExcluido,
    ClienteRestaurado,
    LeadCriado,
    LeadAtualizado,
    LeadContatado,
    LeadQualificado,
    LeadDesqualificado,
    LeadConvertido,
    LeadReciclado,
    LeadExcluido,
    LeadRestaurado,
)
