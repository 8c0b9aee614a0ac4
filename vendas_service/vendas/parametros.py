"""What the report and the board take in their query strings; an unknown or repeated parameter answers 400."""

from datetime import date
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from crm_shared.api.serializers import QuerySerializer

from .models import codigo_de_moeda
from .relatorios import AGRUPAMENTOS, BASES

_DATAS = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


class QuadroParametros(QuerySerializer):
    cartoes = serializers.IntegerField(min_value=0, max_value=50, default=10, help_text="Quantos cartões por coluna.")
    responsavel_id = serializers.UUIDField(required=False)
    equipe_id = serializers.UUIDField(required=False)


class FunilParametros(QuerySerializer):
    agrupar = serializers.ChoiceField(list(AGRUPAMENTOS), required=False, help_text="Sem ele, só os totais.")
    base = serializers.ChoiceField(list(BASES), default="fechamento", help_text="Que data põe a oportunidade em seu período.")
    de = serializers.DateField(required=False, validators=_DATAS, help_text="Primeiro dia, em São Paulo.")
    ate = serializers.DateField(required=False, validators=_DATAS, help_text="Último dia, inclusive.")
    moeda = serializers.CharField(default="BRL", validators=[codigo_de_moeda])
    linhas = serializers.IntegerField(min_value=1, max_value=1000, default=200, help_text="Quantos grupos, no máximo.")
    funil_id = serializers.UUIDField(required=False)
    equipe_id = serializers.UUIDField(required=False)
    responsavel_id = serializers.UUIDField(required=False)
    empresa_id = serializers.UUIDField(required=False)
    produto_id = serializers.UUIDField(required=False)


class CicloSerializer(serializers.Serializer[Any]):
    media = serializers.DecimalField(12, 4, allow_null=True)
    mediana = serializers.DecimalField(12, 1, allow_null=True)
    p90 = serializers.DecimalField(12, 1, allow_null=True)
    min = serializers.IntegerField(allow_null=True)
    max = serializers.IntegerField(allow_null=True)


class CiclosSerializer(serializers.Serializer[Any]):
    ganhas = CicloSerializer()
    perdidas = CicloSerializer()
    fechadas = CicloSerializer()


class FigurasSerializer(serializers.Serializer[Any]):
    oportunidades = serializers.IntegerField()
    ganhas = serializers.IntegerField()
    perdidas = serializers.IntegerField()
    abertas = serializers.IntegerField()
    taxa_ganho = serializers.DecimalField(7, 6, allow_null=True, help_text="ganhas / (ganhas + perdidas)")
    receita_ganha = serializers.DecimalField(20, 2)
    ticket_medio = serializers.DecimalField(22, 4, allow_null=True)
    ticket_mediano = serializers.DecimalField(20, 2, allow_null=True)
    valor_aberto = serializers.DecimalField(20, 2)
    valor_aberto_ponderado = serializers.DecimalField(20, 2, help_text="Cada valor vezes a probabilidade.")
    ciclo_dias = CiclosSerializer(help_text="Dias da abertura ao fechamento.")


class GrupoSerializer(FigurasSerializer):
    chave = serializers.CharField(allow_null=True, help_text="Id, período (2026Q4, 2026-11) ou texto; null para as que não têm.")
    nome = serializers.CharField(allow_null=True)


class RelatorioSerializer(serializers.Serializer[Any]):
    agrupar = serializers.CharField(allow_null=True)
    base = serializers.CharField()
    de = serializers.DateField(allow_null=True)
    ate = serializers.DateField(allow_null=True)
    moeda = serializers.CharField()
    outras_moedas = serializers.ListField(child=serializers.CharField(), help_text="Moedas de oportunidades que não entraram na soma.")
    totais = FigurasSerializer()
    linhas = GrupoSerializer(many=True, required=False)
    mais = serializers.BooleanField(required=False, help_text="Há mais grupos que os mostrados.")


def ler_parametros(request: Request, serializer_class: type[QuerySerializer]) -> dict[str, Any]:
    repetidos = {
        nome: [ErrorDetail("Parâmetro repetido.", code="parametro_repetido")]
        for nome, valores in request.query_params.lists()
        if len(valores) > 1
    }
    if repetidos:
        raise ValidationError(repetidos)
    serializer = serializer_class(data=request.query_params.dict())
    serializer.is_valid(raise_exception=True)
    lidos: dict[str, Any] = serializer.validated_data
    return lidos
