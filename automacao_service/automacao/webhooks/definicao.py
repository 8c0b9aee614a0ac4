"""What makes a subscription meaningful and permitted: where it may send, of which events, who may have personal data sent."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from crm_shared.auth.principal import Principal
from crm_shared.errors import Forbidden
from crm_shared.events.contracts import CONTRACTS
from crm_shared.outside import Rules, TargetRefused, checked_url
from crm_shared.q import QError
from crm_shared.q.events import names_in, parse_for_events, personal_fields

from ..eventos import campos_de
from ..exceptions import DefinicaoInvalida
from ..restritos import recusar

MAX_TIPOS, MAX_CAMPOS = 200, 50


def regras() -> Rules:
    return Rules(ports=settings.WEBHOOK_PORTS, allow_private=settings.WEBHOOK_ALLOW_PRIVATE)


def conferir(ator: Principal, dados: Mapping[str, Any]) -> None:
    """Raises DefinicaoInvalida naming the place at fault, or Forbidden. Looks up no name: the serializer has done so."""
    try:
        checked_url(dados["url"], regras())
    except TargetRefused as error:
        raise DefinicaoInvalida(str(error), codigo=error.codigo, campo="url") from None
    _conferir_tipos(dados["tipos"])
    _conferir_campos(dados.get("campos_observados", []), dados["tipos"])
    recusar(ator, dados.get("campos_observados", []), dados["tipos"], "campos_observados")
    if dados.get("dados_pessoais") and not ator.has("pessoais:ler"):
        raise Forbidden("Seu papel não vê dados pessoais.", codigo="escopo_ausente", campo="dados_pessoais")
    if dados.get("q"):
        _conferir_filtro(dados["q"], dados["tipos"], pessoais=dados.get("dados_pessoais", False))
        recusar(ator, names_in(parse_for_events(dados["q"], dados["tipos"])), dados["tipos"], "q")


def _conferir_tipos(tipos: list[str]) -> None:
    for indice, tipo in enumerate(tipos):
        if tipo not in CONTRACTS:
            raise DefinicaoInvalida(
                "Este evento não existe. Veja /automacao/catalogo.", codigo="evento_desconhecido", campo=f"tipos.{indice}"
            )
        if tipo in tipos[:indice]:
            raise DefinicaoInvalida("Este evento já está na lista.", codigo="duplicado", campo=f"tipos.{indice}")


def _conferir_campos(campos: list[str], tipos: list[str]) -> None:
    conhecidos = {campo for tipo in tipos for campo in campos_de(tipo)}
    for indice, campo in enumerate(campos):
        if campo not in conhecidos:
            raise DefinicaoInvalida(
                "Nenhum destes eventos tem este campo.", codigo="campo_desconhecido", campo=f"campos_observados.{indice}"
            )


def _conferir_filtro(q: str, tipos: list[str], *, pessoais: bool) -> None:
    """A filter on personal values tells something of them by what it lets through, so it takes the same right."""
    try:
        arvore = parse_for_events(q, tipos)
    except QError as error:
        raise DefinicaoInvalida(str(error), codigo=error.codigo, campo="q") from None
    if not pessoais and cita_pessoais(arvore, tipos):
        raise DefinicaoInvalida("Um filtro por dados pessoais exige dados_pessoais.", codigo="q_pessoal", campo="q")


def cita_pessoais(arvore: dict[str, Any], tipos: list[str]) -> bool:
    return any(names_in(arvore) & personal_fields(tipo) for tipo in tipos)
