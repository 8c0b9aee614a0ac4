"""The types of custom fields: how a value is read, what column compares it, what an expression may ask of it, how it is masked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from ..api.fields import InstantField
from ..api.json_types import wrong_types
from ..events.values import plain
from ..identity.documents import mask_cpf
from ..identity.emails import mask_email
from ..identity.fields import CleanEmailField, CNPJField, CPFField, PhoneField
from ..identity.phones import mask_phone
from .columns import ON_MONGO
from .models import CampoPersonalizado
from .patterns import MAX_VALUE, compiled

Tipo = CampoPersonalizado.Tipo
MAX_LONG = 5000
MAX_CHOSEN = 50


class TextField(serializers.CharField):
    def __init__(self, pattern: str = "", **options: Any) -> None:
        self.pattern = compiled(pattern) if pattern else None
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        value: str = super().to_internal_value(data)
        if self.pattern and not self.pattern.fullmatch(value):
            raise ValidationError("O texto não segue o formato deste campo.", code="formato_invalido")
        return value


class DayField(serializers.DateField):
    def to_internal_value(self, value: Any) -> date:
        day: date = super().to_internal_value(value)
        if not 1000 <= day.year <= 2999:
            raise ValidationError("Use um ano de 1000 a 2999.", code="fora_do_intervalo")
        return day


def _options(campo: CampoPersonalizado) -> list[str]:
    return [option["valor"] for option in campo.opcoes if option.get("ativo", True)]


def _several(campo: CampoPersonalizado) -> serializers.Field[Any, Any, Any, Any]:
    return serializers.ListField(child=serializers.ChoiceField(choices=_options(campo)), min_length=1, max_length=MAX_CHOSEN)


@dataclass(frozen=True)
class Kind:
    """`column` is that of ValorExtra, "" where values cannot be compared; `asked` the column type that `q` reads values as."""

    read: Callable[[CampoPersonalizado], Any]
    column: str = "texto"
    asked: type[Any] = models.CharField
    unique: bool = True
    mask: Callable[[Any], Any] = lambda _value: "***"


KINDS: dict[str, Kind] = {
    Tipo.TEXTO: Kind(lambda campo: TextField(campo.regex, max_length=MAX_VALUE)),
    Tipo.TEXTO_LONGO: Kind(lambda _campo: serializers.CharField(max_length=MAX_LONG), column="", unique=False),
    Tipo.NUMERO: Kind(lambda _campo: serializers.DecimalField(max_digits=18, decimal_places=6), "numero", models.DecimalField),
    Tipo.MOEDA: Kind(lambda _campo: serializers.DecimalField(max_digits=14, decimal_places=2), "numero", models.DecimalField),
    Tipo.DATA: Kind(lambda _campo: DayField(), "instante", models.DateField),
    Tipo.DATA_HORA: Kind(lambda _campo: InstantField(), "instante", models.DateTimeField),
    Tipo.BOOLEANO: Kind(lambda _campo: serializers.BooleanField(), "numero", models.BooleanField, unique=False),
    Tipo.LISTA: Kind(lambda campo: serializers.ChoiceField(choices=_options(campo))),
    Tipo.MULTILISTA: Kind(_several, unique=False),
    Tipo.TELEFONE: Kind(lambda _campo: PhoneField(), mask=mask_phone),
    Tipo.EMAIL: Kind(lambda _campo: CleanEmailField(), mask=mask_email),
    Tipo.URL: Kind(lambda _campo: serializers.URLField(max_length=500)),
    Tipo.CPF: Kind(lambda _campo: CPFField(), mask=mask_cpf),
    Tipo.CNPJ: Kind(lambda _campo: CNPJField()),
    Tipo.REFERENCIA: Kind(lambda _campo: serializers.UUIDField()),
}

_TEXTS = frozenset({Tipo.TEXTO, Tipo.TEXTO_LONGO})
# from each type those that hold its values as they are
LOSSLESS: dict[str, frozenset[str]] = {
    Tipo.TEXTO: frozenset({Tipo.TEXTO_LONGO}),
    **dict.fromkeys((Tipo.LISTA, Tipo.TELEFONE, Tipo.EMAIL, Tipo.CPF, Tipo.CNPJ), _TEXTS),
    Tipo.URL: frozenset({Tipo.TEXTO_LONGO}),
    Tipo.MOEDA: frozenset({Tipo.NUMERO}),
}


def read_value(campo: CampoPersonalizado, value: Any) -> Any:
    """The plain JSON value to keep. Raises ValidationError; null is the caller's matter."""
    field = KINDS[campo.tipo].read(campo)
    if wrong := wrong_types({"valor": field}, {"valor": value}):
        raise ValidationError(wrong["valor"])
    if isinstance(field, serializers.CharField) and value == "":
        raise ValidationError([ErrorDetail("Envie null para deixar vazio.", code="em_branco")])
    read = plain(field.run_validation(value))
    return list(dict.fromkeys(read)) if isinstance(read, list) else read


def typed(campo: CampoPersonalizado, value: Any) -> Any:
    """What the typed column compares, of a plain value; of several values each. On MongoDB the number that stands for it."""
    if isinstance(value, list):
        return [typed(campo, item) for item in value]
    found = comparable(of_plain(campo, value))
    return as_number(found) if ON_MONGO else found


def of_plain(campo: CampoPersonalizado, value: Any) -> Any:
    """The number, day or instant that a plain value stands for; others as they are."""
    if KINDS[campo.tipo].column == "numero":
        return value if isinstance(value, bool) else Decimal(value)
    if KINDS[campo.tipo].column == "instante":
        return datetime.fromisoformat(value) if campo.tipo == Tipo.DATA_HORA else date.fromisoformat(value)
    return value


def comparable(value: Any) -> Any:
    """As the typed columns hold it: yes and no as 1 and 0, a day as its first instant in UTC."""
    if isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time.min, UTC)
    return value


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCALE = 10**6  # as many places as a number field takes; its 12 digits before the point stay within 64 bits
_LIMIT = 2**63 - 1


def as_number(value: Any, rounding: str = ROUND_FLOOR) -> Any:
    """JSON has neither decimals nor instants: millionths, and microseconds since 1970, whole numbers both. Texts stay."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    if isinstance(value, Decimal):
        return max(-_LIMIT, min(_LIMIT, int((value * _SCALE).to_integral_value(rounding=rounding))))
    return value
