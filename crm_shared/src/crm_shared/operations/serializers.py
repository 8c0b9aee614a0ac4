"""Shapes of operations and of what became of their items."""

from typing import Any

from rest_framework import serializers

from ..api.serializers import RECORD_FIELDS, RecordSerializer
from .models import Operacao

FIELDS = (
    *RECORD_FIELDS,
    "tipo",
    "recurso",
    "estado",
    "total",
    "feitos",
    "erros",
    "desfeitos",
    "criado_por",
    "iniciado_em",
    "encerrado_em",
    "desfazer_ate",
    "motivo",
    "resultado",
)


class OperacaoSerializer(RecordSerializer):
    class Meta:
        model = Operacao
        fields = FIELDS
        read_only_fields = FIELDS


class ErroDeItemSerializer(serializers.Serializer[Any]):
    campo = serializers.CharField(allow_blank=True, help_text="Campo com erro; vazio quando o erro é do todo.")
    codigo = serializers.CharField()
    mensagem = serializers.CharField()


class ItemDeOperacaoSerializer(serializers.Serializer[Any]):
    indice = serializers.IntegerField(help_text="Posição do item no pedido, a partir de 0.")
    status = serializers.IntegerField(help_text="O que HTTP teria respondido ao item sozinho: 201, 200, 404…")
    registro_id = serializers.UUIDField(allow_null=True)
    versao = serializers.IntegerField(allow_null=True)
    erros = ErroDeItemSerializer(many=True)
    desfeito = serializers.CharField(allow_blank=True, help_text="`sim`, ou por que não foi desfeito; vazio enquanto não se desfez.")


class PaginaDeItensSerializer(serializers.Serializer[Any]):
    resultados = ItemDeOperacaoSerializer(many=True)
    proximo = serializers.CharField(allow_null=True)
    anterior = serializers.CharField(allow_null=True)
