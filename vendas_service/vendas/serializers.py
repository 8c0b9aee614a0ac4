"""Shapes of deals, their items and history, funnels, products and reasons of loss."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MinValueValidator
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm_shared.api.fields import InstantField
from crm_shared.api.serializers import (
    OWNER_FIELDS,
    RECORD_FIELDS,
    OwnedRecordSerializer,
    RecordSerializer,
    StrictSerializer,
    row_serializer,
)
from crm_shared.extensions.serializers import EXTENSION_FIELDS, ExtensibleSerializer

from .calendario import hoje, meio_dia
from .models import Etapa, Funil, HistoricoEtapa, ItemOportunidade, MotivoPerda, Oportunidade, Produto, Status

_DIA = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAO_NEGATIVO: dict[str, Any] = {"min_value": Decimal(0)}


@extend_schema_field({"type": "string", "format": "date-time", "description": "Instante com fuso, ou um dia (AAAA-MM-DD) de São Paulo."})
class InstanteField(InstantField):
    """An instant, or a bare day, which stands at noon of São Paulo so that it is that day in every report. Input only."""

    def to_internal_value(self, value: Any) -> datetime:
        if not (isinstance(value, str) and _DIA.fullmatch(value)):
            return super().to_internal_value(value).astimezone(UTC)
        try:
            dia = date.fromisoformat(value)
        except ValueError:
            self.fail("invalid", format="AAAA-MM-DD")
        return min(meio_dia(dia), timezone.now()) if dia == hoje() else meio_dia(dia)


class _Mantem(RecordSerializer):
    """PUT leaves what `kept_on_put` names as it is when the body does not say it: there is no natural default to go back to."""

    kept_on_put: ClassVar[frozenset[str]] = frozenset()

    def defaults(self) -> dict[str, Any]:
        return {campo: valor for campo, valor in super().defaults().items() if campo not in self.kept_on_put}


class EtapaSerializer(_Mantem):
    funil_id = serializers.UUIDField()
    kept_on_put = frozenset({"ordem", "tipo", "probabilidade"})

    class Meta:
        model = Etapa
        fields = (*RECORD_FIELDS, "funil_id", "nome", "ordem", "tipo", "probabilidade", "dias_esperados")
        read_only_fields = RECORD_FIELDS


class EtapaDoFunilSerializer(EtapaSerializer):
    funil_id = serializers.UUIDField(read_only=True)


class EtapaNovaSerializer(StrictSerializer):
    """A stage inside the body of a new funnel; its place in the list is its order."""

    nome = serializers.CharField(max_length=120)
    tipo = serializers.ChoiceField(Etapa.Tipo.choices, required=False)
    probabilidade = serializers.IntegerField(min_value=0, max_value=100, required=False)
    dias_esperados = serializers.IntegerField(min_value=0, max_value=32767, required=False, allow_null=True)


class FunilSerializer(_Mantem):
    etapas = EtapaDoFunilSerializer(source="etapas_vivas", many=True, read_only=True)
    kept_on_put = frozenset({"padrao"})
    detail_only = frozenset({"etapas"})

    class Meta:
        model = Funil
        fields = (*RECORD_FIELDS, "nome", "moeda", "ativo", "padrao", "etapas")
        read_only_fields = RECORD_FIELDS


class FunilNovoSerializer(FunilSerializer):
    etapas = EtapaNovaSerializer(many=True, required=False, max_length=50)  # type: ignore[assignment, call-arg]  # of the list


class MotivoPerdaSerializer(RecordSerializer):
    class Meta:
        model = MotivoPerda
        fields = (*RECORD_FIELDS, "nome", "ativo", "exige_nota")
        read_only_fields = RECORD_FIELDS


class ProdutoSerializer(ExtensibleSerializer):
    class Meta:
        model = Produto
        fields = (*RECORD_FIELDS, "codigo", "nome", "preco", "moeda", "unidade", "ativo", *EXTENSION_FIELDS)
        read_only_fields = RECORD_FIELDS
        extra_kwargs: ClassVar[dict[str, Any]] = {"preco": _NAO_NEGATIVO}


class ItemSerializer(_Mantem):
    produto_id = serializers.UUIDField()
    produto_nome = serializers.CharField(source="produto.nome", read_only=True)
    kept_on_put = frozenset({"preco"})

    class Meta:
        model = ItemOportunidade
        fields = (*RECORD_FIELDS, "produto_id", "produto_nome", "quantidade", "preco", "desconto_tipo", "desconto", "total")
        read_only_fields = (*RECORD_FIELDS, "total")
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "quantidade": {"min_value": Decimal("0.001")},
            "preco": {**_NAO_NEGATIVO, "required": False, "help_text": "Sem ele, o preço atual do produto."},
            "desconto": _NAO_NEGATIVO,
        }


class OportunidadeSerializer(OwnedRecordSerializer, _Mantem, ExtensibleSerializer):
    funil_id = serializers.UUIDField(required=False, help_text="Sem ele, o da etapa ou o funil padrão.")
    funil_nome = serializers.CharField(source="funil.nome", read_only=True)
    etapa_id = serializers.UUIDField(required=False, help_text="Sem ela, a primeira do funil.")
    etapa_nome = serializers.CharField(source="etapa.nome", read_only=True)
    probabilidade = serializers.IntegerField(
        min_value=0, max_value=100, required=False, allow_null=True, help_text="Sem ela, a da etapa; null volta à da etapa."
    )
    empresa_id = serializers.UUIDField(required=False, allow_null=True)
    empresa_nome = serializers.CharField(source="empresa.nome", read_only=True, allow_null=True)
    cliente_id = serializers.UUIDField(required=False, allow_null=True)
    cliente_nome = serializers.CharField(source="cliente.nome", read_only=True, allow_null=True)
    motivo_perda_id = serializers.UUIDField(read_only=True, allow_null=True)
    motivo_perda_nome = serializers.CharField(source="motivo_perda.nome", read_only=True, allow_null=True)
    itens = ItemSerializer(source="itens_vivos", many=True, read_only=True)

    kept_on_put = frozenset({"funil_id", "etapa_id"})
    detail_only = frozenset({"itens", "nota_perda"})

    class Meta:
        model = Oportunidade
        fields = (
            *RECORD_FIELDS,
            "codigo",
            "titulo",
            "funil_id",
            "funil_nome",
            "etapa_id",
            "etapa_nome",
            "etapa_desde",
            "status",
            "valor",
            "moeda",
            "origem_valor",
            "total_itens",
            "probabilidade",
            "probabilidade_manual",
            "fechamento_previsto",
            "aberta_em",
            "fechada_em",
            "motivo_perda_id",
            "motivo_perda_nome",
            "nota_perda",
            "empresa_id",
            "empresa_nome",
            "cliente_id",
            "cliente_nome",
            "origem",
            "lead_id",
            *OWNER_FIELDS,
            *EXTENSION_FIELDS,
            "itens",
        )
        read_only_fields = (
            *RECORD_FIELDS,
            "codigo",
            "etapa_desde",
            "status",
            "moeda",
            "total_itens",
            "probabilidade_manual",
            "aberta_em",
            "fechada_em",
            "nota_perda",
        )
        extra_kwargs: ClassVar[dict[str, Any]] = {"valor": _NAO_NEGATIVO}

    def defaults(self) -> dict[str, Any]:
        """A value that PUT leaves out is nothing or the sum of the items, a probability that of the stage."""
        return {**super().defaults(), "valor": None, "probabilidade": None}


class OportunidadeNovaSerializer(OportunidadeSerializer):
    """The body of POST: with items, and for imports with the past."""

    itens = ItemSerializer(many=True, required=False, max_length=200)  # type: ignore[call-arg]  # of the list
    criado_em = InstanteField(required=False, validators=[MinValueValidator(datetime(1970, 1, 2, tzinfo=UTC))], help_text="Só importação.")
    status = serializers.ChoiceField(Status.choices, required=False, help_text="Só importação.")
    aberta_em = serializers.DateField(required=False, allow_null=True, help_text="Só importação. null: ninguém começou a trabalhar nela.")
    fechada_em = InstanteField(required=False, allow_null=True, help_text="Só importação; instante ou dia.")
    motivo_perda_id = serializers.UUIDField(required=False, allow_null=True, help_text="Só importação.")
    nota_perda = serializers.CharField(required=False, allow_blank=True, max_length=1000, help_text="Só importação.")

    class Meta(OportunidadeSerializer.Meta):
        read_only_fields = (*RECORD_FIELDS, "codigo", "etapa_desde", "moeda", "total_itens", "probabilidade_manual")  # type: ignore[assignment]


class PassoSerializer(RecordSerializer):
    de_nome = serializers.CharField(source="de.nome", read_only=True, allow_null=True)
    para_nome = serializers.CharField(source="para.nome", read_only=True)
    por_nome = serializers.CharField(source="por.nome", read_only=True, allow_null=True)

    class Meta:
        model = HistoricoEtapa
        fields = (
            "id",
            "de_id",
            "de_nome",
            "para_id",
            "para_nome",
            "em",
            "por_id",
            "por_nome",
            "duracao_s",
            "valor",
            "probabilidade",
            "fechamento_previsto",
            "nota",
        )
        read_only_fields = fields


class MoverSerializer(StrictSerializer):
    etapa_id = serializers.UUIDField(help_text="Etapa aberta, deste funil ou de outro na mesma moeda.")


class GanharSerializer(StrictSerializer):
    valor = serializers.DecimalField(18, 2, min_value=Decimal(0), required=False, help_text="Valor final, se mudou.")
    fechada_em = InstanteField(required=False, help_text="Quando foi ganha; sem ele, agora.")


class PerderSerializer(StrictSerializer):
    motivo_perda_id = serializers.UUIDField()
    nota = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    fechada_em = InstanteField(required=False, help_text="Quando foi perdida; sem ele, agora.")


class ReabrirSerializer(StrictSerializer):
    motivo = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class ColunaSerializer(serializers.Serializer[Any]):
    etapa_id = serializers.UUIDField()
    nome = serializers.CharField()
    tipo = serializers.ChoiceField(Etapa.Tipo.choices)
    ordem = serializers.IntegerField()
    probabilidade = serializers.IntegerField()
    quantidade = serializers.IntegerField()
    valor = serializers.DecimalField(20, 2, allow_null=True, help_text="Nulo para quem não vê valores.")
    valor_ponderado = serializers.DecimalField(20, 2, allow_null=True, help_text="Cada valor vezes a probabilidade.")
    cartoes = row_serializer(OportunidadeSerializer)(many=True)
    proximo = serializers.CharField(allow_null=True, help_text="Cursor de GET /vendas?etapa_id=... para os cartões seguintes.")


class QuadroSerializer(serializers.Serializer[Any]):
    funil_id = serializers.UUIDField()
    funil_nome = serializers.CharField()
    moeda = serializers.CharField()
    colunas = ColunaSerializer(many=True)
