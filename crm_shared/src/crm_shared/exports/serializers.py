"""Shapes of exports."""

from typing import Any

from rest_framework import serializers

from ..api.serializers import StrictSerializer
from ..imports.serializers import TextsField
from ..operations.serializers import FIELDS, OperacaoSerializer

FORMATS = [("csv", "CSV"), ("xlsx", "planilha do Excel")]
MAX_COLUMNS = 300  # more than a record has, with its custom fields


class ExportarSerializer(StrictSerializer):
    q = serializers.CharField(required=False, help_text="Expressão, como a da lista.")
    busca = serializers.CharField(required=False, max_length=200, help_text="Texto, como o da lista.")
    filtros = TextsField(required=False, help_text="Os demais filtros da lista: nome -> valor, como na URL.")
    campos = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=MAX_COLUMNS,
        help_text="As colunas, em ordem. Sem eles, as da lista. Campos personalizados são `@chave`, ou `extras` para todos.",
    )
    formato = serializers.ChoiceField(choices=FORMATS, default="csv")
    brasileiro = serializers.BooleanField(
        default=False, help_text="CSV como o Excel em português o abre: `;`, vírgula decimal, dd/mm/aaaa e BOM."
    )


class ExportacaoSerializer(OperacaoSerializer):
    estado = serializers.CharField(help_text="O da operação: `concluida` quando o arquivo está pronto.")
    formato = serializers.CharField(help_text="csv ou xlsx.")
    linhas = serializers.IntegerField(help_text="Quantas linhas já foram escritas.")
    link = serializers.CharField(
        allow_null=True, help_text="Endereço do arquivo, com assinatura que vale 15 minutos e só para você; nulo até a exportação acabar."
    )

    class Meta(OperacaoSerializer.Meta):
        fields: Any = (*FIELDS, "formato", "linhas", "link")
        read_only_fields: Any = fields
