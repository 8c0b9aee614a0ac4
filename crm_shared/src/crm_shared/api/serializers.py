"""Serializers that refuse what they do not know, and that mask personal data for those who may not see it."""

from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.validators import UniqueValidator

from ..auth.fields import FieldAccess
from .fields import InstantField
from .json_types import wrong_types
from .restricting import access_of, refuse_writing


class ShownColumn(serializers.Field[Any, Any, Any, Any]):
    """A column whose values are shown by definitions that are rows themselves: `shower` reads them once for a whole page."""

    @classmethod
    def shower(cls, serializer: Any, *, listed: bool = True) -> Callable[[Any], Any]:
        """From the column's value to what the API shows, for records of `serializer`, `listed` or each by itself."""
        raise NotImplementedError

    def to_representation(self, value: Any) -> Any:
        return self.shower(self.parent, listed=False)(value)


class StrictSerializer(serializers.Serializer[Any]):
    """Unknown and read-only members are errors: a misspelt field must not be taken for a saved one. So are wrong JSON types."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            self._refuse_extra(data)
        return super().to_internal_value(data)

    def _refuse_extra(self, data: Mapping[str, Any]) -> None:
        errors = {}
        for name in data:
            field = self.fields.get(str(name))
            if field is None:
                errors[str(name)] = [ErrorDetail("Campo desconhecido.", code="campo_desconhecido")]
            elif field.read_only:
                errors[str(name)] = [ErrorDetail("Este campo não pode ser alterado.", code="somente_leitura")]
        errors |= self._wrong_types(data)
        if errors:
            raise ValidationError(errors)

    def _wrong_types(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {name: found for name, found in wrong_types(self.fields, data).items() if not self.fields[name].read_only}


class QuerySerializer(StrictSerializer):
    """Of a query string, in which everything is text."""

    def _wrong_types(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {}


class RecordSerializer(StrictSerializer, serializers.ModelSerializer[Any]):
    """One declaration of a record's fields for details, writes and lists.

    `masks` maps a personal field to the function that masks it for callers without `pessoais:ler`;
    `detail_only` names fields that lists leave out (nested rows, computed values). What the rules of the caller's role
    hide is not shown, what they fix is not taken (auth.fields).
    """

    serializer_field_mapping = {**serializers.ModelSerializer.serializer_field_mapping, models.DateTimeField: InstantField}

    masks: ClassVar[dict[str, Callable[[Any], Any]]] = {}
    detail_only: ClassVar[frozenset[str]] = frozenset()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        data: dict[str, Any] = super().to_representation(instance)
        for name in self.access.hidden:
            data.pop(name, None)
        for name, mask in self.active_masks().items():
            if data.get(name):
                data[name] = mask(data[name])
        return data

    @cached_property
    def access(self) -> FieldAccess:
        return access_of(self.context)

    def active_masks(self) -> dict[str, Callable[[Any], Any]]:
        masks = {} if self.access.personal else self.masks
        return masks | {name: self.masks.get(name, mask_text) for name in self.access.masked} if self.access.masked else masks

    def get_fields(self) -> dict[str, Any]:
        """A record that is there keeps what its caller may not change, so nothing is asked for."""
        fields: dict[str, Any] = super().get_fields()
        if self.instance is not None:
            for name in self.access.unwritable & fields.keys():
                fields[name].required = False
        return fields

    def _refuse_extra(self, data: Mapping[str, Any]) -> None:
        refuse_writing(self.access, data)
        super()._refuse_extra(data)

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """Uniqueness is the service's and the constraint's to refuse, as a 409 with the holder, not a query of the serializer."""
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        if "validators" in kwargs:
            kwargs["validators"] = [item for item in kwargs["validators"] if not isinstance(item, UniqueValidator)]
        return field_class, kwargs

    def get_validators(self) -> list[Any]:
        return list(getattr(self.Meta, "validators", []))

    def defaults(self) -> dict[str, Any]:
        """What PUT writes for the members that it leaves out: each model field's own default."""
        values: dict[str, Any] = {}
        model: Any = self.Meta.model
        for field in self.fields.values():
            if field.read_only or field.source is None or field.field_name in OWNER_FIELDS or field.source == "*" or "." in field.source:
                continue
            if isinstance(field, ShownColumn):
                continue  # the field itself says what is left out
            if isinstance(getattr(field, "child", field), serializers.BaseSerializer):
                continue  # nested rows have no default; a PUT that may leave them out keeps them
            values[field.source] = model._meta.get_field(field.source).get_default()
        return values


def mask_text(value: Any) -> Any:
    """For text that has no mask of its own; rows inside a record mask themselves."""
    return "***" if isinstance(value, str) else value


@cache
def row_serializer(serializer_class: type[RecordSerializer]) -> type[RecordSerializer]:
    """`serializer_class` as it is in lists, without its `detail_only` fields: what OpenAPI says of a row."""
    if not serializer_class.detail_only:
        return serializer_class

    def get_fields(self: RecordSerializer) -> dict[str, Any]:
        return {name: field for name, field in serializer_class.get_fields(self).items() if name not in self.detail_only}

    name = serializer_class.__name__.replace("Serializer", "LinhaSerializer")
    return type(name, (serializer_class,), {"get_fields": get_fields, "__module__": serializer_class.__module__})


RECORD_FIELDS = ("id", "versao", "criado_em", "atualizado_em")
OWNER_FIELDS = ("responsavel_id", "responsavel_nome", "equipe_id", "equipe_nome")


class OwnedRecordSerializer(RecordSerializer):
    """Adds OWNER_FIELDS; PUT leaves an owner that it does not name, for the owner is no content of the record."""

    responsavel_id = serializers.UUIDField(required=False, allow_null=True, help_text="Sem ele, quem cria.")
    responsavel_nome = serializers.CharField(source="responsavel.nome", read_only=True, allow_null=True)
    equipe_id = serializers.UUIDField(required=False, allow_null=True, help_text="Sem ele, a equipe do responsável.")
    equipe_nome = serializers.CharField(source="equipe.nome", read_only=True, allow_null=True)


class ProblemFieldSerializer(serializers.Serializer[Any]):
    campo = serializers.CharField(help_text="Campo com erro; vazio quando o erro é do todo.")
    codigo = serializers.CharField()
    mensagem = serializers.CharField()


class ConflictSerializer(serializers.Serializer[Any]):
    campo = serializers.CharField()
    original = serializers.JSONField(
        allow_null=True, required=False, help_text="O valor que se tinha lido; ausente em dados pessoais, para quem não os vê."
    )
    atual = serializers.JSONField(allow_null=True, required=False)
    enviado = serializers.JSONField(allow_null=True)


class ProblemSerializer(serializers.Serializer[Any]):
    """Documento de problema (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    codigo = serializers.CharField(help_text="Código estável, em snake_case.")
    erros = ProblemFieldSerializer(many=True)
    rastro = serializers.CharField(help_text="Identificador do rastro, para o suporte.")
    registro_id = serializers.UUIDField(required=False, help_text="No 409 `duplicado`: o registro que já tem o valor.")
    conflitos = ConflictSerializer(many=True, required=False, help_text="No 412: os campos que outra pessoa também mudou.")
    itens = serializers.ListField(
        child=serializers.DictField(), required=False, help_text="No 422 `lote_recusado`: os itens com erro, como no 207."
    )


class EmptySerializer(StrictSerializer):
    """A transition that takes no body."""
