"""What empresas tells: companies."""

from dataclasses import dataclass

from .base import Numero
from .extensions import ExtensibleContract


@dataclass(frozen=True, kw_only=True)
class Empresa(ExtensibleContract):
    """A company; `nome` is what people call it (trade name, else legal name), `cnpj` 14 bare characters or empty.

    `receita_anual` is a decimal string in `moeda`, `dominio` that of the site.
    """

    nome: str
    razao_social: str
    nome_fantasia: str
    cnpj: str
    segmento: str
    ciclo_vida: str
    responsavel_id: str | None
    equipe_id: str | None
    controladora_id: str | None = None
    situacao_cadastral: str = ""
    porte: str = ""
    receita_anual: Numero | None = None
    moeda: str = "BRL"
    dominio: str = ""
    pais: str = ""


class EmpresaCriada(Empresa):
    TIPO = "empresas.empresa.criada.v1"


class EmpresaAtualizada(Empresa):
    TIPO = "empresas.empresa.atualizada.v1"


class EmpresaExcluida(Empresa):
    TIPO = "empresas.empresa.excluida.v1"


class EmpresaRestaurada(Empresa):
    TIPO = "empresas.empresa.restaurada.v1"


EVENTS = (EmpresaCriada, EmpresaAtualizada, EmpresaExcluida, EmpresaRestaurada)
