"""Shapes of tasks and of working-day sums."""

from datetime import date, datetime
from typing import Any, ClassVar

from rest_framework import serializers

from crm_shared.api.serializers import OWNER_FIELDS, RECORD_FIELDS, OwnedRecordSerializer, QuerySerializer, StrictSerializer
from crm_shared.extensions.serializers import EXTENSION_FIELDS, ExtensibleSerializer
from crm_shared.identity.addresses import UFS

from .calendario import ANOS
from .models import Tarefa
from .vinculos import RECURSOS

MAX_VINCULOS = 50
MAX_DIAS_UTEIS = 1000
DERIVADOS = ("estado", "vence_em", "atrasada", "adiada_ate", "concluida_em", "resultado", "motivo_cancelamento", "criador_id")


def ano_razoavel(valor: date | datetime) -> None:
    if not ANOS[0] <= valor.year <= ANOS[1]:
        raise serializers.ValidationError(f"Use um ano de {ANOS[0]} a {ANOS[1]}.", code="fora_do_intervalo")


class VinculoSerializer(StrictSerializer):
    recurso = serializers.ChoiceField(choices=list(RECURSOS.items()))
    id = serializers.UUIDField()
    nome = serializers.CharField(read_only=True)
    estado = serializers.CharField(read_only=True, help_text="ok, pendente, fundida, excluida ou anonimizada.")


class VinculosField(serializers.ListField):
    """One column to lists, which read it from the queryset as JSON; PUT keeps the links that it does not name."""

    child = VinculoSerializer()


class TarefaSerializer(OwnedRecordSerializer, ExtensibleSerializer):
    vencimento_data = serializers.DateField(required=False, allow_null=True, validators=[ano_razoavel])
    vinculos = VinculosField(required=False, max_length=MAX_VINCULOS, help_text="Registros de outros serviços a que a tarefa se refere.")
    atrasada = serializers.BooleanField(read_only=True)
    criador_id = serializers.UUIDField(read_only=True, allow_null=True)
    criador_nome = serializers.CharField(source="criador.nome", read_only=True, allow_null=True)

    detail_only = frozenset({"notas"})

    class Meta:
        model = Tarefa
        fields: ClassVar[tuple[str, ...]] = (
            *RECORD_FIELDS,
            "titulo",
            "tipo",
            "estado",
            "prioridade",
            "vencimento_data",
            "vencimento_em",
            "vence_em",
            "atrasada",
            "inicio",
            "duracao_min",
            "adiada_ate",
            "concluida_em",
            "resultado",
            "motivo_cancelamento",
            "notas",
            "vinculos",
            *OWNER_FIELDS,
            *EXTENSION_FIELDS,
            "criador_id",
            "criador_nome",
        )
        read_only_fields = (*RECORD_FIELDS, *DERIVADOS)
        extra_kwargs: ClassVar[dict[str, Any]] = {"duracao_min": {"min_value": 1, "max_value": 60 * 24 * 366}}


class TarefaNovaSerializer(TarefaSerializer):
    prazo_dias_uteis = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=MAX_DIAS_UTEIS,
        write_only=True,
        help_text="Dias úteis a partir de hoje, em vez do vencimento.",
    )
    uf = serializers.ChoiceField(
        choices=list(UFS.items()), required=False, write_only=True, help_text="Conta também os feriados deste estado."
    )

    class Meta(TarefaSerializer.Meta):
        fields = (*TarefaSerializer.Meta.fields, "prazo_dias_uteis", "uf")


class ConcluirSerializer(StrictSerializer):
    resultado = serializers.CharField(max_length=5000, required=False, allow_blank=True, help_text="O que resultou da tarefa.")


class CancelarSerializer(StrictSerializer):
    motivo = serializers.CharField(max_length=300, help_text="Por que a tarefa não será feita.")


class AdiarSerializer(StrictSerializer):
    ate = serializers.DateField(validators=[ano_razoavel], help_text="Um dia futuro.")


class DelegarSerializer(StrictSerializer):
    responsavel_id = serializers.UUIDField(help_text="Quem passa a responder pela tarefa.")


class CalculoSerializer(QuerySerializer):
    inicio = serializers.DateField(required=False, validators=[ano_razoavel], help_text="Sem ele, hoje em São Paulo.")
    dias_uteis = serializers.IntegerField(min_value=0, max_value=MAX_DIAS_UTEIS, help_text="0: o próprio dia, ou o próximo dia útil.")
    uf = serializers.ChoiceField(choices=list(UFS.items()), required=False, help_text="Conta também os feriados deste estado.")


class FeriadoSerializer(serializers.Serializer[Any]):
    dia = serializers.DateField()
    nome = serializers.CharField()


class PrazoSerializer(serializers.Serializer[Any]):
    inicio = serializers.DateField()
    dias_uteis = serializers.IntegerField()
    uf = serializers.CharField(help_text="Vazio: só feriados nacionais.")
    vencimento_data = serializers.DateField()
    feriados = FeriadoSerializer(many=True, help_text="Os feriados que caíram em dia de semana no caminho.")
