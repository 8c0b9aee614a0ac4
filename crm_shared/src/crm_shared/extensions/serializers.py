"""Shapes of tags, and of what a main record shows of its own."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ..api.serializers import RECORD_FIELDS, RecordSerializer, ShownColumn, StrictSerializer
from .columns import MAX_SLUG
from .models import Marcador
from .tags import MAX_OF_RECORD

EXTENSION_FIELDS = ("marcadores",)


class MarcadorSerializer(RecordSerializer):
    slug = serializers.RegexField(
        Marcador._meta.get_field("slug").validators[0].regex,
        max_length=MAX_SLUG,
        required=False,
        help_text="O nome em expressões, como em `marcador:cliente-frio`. Sem ele, feito do nome. Não muda.",
    )

    class Meta:
        model = Marcador
        fields = (*RECORD_FIELDS, "nome", "slug", "cor")
        read_only_fields = RECORD_FIELDS


_SHOWN_TAG = {"slug": {"type": "string"}, "nome": {"type": "string"}, "cor": {"type": "string"}}


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
    def shower(cls, serializer: Any) -> Callable[[Any], Any]:
        live: dict[str, dict[str, str]] = {}

        def show(slugs: list[str] | None) -> list[dict[str, str]]:
            if slugs and not live:
                live.update({row["slug"]: row for row in Marcador.objects.vivos().values("slug", "nome", "cor")})
            return [live[slug] for slug in slugs or () if slug in live]

        return show


class MarcarSerializer(StrictSerializer):
    marcadores = serializers.ListField(
        child=serializers.CharField(max_length=MAX_SLUG), min_length=1, max_length=MAX_OF_RECORD, help_text="Slugs de marcadores."
    )


class ExtensibleSerializer(RecordSerializer):
    """Adds EXTENSION_FIELDS, which `Meta.fields` names."""

    marcadores: ClassVar[Any] = MarcadoresField(read_only=True)
