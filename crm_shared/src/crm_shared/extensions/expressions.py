"""Custom fields in the `q` language, and the plain rows in which it asks for them."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import Any

from django.db.models import Exists, OuterRef, Q
from rest_framework.exceptions import ValidationError

from ..auth.fields import FieldAccess
from ..q import Field
from ..q.fields import of_type
from .columns import ON_MONGO
from .kinds import KINDS, Tipo, as_number, comparable, read_value
from .models import CampoPersonalizado, ValorExtra

_CLEANED = (Tipo.TELEFONE, Tipo.EMAIL, Tipo.CPF, Tipo.CNPJ, Tipo.REFERENCIA)  # stored in one form, however they are written


def custom_fields(recurso: str, access: FieldAccess) -> dict[str, Field]:
    """The indexed fields of one kind of record as expressions name them: `@chave`; without those that `access` does not show."""
    rows = CampoPersonalizado.objects.vivos().filter(recurso=recurso, indexado=True)
    seen = [campo for campo in rows if (access.personal or not campo.pessoal) and not access.closes(f"@{campo.chave}")]
    return {f"@{campo.chave}": as_field(campo) for campo in seen}


def for_expression(dados: Mapping[str, Any]) -> dict[str, Any]:
    """An event's `dados` (with its `pessoais`, for who may see them) as the row that `plain.matches` asks."""
    extras = {**dados.get("extras", {}), **dados.get("extras_pessoais", {})}
    return {**dados, "marcador": dados.get("marcadores", []), **{f"@{name}": value for name, value in extras.items()}}


def as_field(campo: CampoPersonalizado) -> Field:
    kind = KINDS[campo.tipo]
    known = replace(of_type(kind.asked), elsewhere=lambda limits: _meets(campo, kind.column, limits), many=campo.tipo == Tipo.MULTILISTA)
    if campo.tipo in (Tipo.LISTA, Tipo.MULTILISTA):
        options = [option["valor"] for option in campo.opcoes]
        return replace(known, kind="opcao", expected=f"um de: {', '.join(options)}", read=lambda text: _one_of(text, options))
    if campo.tipo in _CLEANED:
        return replace(known, expected=f"um valor como {campo.get_tipo_display()}", read=lambda text: _cleaned(campo, text))
    return known


def _meets(campo: CampoPersonalizado, column: str, limits: list[tuple[str, Any]]) -> Q:
    limits = [(lookup, [comparable(item) for item in limit] if lookup == "in" else comparable(limit)) for lookup, limit in limits]
    if ON_MONGO:
        path = f"extras_indice__{campo.chave}"
        held = [(f"{path}__{lookup}", _numbers(lookup, limit)) for lookup, limit in limits]
        return Q(*(held or [(f"{path}__isnull", False)]))
    values = ValorExtra.objects.filter(campo_id=campo.pk, registro_id=OuterRef("pk"))
    return Q(Exists(values.filter(**{f"{column}__{lookup}": limit for lookup, limit in limits})))


def _numbers(lookup: str, limit: Any) -> Any:
    """A limit between two of the numbers that stand for values moves to the one that means the same."""
    if lookup == "in":
        return [as_number(item) for item in limit if as_number(item) == as_number(item, ROUND_CEILING)]
    return as_number(limit, ROUND_CEILING if lookup in ("gte", "lt") else ROUND_FLOOR)


def _one_of(text: str, options: list[str]) -> str:
    if text not in options:
        raise ValueError
    return text


def _cleaned(campo: CampoPersonalizado, text: str) -> Any:
    try:
        return read_value(campo, text)
    except ValidationError:
        raise ValueError from None
