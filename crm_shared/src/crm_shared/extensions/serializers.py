"""Shapes of tags, and of what a main record shows of its own."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ..api.serializers import RECORD_FIELDS, RecordSerializer, ShownColumn, StrictSerializer
from .columns import MAX_SLUG
from .definitions import Definitions
from .fields import MAX_OPTIONS
from .models import CampoPersonalizado, Marcador
from .tags import MAX_OF_RECORD
from .values import read_extras, shower

EXTENSION_FIELDS = ("marcadores", "extras")
_SLUG: Any = Marcador._meta.get_field("slug").validators[0]


class MarcadorSerializer(RecordSerializer):
    slug = serializers.RegexField(
        _SLUG.regex,
        max_length=MAX_SLUG,
        required=False,
        help_text="O nome em expressões, como em `marcador:cliente-frio`. Sem ele, feito do nome. Não muda.",
    )

    class Meta:
        model = Marcador
        fields = (*RECORD_FIELDS, "nome", "slug", "cor")
        read_only_fields = RECORD_FIELDS


_SHOWN_TAG = {"slug": {"type": "string"}, "nome": {"type": "string"}, "cor": {"type": "string"}}


def _tags() -> dict[str, dict[str, str] | None]:
    """None for a deleted one."""
    rows = Marcador.objects.values(*_SHOWN_TAG, "excluido_em")
    return {row["slug"]: {name: row[name] for name in _SHOWN_TAG} if row["excluido_em"] is None else None for row in rows}


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "object", "properties": _SHOWN_TAG, "required": sorted(_SHOWN_TAG), "additionalProperties": False},
        "example": [{"slug": "cliente-frio", "nome": "Cliente frio", "cor": "#64748b"}],
    }
)
class MarcadoresField(ShownColumn):
    """The live tags of a record, in the order in which it got them."""

    @classmethod
    def shower(cls, serializer: Any, *, listed: bool = True) -> Callable[[Any], Any]:
        definitions = Definitions("marcadores", _tags)

        def show(slugs: list[str] | None) -> list[dict[str, str]]:
            return [tag for slug in slugs if (tag := definitions.of(slugs).get(slug))] if slugs else []

        return show


@extend_schema_field({"type": "object", "additionalProperties": True, "example": {}})
class ExtrasField(ShownColumn):
    """Values of custom fields: PATCH changes those that it names, POST and PUT set the others to their defaults."""

    @classmethod
    def shower(cls, serializer: Any, *, listed: bool = True) -> Callable[[Any], Any]:
        return shower(serializer.Meta.model.RECURSO, access=serializer.access, listed=listed)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        partial = bool(getattr(self.root, "partial", False))
        if data is serializers.empty:
            if partial:
                raise serializers.SkipField
            data = {}
        if not isinstance(data, dict):
            raise serializers.ValidationError("Envie um objeto.", code="not_a_dict")
        record: Any = self.parent
        new = record.instance is None and not partial
        return read_extras(record.Meta.model.RECURSO, data, partial=partial, new=new, access=record.access)


class OpcaoSerializer(StrictSerializer):
    valor = serializers.RegexField(r"^[a-z0-9]+([_-][a-z0-9]+)*\Z", max_length=60, help_text="O que os registros guardam.")
    rotulo = serializers.CharField(max_length=100)
    cor = serializers.RegexField(r"^#[0-9a-f]{6}\Z", required=False, help_text="Como #1d4ed8.")
    ativo = serializers.BooleanField(default=True, help_text="Falso: não pode mais ser escolhida.")


_PREPARATION = ("preparo", "operacao_id")


class CampoSerializer(RecordSerializer):
    opcoes = serializers.ListField(child=OpcaoSerializer(), required=False, max_length=MAX_OPTIONS, help_text="De listas.")
    padrao = serializers.JSONField(required=False, allow_null=True, help_text="Valor de quem não informa o campo.")

    class Meta:
        model = CampoPersonalizado
        fields = (
            *RECORD_FIELDS,
            "recurso",
            "chave",
            "rotulo",
            "tipo",
            "opcoes",
            "alvo",
            "obrigatorio",
            "unico",
            "indexado",
            "padrao",
            "regex",
            "ajuda",
            "somente_leitura",
            "dado_pessoal",
            "sensivel",
            *_PREPARATION,
        )
        read_only_fields = (*RECORD_FIELDS, *_PREPARATION)


class MarcarSerializer(StrictSerializer):
    marcadores = serializers.ListField(
        child=serializers.CharField(max_length=MAX_SLUG), min_length=1, max_length=MAX_OF_RECORD, help_text="Slugs de marcadores."
    )


class ExtensibleSerializer(RecordSerializer):
    """Adds EXTENSION_FIELDS, which `Meta.fields` names."""

    marcadores: ClassVar[Any] = MarcadoresField(read_only=True)
    extras: ClassVar[Any] = ExtrasField(required=False, help_text="Campos personalizados, por chave; null esvazia um.")
