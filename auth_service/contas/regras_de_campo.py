"""The field rules of a role: which there may be, which of two are the stricter, and how a token says them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rest_framework.exceptions import ErrorDetail

from crm_shared.auth.restrictable import LEITURA, MASCARADO, OCULTO, RESTRICTABLE, SHORT, is_custom

MAX_REGRAS = 40
MAX_CARACTERES = 700  # of all names together: they travel in every token, and in a browser in a cookie
Regras = Mapping[tuple[str, str], str]  # (recurso, campo) -> nivel
_CURTO = {nivel: letra for letra, nivel in SHORT.items()}
_BASTA = {OCULTO: {OCULTO}, MASCARADO: {MASCARADO, OCULTO}, LEITURA: {LEITURA, OCULTO}}  # what is as strict or stricter


def regras_de(campos: Iterable[Mapping[str, str]]) -> Regras:
    return {(item["recurso"], item["campo"]): item["nivel"] for item in campos}


def em_ordem(campos: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """In one order, so that the same rules sent otherwise are no change."""
    return [{"recurso": recurso, "campo": campo, "nivel": nivel} for (recurso, campo), nivel in sorted(regras_de(campos).items())]


def curtas(regras: Regras) -> dict[str, dict[str, str]]:
    """As the claim `campos` says them."""
    ditas: dict[str, dict[str, str]] = {}
    for (recurso, campo), nivel in sorted(regras.items()):
        ditas.setdefault(recurso, {})[campo] = _CURTO[nivel]
    return ditas


def por_extenso(campos: Mapping[str, Mapping[str, str]]) -> Regras:
    """From the claim's form."""
    return {(recurso, campo): SHORT[letra] for recurso, regras in campos.items() for campo, letra in regras.items()}


def ao_menos_tao_restritas(regras: Regras, proprias: Regras, recursos: Iterable[str]) -> bool:
    """Whether who is under `proprias` may give `regras`, with rights on `recursos`, to somebody. Events tell of every resource."""
    dados = set(recursos)
    return all(regras.get(campo) in _BASTA[nivel] for campo, nivel in proprias.items() if {campo[0], "eventos"} & dados)


def erros(campos: Sequence[Mapping[str, str]]) -> list[ErrorDetail | dict[str, Any]]:
    """One entry for each rule, {} where it is in order; or one error of all of them; nothing where all is well."""
    if len(regras_de(campos)) != len(campos):
        return [ErrorDetail("Cada campo de um recurso aparece uma vez só.", code="duplicado")]
    if sum(len(item["campo"]) for item in campos) > MAX_CARACTERES:
        return [ErrorDetail(f"Os nomes dos campos somam mais de {MAX_CARACTERES} letras: não caberiam nos tokens.", code="regras_demais")]
    encontrados: list[ErrorDetail | dict[str, Any]] = [_erro_de(item) for item in campos]
    return encontrados if any(encontrados) else []


def _erro_de(item: Mapping[str, str]) -> dict[str, Any]:
    conhecidos = RESTRICTABLE[item["recurso"]]
    if is_custom(item["campo"]):
        return {}
    campo = conhecidos.get(item["campo"])
    if campo is None:
        detail = f"Use um destes, ou @chave de um campo personalizado: {', '.join(sorted(conhecidos))}."
        return {"campo": [ErrorDetail(detail, code="campo_desconhecido")]}
    if item["nivel"] not in campo.levels:
        return {"nivel": [ErrorDetail(f"Para este campo use: {', '.join(campo.levels)}.", code="opcao_invalida")]}
    return {}
