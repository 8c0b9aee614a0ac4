"""Every saga there is, by name and version. A version leaves when no saga of it is under way any more."""

from .converter_lead import CONVERTER_LEAD
from .definicao import Definicao
from .entregar_carteira import ENTREGAR_CARTEIRA
from .ganhar_oportunidade import GANHAR_OPORTUNIDADE

DEFINICOES: dict[tuple[str, int], Definicao] = {
    (item.nome, item.versao): item for item in (CONVERTER_LEAD, GANHAR_OPORTUNIDADE, ENTREGAR_CARTEIRA)
}


def atual(nome: str) -> Definicao:
    """The version by which a new saga goes."""
    return DEFINICOES[nome, max(versao for outro, versao in DEFINICOES if outro == nome)]


def nomes() -> tuple[str, ...]:
    return tuple(dict.fromkeys(nome for nome, _ in DEFINICOES))
