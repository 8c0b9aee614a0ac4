"""Columns for what a company adds to its records: tags, and custom fields as `extras.<chave>`."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from ..events.values import plain
from ..extensions.columns import Extensible
from ..extensions.kinds import KINDS
from ..extensions.models import CampoPersonalizado, Marcador, ValorExtra
from ..extensions.tags import MAX_OF_RECORD
from ..extensions.values import PREFIX, Fields, live_fields
from ..identity.search import search_text
from .declared import Key
from .values import listed

TAGS = "marcadores"
Field = serializers.Field[Any, Any, Any, Any]


def fields_of(model: type[Any]) -> Fields:
    """The definitions by `chave`, none for a kind of record that cannot have any."""
    return live_fields(model.RECURSO) if issubclass(model, Extensible) else {}


def custom_columns(model: type[Any]) -> dict[str, Field]:
    """A field for each column that a file of `model` may have beside those of its serializer."""
    if not issubclass(model, Extensible):
        return {}
    found: dict[str, Field] = {TAGS: TagsCell()}
    return found | {f"{PREFIX}{chave}": CustomCell(campo) for chave, campo in fields_of(model).items() if not campo.somente_leitura}


class CustomCell(Field):
    """`inner` reads and checks a value as a body's would be; here it becomes the plain one that the record keeps."""

    def __init__(self, campo: CampoPersonalizado) -> None:
        self.inner: Any = KINDS[campo.tipo].read(campo)
        self.words = {option["rotulo"]: option["valor"] for option in campo.opcoes}
        super().__init__(required=False, label=campo.rotulo)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = plain(self.inner.run_validation(data))
        return list(dict.fromkeys(value)) if isinstance(value, list) else value


class TagsCell(Field):
    """Tags by slug or name, several parted by `;`, `,` or `|`."""

    def __init__(self) -> None:
        super().__init__(required=False, label="marcadores")
        rows = list(Marcador.objects.vivos().values_list("slug", "nome"))
        self.known = {search_text(nome): slug for slug, nome in rows} | {search_text(slug): slug for slug, _ in rows}

    def run_validation(self, data: Any = serializers.empty) -> list[str]:
        texts = listed(data)
        unknown = next((text for text in texts if search_text(text) not in self.known), None)
        if unknown is not None:
            raise ValidationError([ErrorDetail(f"Não há marcador {unknown[:60]!r}.", code="inexistente")])
        return with_tags([], [self.known[search_text(text)] for text in texts])


def with_tags(present: list[str], more: list[str]) -> list[str]:
    """A file adds tags, it takes none away."""
    together = list(dict.fromkeys([*present, *more]))
    if len(together) > MAX_OF_RECORD:
        raise ValidationError([ErrorDetail(f"Um registro leva até {MAX_OF_RECORD} marcadores.", code="marcadores_demais")])
    return together


def unique_key(campo: CampoPersonalizado) -> Key:
    """By which the holder of a value of a unique custom field is found."""

    def of(dados: dict[str, Any]) -> str:
        value = dados.get("extras", {}).get(campo.chave)
        return "" if value is None else str(value)

    def find(_rows: Any, values: set[str]) -> dict[str, list[UUID]]:
        held = ValorExtra.objects.filter(campo=campo, unico__in=list(values)).values_list("unico", "registro_id")
        return {str(value): [pk] for value, pk in held}

    return Key(of, find)


def complete(fields: Fields, extras: dict[str, Any], refuse: Callable[[str], None]) -> dict[str, Any]:
    """What a new record gets: its row's values and the defaults of the others; `refuse` hears of what is obligatory and missing."""
    for chave, campo in fields.items():
        if chave not in extras and campo.padrao is not None:
            extras = {**extras, chave: campo.padrao}
        elif chave not in extras and campo.obrigatorio:
            refuse(f"{PREFIX}{chave}")
    return extras
