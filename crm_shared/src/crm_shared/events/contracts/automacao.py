"""What automacao tells: flows and their runs."""

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
)
