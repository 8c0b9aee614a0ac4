"""Subscriptions and their deliveries over HTTP: declarations only."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm_shared.api.bulk.mixin import InBulk
from crm_shared.api.concurrency import etag
from crm_shared.api.serializers import EmptySerializer
from crm_shared.api.viewsets import ReadOnlyViewSet, RecordServices
from crm_shared.auth.visibility import visiveis
from crm_shared.q import fields_of
from crm_shared.q.names import OWNER_Q_FIELDS
from crm_shared.records.models import Record

from .. import scopes
from . import services
from .filters import EntregaFilter, WebhookFilter
from .models import EntregaWebhook, Webhook
from .serializers import EntregaSerializer, TrocarSegredoSerializer, WebhookSerializer


class WebhookViewSet(InBulk):
    """Webhooks: eventos enviados, assinados, a um endereço de fora."""

    recurso = "automacao"
    required_scopes = scopes.WEBHOOKS
    queryset = Webhook.objects.select_related("responsavel", "equipe")
    serializer_class = WebhookSerializer
    filterset_class = WebhookFilter
    q_fields = {
        **fields_of(Webhook, "nome", "destino", "ativo", "motivo_desativacao", "dados_pessoais", "falhando_desde", "criado_em"),
        **OWNER_Q_FIELDS,
    }
    search_paths = ("busca_texto",)
    ordering_fields = {"criado_em": "id", "nome": "nome"}
    unversioned = frozenset({"teste"})
    refusals = {"create": (422,)}
    bulk_without = ("criar", "atribuir")  # a secret is told once, to one answer; and a webhook stays its owner's
    services = RecordServices(services.criar_webhook, services.atualizar_webhook, services.excluir_webhook, services.restaurar_webhook)

    def reload(self, record: Record) -> Any:
        """With the secret that was made just now, which no row can tell."""
        fresh = super().reload(record)
        fresh.segredo_novo = getattr(record, "segredo_novo", None)
        return fresh

    def show(self, record: Any, code: int = 200, **headers: str) -> Response:
        response = super().show(record, code, **headers)
        if record.segredo_novo:
            response.shown_once = ("segredo",)  # type: ignore[attr-defined]  # idempotency keeps the answer without it
        return response

    @extend_schema(request=TrocarSegredoSerializer)
    @action(detail=True, methods=["post"], url_path="trocar-segredo")
    def trocar_segredo(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cria outro segredo, que esta resposta mostra uma única vez; o anterior ainda assina junto por um tempo."""
        return self.transition(services.trocar_segredo, TrocarSegredoSerializer)

    @extend_schema(request=EmptySerializer, responses={202: EntregaSerializer})
    @action(detail=True, methods=["post"])
    def teste(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Envia um evento de teste, também a um webhook desativado. A entrega mostra o que veio de resposta."""
        webhook = self.visible_record()
        self.validated(EmptySerializer)
        entrega = services.testar_webhook(ator=self.principal, pk=webhook.pk)
        data = EntregaSerializer(entrega, context=self.get_serializer_context()).data
        return Response(data, status=202, headers={"Location": f"/automacao/entregas/{entrega.pk}", "ETag": etag(entrega.versao)})


class EntregaViewSet(ReadOnlyViewSet):
    """Entregas: cada evento enviado a cada webhook, com as tentativas. São guardadas por 30 dias."""

    recurso = "automacao"
    required_scopes = scopes.ENTREGAS
    queryset = EntregaWebhook.objects.select_related("webhook").filter(conferida=True)
    serializer_class = EntregaSerializer
    filterset_class = EntregaFilter

    def get_queryset(self) -> QuerySet[EntregaWebhook]:
        """What its webhook's owner sees: a delivery that was not found to be so yet is shown to nobody."""
        seus = visiveis(Webhook.objects.vivos(), self.principal, self.acao, self.recurso)
        return super().get_queryset().filter(webhook__in=seus).exclude(estado=EntregaWebhook.Estado.OCULTA)

    @action(detail=True, methods=["post"])
    def reenviar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Envia de novo a mesma mensagem, com o mesmo `webhook-id`."""
        return self.transition(services.reenviar_entrega)
