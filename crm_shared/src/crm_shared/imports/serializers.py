"""Shapes of imports."""

from typing import Any

from rest_framework import serializers

from ..api.serializers import RECORD_FIELDS, RecordSerializer
from .declared import importables
from .models import Importacao

MAX_ENTRIES = 200
_READ_ONLY = (
    *RECORD_FIELDS,
    "situacao",
    "colunas",
    "codificacao",
    "separador",
    "tamanho",
    "criado_por",
    "simulacao_id",
    "operacao_id",
)


class TextsField(serializers.DictField):
    """{name: text}, of bounded size."""

    child = serializers.CharField(max_length=300)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and len(data) > MAX_ENTRIES:
            raise serializers.ValidationError(f"Envie até {MAX_ENTRIES} entradas.", code="max_length")
        if isinstance(data, dict) and not all(isinstance(value, str) for value in data.values()):
            raise serializers.ValidationError("Envie textos.", code="invalid")
        return super().to_internal_value(data)


def _keys() -> list[str]:
    return list(dict.fromkeys(key for importable in importables().values() for key in importable.keys))


class ImportacaoSerializer(RecordSerializer):
    recurso = serializers.ChoiceField(choices=list(importables()), help_text="O que as linhas são.")
    chave = serializers.ChoiceField(
        choices=_keys(), required=False, allow_blank=True, help_text="Campo pelo qual as linhas encontram registros que já existem."
    )
    mapeamento = TextsField(required=False, help_text="Nome da coluna -> nome do campo; as demais colunas são ignoradas.")
    padroes = TextsField(
        required=False, help_text="Campo -> valor das linhas em que a célula está vazia ou não existe, como se escreve em uma célula."
    )
    situacao = serializers.ChoiceField(source="estado", choices=Importacao.Estado.choices, read_only=True)
    colunas = serializers.ListField(child=serializers.CharField(), read_only=True, help_text="Os nomes do cabeçalho.")

    class Meta:
        model = Importacao
        fields = (*_READ_ONLY[:4], "recurso", "nome", "modo", "chave", "mapeamento", "padroes", *_READ_ONLY[4:])
        read_only_fields = _READ_ONLY


class NovaImportacaoSerializer(ImportacaoSerializer):
    """The mapping is said when the columns are known."""

    mapeamento: Any = None
    padroes: Any = None

    class Meta(ImportacaoSerializer.Meta):
        fields: Any = ("recurso", "nome", "modo", "chave")


class ConfiguracaoSerializer(ImportacaoSerializer):
    """What can be changed after the creation."""

    class Meta(ImportacaoSerializer.Meta):
        read_only_fields: Any = (*_READ_ONLY, "recurso")

    recurso: Any = serializers.CharField(read_only=True)


class CampoImportavelSerializer(serializers.Serializer[Any]):
    campo = serializers.CharField()
    rotulo = serializers.CharField()
    obrigatorio = serializers.BooleanField(help_text="Para criar um registro.")
    chave = serializers.BooleanField(help_text="Pode ser a `chave` da importação.")
    so_ao_criar = serializers.BooleanField(help_text="Ao atualizar um registro, a célula é ignorada.")


class RecursoImportavelSerializer(serializers.Serializer[Any]):
    recurso = serializers.CharField()
    campos = CampoImportavelSerializer(many=True)


class RecursosImportaveisSerializer(serializers.Serializer[Any]):
    recursos = RecursoImportavelSerializer(many=True)


class AmostraSerializer(serializers.Serializer[Any]):
    colunas = serializers.ListField(child=serializers.CharField())
    linhas = serializers.ListField(child=serializers.ListField(child=serializers.CharField(allow_blank=True)))
