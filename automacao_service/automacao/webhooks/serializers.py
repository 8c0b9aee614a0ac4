"""Shapes of subscriptions and their deliveries."""

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from crm_shared.api.serializers import OWNER_FIELDS, RECORD_FIELDS, OwnedRecordSerializer, RecordSerializer, StrictSerializer
from crm_shared.events.showing import shown_envelope
from crm_shared.outside import TargetRefused, checked_url
from crm_shared.outside.addresses import refuse_known_private

from . import segredos
from .definicao import MAX_CAMPOS, MAX_TIPOS, regras
from .models import EntregaWebhook, Webhook

MAX_HORAS = 7 * 24


class SegredoSerializer(serializers.Serializer[Any]):
    """Um segredo em vigor, sem o seu valor."""

    criado_em = serializers.DateTimeField()
    expira_em = serializers.DateTimeField(allow_null=True)


class WebhookSerializer(OwnedRecordSerializer):
    url = serializers.CharField(
        max_length=2000, help_text="https, endereço público, porta 443 ou 8443, sem usuário e senha. Só o responsável o lê."
    )
    tipos = serializers.ListField(
        child=serializers.CharField(max_length=80),
        allow_empty=False,
        max_length=MAX_TIPOS,
        help_text="Tipos de evento, como em /automacao/catalogo.",
    )
    q = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, help_text="Só eventos que atendem a esta expressão sobre os seus campos."
    )
    campos_observados = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=MAX_CAMPOS,
        help_text="Só alterações em que um destes campos mudou; um evento sem alterações (uma criação) sempre vai.",
    )
    segredo = serializers.CharField(
        source="segredo_novo", read_only=True, allow_null=True, help_text="`whsec_...`; só na resposta que o criou, e nunca mais."
    )
    segredos = serializers.SerializerMethodField(help_text="Os que assinam agora.")
    responsavel_id = serializers.UUIDField(read_only=True)
    equipe_id = serializers.UUIDField(read_only=True, allow_null=True)

    detail_only: ClassVar[frozenset[str]] = frozenset({"url", "q", "campos_observados", "segredo", "segredos"})

    class Meta:
        model = Webhook
        fields = (
            *RECORD_FIELDS,
            "nome",
            "url",
            "destino",
            "tipos",
            "q",
            "campos_observados",
            "dados_pessoais",
            "ativo",
            "motivo_desativacao",
            "falhando_desde",
            "falhas_seguidas",
            "suspenso_ate",
            "ultimo_sucesso_em",
            "segredos",
            "segredo",
            *OWNER_FIELDS,
        )
        read_only_fields = (
            *RECORD_FIELDS,
            "destino",
            "motivo_desativacao",
            "falhando_desde",
            "falhas_seguidas",
            "suspenso_ate",
            "ultimo_sucesso_em",
        )
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "dados_pessoais": {"help_text": "Envia também os dados pessoais; exige pessoais:ler de quem cria e a cada entrega."}
        }

    def validate_url(self, url: str) -> str:
        """The name is looked up here, outside any transaction; what it says then is asked again at each connection."""
        if self.instance is not None and url == self.instance.url:
            return url
        try:
            refuse_known_private(checked_url(url, regras()), regras())
        except TargetRefused as error:
            raise ValidationError([ErrorDetail(str(error), code=error.codigo)]) from None
        return url

    @extend_schema_field(SegredoSerializer(many=True))
    def get_segredos(self, webhook: Webhook) -> list[dict[str, Any]]:
        return [
            {"criado_em": item["criado_em"], "expira_em": item["expira_em"]} for item in segredos.vigentes(webhook.segredos, timezone.now())
        ]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """An address may hold a secret (hooks of chats do), so others see only where it leads."""
        data = super().to_representation(instance)
        if not _e_dono(self.context, instance):
            data["url"] = instance.destino
        return data


class TrocarSegredoSerializer(StrictSerializer):
    manter_horas = serializers.IntegerField(
        default=24, min_value=0, max_value=MAX_HORAS, help_text="Por quantas horas o segredo anterior ainda assina junto; 0, nenhuma."
    )


class EnvioSerializer(serializers.Serializer[Any]):
    """Uma tentativa."""

    em = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True, help_text="Da resposta; nulo se não houve.")
    ms = serializers.IntegerField(help_text="Milissegundos até o fim da resposta.")
    erro = serializers.CharField(allow_blank=True)
    resposta = serializers.CharField(allow_blank=True, help_text="O começo da resposta, com dados pessoais mascarados.")


class EntregaSerializer(RecordSerializer):
    """Um evento a caminho de um webhook; o `id` é o cabeçalho `webhook-id` de todas as tentativas."""

    webhook_id = serializers.UUIDField(read_only=True)
    webhook_nome = serializers.CharField(source="webhook.nome", read_only=True)
    mensagem = serializers.JSONField(read_only=True, allow_null=True, help_text="O que foi enviado (CloudEvents). Só o responsável lê.")
    envios = EnvioSerializer(many=True, read_only=True)

    detail_only: ClassVar[frozenset[str]] = frozenset({"mensagem", "envios"})

    class Meta:
        model = EntregaWebhook
        fields = (
            *RECORD_FIELDS,
            "webhook_id",
            "webhook_nome",
            "evento_id",
            "evento_tipo",
            "estado",
            "tentativas",
            "proxima_em",
            "ultimo_status",
            "erro",
            "terminada_em",
            "rastro",
            "mensagem",
            "envios",
        )
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        data = super().to_representation(instance)
        data["mensagem"] = self._mensagem(instance) if _e_dono(self.context, instance.webhook) else None
        return data

    def _mensagem(self, entrega: EntregaWebhook) -> dict[str, Any]:
        request = self.context.get("request")
        mensagem: dict[str, Any] = entrega.mensagem
        return shown_envelope(mensagem, request.user) if request is not None and "data" in mensagem else {**mensagem, "data": {}}


def _e_dono(context: Any, webhook: Webhook) -> bool:
    request = context.get("request")
    return request is not None and request.user.usuario_id is not None and request.user.usuario_id == webhook.responsavel_id
