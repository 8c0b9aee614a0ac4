"""What vendas tells: opportunities, and the funnels, products and reasons of loss that they are made of."""

from dataclasses import dataclass

from .base import Contract, Data, Instante, Numero
from .extensions import ExtensibleContract


@dataclass(frozen=True, kw_only=True)
class Oportunidade(ExtensibleContract):
    """A deal. `valor` is a decimal string in `moeda`; `fechada_em` an instant, `fechamento_previsto` and `aberta_em` dates.

    `probabilidade` is in per cent. A deal that is created with a past outcome (an import) tells only `criada`.
    """

    codigo: str
    titulo: str
    funil_id: str
    etapa_id: str
    etapa_nome: str
    status: str
    valor: Numero
    moeda: str
    empresa_id: str | None
    responsavel_id: str | None
    equipe_id: str | None
    origem: str
    fechamento_previsto: Data | None
    fechada_em: Instante | None
    motivo_perda_id: str | None
    cliente_id: str | None = None
    lead_id: str | None = None
    aberta_em: Data | None = None
    probabilidade: int = 0


class OportunidadeCriada(Oportunidade):
    TIPO = "vendas.oportunidade.criada.v1"


class OportunidadeAtualizada(Oportunidade):
    TIPO = "vendas.oportunidade.atualizada.v1"


class OportunidadeMovida(Oportunidade):
    TIPO = "vendas.oportunidade.movida.v1"


class OportunidadeGanha(Oportunidade):
    TIPO = "vendas.oportunidade.ganha.v1"


class OportunidadePerdida(Oportunidade):
    TIPO = "vendas.oportunidade.perdida.v1"


class OportunidadeReaberta(Oportunidade):
    TIPO = "vendas.oportunidade.reaberta.v1"


class OportunidadeExcluida(Oportunidade):
    TIPO = "vendas.oportunidade.excluida.v1"


class OportunidadeRestaurada(Oportunidade):
    TIPO = "vendas.oportunidade.restaurada.v1"


@dataclass(frozen=True, kw_only=True)
class Funil(Contract):
    """A pipeline; `padrao` is true for the one that takes deals which name none."""

    nome: str
    moeda: str
    ativo: bool
    padrao: bool


class FunilCriado(Funil):
    TIPO = "vendas.funil.criado.v1"


class FunilAtualizado(Funil):
    TIPO = "vendas.funil.atualizado.v1"


class FunilExcluido(Funil):
    TIPO = "vendas.funil.excluido.v1"


class FunilRestaurado(Funil):
    TIPO = "vendas.funil.restaurado.v1"


@dataclass(frozen=True, kw_only=True)
class Etapa(Contract):
    """A stage of a funnel; `tipo` is aberta, ganha or perdida, `probabilidade` in per cent."""

    funil_id: str
    nome: str
    ordem: int
    tipo: str
    probabilidade: int
    dias_esperados: int | None


class EtapaCriada(Etapa):
    TIPO = "vendas.etapa.criada.v1"


class EtapaAtualizada(Etapa):
    TIPO = "vendas.etapa.atualizada.v1"


class EtapaExcluida(Etapa):
    TIPO = "vendas.etapa.excluida.v1"


class EtapaRestaurada(Etapa):
    TIPO = "vendas.etapa.restaurada.v1"


@dataclass(frozen=True, kw_only=True)
class Produto(ExtensibleContract):
    """What is sold; `preco` is a decimal string in `moeda`, per `unidade`."""

    codigo: str
    nome: str
    preco: Numero
    moeda: str
    unidade: str
    ativo: bool


class ProdutoCriado(Produto):
    TIPO = "vendas.produto.criado.v1"


class ProdutoAtualizado(Produto):
    TIPO = "vendas.produto.atualizado.v1"


class ProdutoExcluido(Produto):
    TIPO = "vendas.produto.excluido.v1"


class ProdutoRestaurado(Produto):
    TIPO = "vendas.produto.restaurado.v1"


@dataclass(frozen=True, kw_only=True)
class MotivoPerda(Contract):
    """Why a deal is lost; `exige_nota`: the loss needs a note too."""

    nome: str
    ativo: bool
    exige_nota: bool


class MotivoPerdaCriado(MotivoPerda):
    TIPO = "vendas.motivo_perda.criado.v1"


class MotivoPerdaAtualizado(MotivoPerda):
    TIPO = "vendas.motivo_perda.atualizado.v1"


class MotivoPerdaExcluido(MotivoPerda):
    TIPO = "vendas.motivo_perda.excluido.v1"


class MotivoPerdaRestaurado(MotivoPerda):
    TIPO = "vendas.motivo_perda.restaurado.v1"


EVENTS: tuple[type[Contract], ...] = (
    OportunidadeCriada,
    OportunidadeAtualizada,
    OportunidadeMovida,
    OportunidadeGanha,
    OportunidadePerdida,
    OportunidadeReaberta,
    OportunidadeExcluida,
    OportunidadeRestaurada,
    FunilCriado,
    FunilAtualizado,
    FunilExcluido,
    FunilRestaurado,
    EtapaCriada,
    EtapaAtualizada,
    EtapaExcluida,
    EtapaRestaurada,
    ProdutoCriado,
    ProdutoAtualizado,
    ProdutoExcluido,
    ProdutoRestaurado,
    MotivoPerdaCriado,
    MotivoPerdaAtualizado,
    MotivoPerdaExcluido,
    MotivoPerdaRestaurado,
)
