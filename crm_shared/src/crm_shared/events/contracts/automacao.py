"""What automacao tells: flows and their runs, and sagas."""

from dataclasses import dataclass

from .base import Contract


@dataclass(frozen=True, kw_only=True)
class Fluxo(Contract):
    """A flow. `evento_tipo`: the event that starts it; `versao_publicada`: the number in force, None before the first."""

    nome: str
    estado: str
    evento_tipo: str
    versao_publicada: int | None
    responsavel_id: str | None
    equipe_id: str | None


class FluxoCriado(Fluxo):
    TIPO = "automacao.fluxo.criado.v1"


class FluxoAtualizado(Fluxo):
    TIPO = "automacao.fluxo.atualizado.v1"


class FluxoPublicado(Fluxo):
    TIPO = "automacao.fluxo.publicado.v1"


class FluxoPausado(Fluxo):
    TIPO = "automacao.fluxo.pausado.v1"


class FluxoRetomado(Fluxo):
    TIPO = "automacao.fluxo.retomado.v1"


class FluxoArquivado(Fluxo):
    TIPO = "automacao.fluxo.arquivado.v1"


class FluxoExcluido(Fluxo):
    TIPO = "automacao.fluxo.excluido.v1"


class FluxoRestaurado(Fluxo):
    TIPO = "automacao.fluxo.restaurado.v1"


@dataclass(frozen=True, kw_only=True)
class Execucao(Contract):
    """A run of a flow about one record. `erro`: stable code of what made it fail, empty otherwise."""

    fluxo_id: str
    fluxo_nome: str
    evento_tipo: str
    alvo_recurso: str
    alvo_id: str
    erro: str
    responsavel_id: str | None


class ExecucaoIniciada(Execucao):
    TIPO = "automacao.execucao.iniciada.v1"


class ExecucaoConcluida(Execucao):
    TIPO = "automacao.execucao.concluida.v1"


class ExecucaoFalhou(Execucao):
    TIPO = "automacao.execucao.falhou.v1"


@dataclass(frozen=True, kw_only=True)
class Saga(Contract):
    """A flow across services about one record. `erro`: stable code of what sent it back, empty otherwise; `passo_atual`: where it is."""

    tipo: str
    definicao_versao: int
    alvo_recurso: str
    alvo_id: str
    estado: str
    passo_atual: str
    grupo: int
    erro: str
    responsavel_id: str | None
    equipe_id: str | None


class SagaIniciada(Saga):
    TIPO = "automacao.saga.iniciada.v1"


class SagaInterrompida(Saga):
    """It goes back: what it did is being undone."""

    TIPO = "automacao.saga.interrompida.v1"


class SagaRetomada(Saga):
    """It goes forward again: the step of no return turned out to have been done."""

    TIPO = "automacao.saga.retomada.v1"


class SagaConcluida(Saga):
    TIPO = "automacao.saga.concluida.v1"


class SagaCompensada(Saga):
    """Nothing of it is left behind."""

    TIPO = "automacao.saga.compensada.v1"


class SagaRepetida(Saga):
    """It begins anew."""

    TIPO = "automacao.saga.repetida.v1"


@dataclass(frozen=True, kw_only=True)
class Webhook(Contract):
    """A subscription to events. `destino` is where they go without path and query, which may hold a secret.

    `motivo_desativacao`: why nothing is sent any more (pessoa, falhas, recusado, sem_acesso), empty while it is active.
    """

    nome: str
    destino: str
    tipos: list[str]
    ativo: bool
    motivo_desativacao: str
    responsavel_id: str | None
    equipe_id: str | None


class WebhookCriado(Webhook):
    TIPO = "automacao.webhook.criado.v1"


class WebhookAtualizado(Webhook):
    TIPO = "automacao.webhook.atualizado.v1"


class WebhookSegredoTrocado(Webhook):
    """It signs with a new secret; the secret itself is in no event."""

    TIPO = "automacao.webhook.segredo_trocado.v1"


class WebhookDesativado(Webhook):
    """The system switched it off: it failed for too long, or the receiver or auth said no for good."""

    TIPO = "automacao.webhook.desativado.v1"


class WebhookExcluido(Webhook):
    TIPO = "automacao.webhook.excluido.v1"


class WebhookRestaurado(Webhook):
    TIPO = "automacao.webhook.restaurado.v1"


EVENTS: tuple[type[Contract], ...] = (
    FluxoCriado,
    FluxoAtualizado,
    FluxoPublicado,
    FluxoPausado,
    FluxoRetomado,
    FluxoArquivado,
    FluxoExcluido,
    FluxoRestaurado,
    ExecucaoIniciada,
    ExecucaoConcluida,
    ExecucaoFalhou,
    SagaIniciada,
    SagaInterrompida,
    SagaRetomada,
    SagaConcluida,
    SagaCompensada,
    SagaRepetida,
    WebhookCriado,
    WebhookAtualizado,
    WebhookSegredoTrocado,
    WebhookDesativado,
    WebhookExcluido,
    WebhookRestaurado,
)
