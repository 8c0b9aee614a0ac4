"""What comunicacao tells: channels, who is who in them, conversations and messages."""

from dataclasses import dataclass
from typing import Any

from .base import Contract, Instante, pessoal
from .extensions import ExtensibleContract


@dataclass(frozen=True, kw_only=True)
class Canal(Contract):
    """A channel; its configuration stays in the service."""

    tipo: str
    nome: str
    ativo: bool


class CanalCriado(Canal):
    TIPO = "comunicacao.canal.criado.v1"


class CanalAtualizado(Canal):
    TIPO = "comunicacao.canal.atualizado.v1"


class CanalExcluido(Canal):
    TIPO = "comunicacao.canal.excluido.v1"


class CanalRestaurado(Canal):
    TIPO = "comunicacao.canal.restaurado.v1"


@dataclass(frozen=True, kw_only=True)
class Identidade(Contract):
    """Somebody as one channel knows him or her; `telefone` in E.164, empty when the channel gives none."""

    canal_id: str
    tipo: str
    id_externo: str = pessoal()
    username: str = pessoal()
    nome: str = pessoal()
    telefone: str = pessoal()
    cliente_id: str | None
    responsavel_id: str | None
    equipe_id: str | None


class IdentidadeCriada(Identidade):
    TIPO = "comunicacao.identidade.criada.v1"


class IdentidadeAtualizada(Identidade):
    TIPO = "comunicacao.identidade.atualizada.v1"


class IdentidadeExcluida(Identidade):
    TIPO = "comunicacao.identidade.excluida.v1"


class IdentidadeRestaurada(Identidade):
    TIPO = "comunicacao.identidade.restaurada.v1"


@dataclass(frozen=True, kw_only=True)
class Conversa(ExtensibleContract):
    """A conversation. `adiada_ate` and `aguardando_desde` (the customer waits since) are instants or null."""

    numero: str
    canal_id: str
    identidade_id: str | None
    cliente_id: str | None
    empresa_id: str | None
    assunto: str = pessoal()
    estado: str
    prioridade: str
    adiada_ate: Instante | None
    aguardando_desde: Instante | None
    responsavel_id: str | None
    equipe_id: str | None


class ConversaAberta(Conversa):
    TIPO = "comunicacao.conversa.aberta.v1"


class ConversaAtualizada(Conversa):
    TIPO = "comunicacao.conversa.atualizada.v1"


class ConversaAtribuida(Conversa):
    TIPO = "comunicacao.conversa.atribuida.v1"


class ConversaResolvida(Conversa):
    TIPO = "comunicacao.conversa.resolvida.v1"


class ConversaReaberta(Conversa):
    TIPO = "comunicacao.conversa.reaberta.v1"


class ConversaAdiada(Conversa):
    TIPO = "comunicacao.conversa.adiada.v1"


class ConversaExcluida(Conversa):
    TIPO = "comunicacao.conversa.excluida.v1"


class ConversaRestaurada(Conversa):
    TIPO = "comunicacao.conversa.restaurada.v1"


@dataclass(frozen=True, kw_only=True)
class Mensagem(Contract):
    """What was said, with whose conversation it is. `anexos` is [{nome, tipo_conteudo, tamanho, url}]."""

    conversa_id: str
    canal_id: str
    direcao: str
    tipo: str
    conteudo: str = pessoal()
    anexos: list[dict[str, Any]] = pessoal()  # noqa: RUF009  a field(), not a value
    id_externo: str | None
    id_cliente: str | None
    autor_id: str | None
    estado: str
    cliente_id: str | None
    responsavel_id: str | None
    equipe_id: str | None


class MensagemRecebida(Mensagem):
    """The customer wrote."""

    TIPO = "comunicacao.mensagem.recebida.v1"


class MensagemEnfileirada(Mensagem):
    """An answer waits to be sent."""

    TIPO = "comunicacao.mensagem.enfileirada.v1"


class MensagemRegistrada(Mensagem):
    """A note among colleagues."""

    TIPO = "comunicacao.mensagem.registrada.v1"


class MensagemExcluida(Mensagem):
    TIPO = "comunicacao.mensagem.excluida.v1"


class MensagemRestaurada(Mensagem):
    TIPO = "comunicacao.mensagem.restaurada.v1"


EVENTS: tuple[type[Contract], ...] = (
    CanalCriado,
    CanalAtualizado,
    CanalExcluido,
    CanalRestaurado,
    IdentidadeCriada,
    IdentidadeAtualizada,
    IdentidadeExcluida,
    IdentidadeRestaurada,
    ConversaAberta,
    ConversaAtualizada,
    ConversaAtribuida,
    ConversaResolvida,
    ConversaReaberta,
    ConversaAdiada,
    ConversaExcluida,
    ConversaRestaurada,
    MensagemRecebida,
    MensagemEnfileirada,
    MensagemRegistrada,
    MensagemExcluida,
    MensagemRestaurada,
)
