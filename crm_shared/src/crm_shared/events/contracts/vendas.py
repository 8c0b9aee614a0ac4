"""What vendas tells: opportunities and what they are made of."""

from dataclasses import dataclass

from .base import Contract


@dataclass(frozen=True, kw_only=True)
class Oportunidade(Contract):
    """A deal. `valor` is a decimal string in `moeda`; `fechada_em` an instant, `fechamento_previsto` a date."""

    codigo: str
    titulo: str
    funil_id: str
    etapa_id: str
    etapa_nome: str
    status: str
    valor: str
    moeda: str
    empresa_id: str | None
    responsavel_id: str | None
    equipe_id: str | None
    origem: str
    fechamento_previsto: str | None
    fechada_em: str | None
    motivo_perda_id: str | None


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


EVENTS: tuple[type[Contract], ...] = (
    OportunidadeCriada,
    OportunidadeAtualizada,
    OportunidadeMovida,
    OportunidadeGanha,
    OportunidadePerdida,
    OportunidadeReaberta,
    OportunidadeExcluida,
    OportunidadeRestaurada,
)
