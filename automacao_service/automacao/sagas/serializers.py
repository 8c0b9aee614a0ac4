"""Shapes of sagas: what each is started with, and how one is told."""

from typing import Any

from rest_framework import serializers

from crm_shared.api.serializers import RECORD_FIELDS, OwnedRecordSerializer, RecordSerializer, StrictSerializer
from crm_shared.events.values import plain
from crm_shared.identity.fields import CNPJField

from ..models import PassoSaga, Saga
from ..serializers import PRIORIDADES, TIPOS_TAREFA
from .tarefa import PADRAO, TITULO_MAX


class TarefaDaSagaSerializer(StrictSerializer):
    titulo = serializers.CharField(max_length=TITULO_MAX, required=False)
    tipo = serializers.ChoiceField(choices=TIPOS_TAREFA, required=False, help_text=f"Sem ele, {PADRAO['tipo']}.")
    prioridade = serializers.ChoiceField(choices=PRIORIDADES, required=False, help_text=f"Sem ela, {PADRAO['prioridade']}.")
    prazo_dias_uteis = serializers.IntegerField(
        min_value=0, max_value=365, required=False, help_text=f"Sem ele, {PADRAO['prazo_dias_uteis']}."
    )


class InicioSerializer(StrictSerializer):
    """The target, and what the saga's steps take from its start, as JSON's own values."""

    valor = serializers.DecimalField(18, 2, min_value=0, required=False, help_text="Em reais.")
    tarefa = TarefaDaSagaSerializer(required=False, help_text="A tarefa que a operação cria; o que faltar tem um padrão.")

    def entrada(self) -> dict[str, Any]:
        entrada: dict[str, Any] = plain(self.validated_data)
        return entrada


class ConverterLeadSerializer(InicioSerializer):
    lead_id = serializers.UUIDField(help_text="Um lead qualificado.")
    empresa_id = serializers.UUIDField(required=False, help_text="Uma empresa que já existe.")
    cnpj = CNPJField(required=False, help_text="A empresa que o tem, ou o da nova empresa.")
    empresa_nome = serializers.CharField(
        max_length=200, required=False, help_text="Sem ele, o do lead. A única empresa com este nome é usada; sem nenhuma, cria-se uma."
    )
    titulo = serializers.CharField(
        max_length=TITULO_MAX, required=False, help_text="Da oportunidade; sem ele, a empresa ou o interesse do lead."
    )
    funil_id = serializers.UUIDField(required=False, help_text="Sem ele, o da etapa ou o funil padrão.")
    etapa_id = serializers.UUIDField(required=False, help_text="Sem ela, a primeira do funil.")
    fechamento_previsto = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "empresa_id" in attrs and {"cnpj", "empresa_nome"} & attrs.keys():
            repetida = serializers.ErrorDetail("Informe empresa_id, ou cnpj e empresa_nome.", code="invalid")
            raise serializers.ValidationError({"empresa_id": repetida})
        return attrs


class GanharOportunidadeSerializer(InicioSerializer):
    oportunidade_id = serializers.UUIDField(help_text="Uma oportunidade aberta.")


class RespostaSerializer(serializers.Serializer[Any]):
    acao = serializers.ChoiceField(choices=["executar", "desfazer"])
    em = serializers.DateTimeField()
    ms = serializers.IntegerField(help_text="Duração.")
    ok = serializers.BooleanField()
    status = serializers.IntegerField(allow_null=True, help_text="Status HTTP da recusa; 0: não houve resposta.")
    codigo = serializers.CharField(help_text="Código do erro; vazio se deu certo.")


class PassoSagaSerializer(RecordSerializer):
    respostas = RespostaSerializer(many=True, read_only=True)

    class Meta:
        model = PassoSaga
        fields = (
            "grupo",
            "ordem",
            "passo",
            "estado",
            "tentativa",
            "tentativa_desfazer",
            "chave_idempotencia",
            "saida",
            "respostas",
            "erro_codigo",
            "inicio",
            "fim",
        )
        read_only_fields = fields


class SagaSerializer(OwnedRecordSerializer):
    responsavel_id = serializers.UUIDField(read_only=True, help_text="Quem a iniciou, em cujo nome ela age.")
    equipe_id = serializers.UUIDField(read_only=True, allow_null=True)
    passos = PassoSagaSerializer(many=True, read_only=True)

    detail_only = frozenset({"entrada", "passos"})

    class Meta:
        model = Saga
        fields = (
            *RECORD_FIELDS,
            "tipo",
            "definicao_versao",
            "alvo_recurso",
            "alvo_id",
            "estado",
            "passo_atual",
            "grupo",
            "tentativas",
            "proxima_em",
            "arrendada_ate",
            "progresso_em",
            "terminada_em",
            "causa",
            "rastro",
            "erro",
            "erro_detalhe",
            "responsavel_id",
            "responsavel_nome",
            "equipe_id",
            "equipe_nome",
            "entrada",
            "passos",
        )
        read_only_fields = fields
