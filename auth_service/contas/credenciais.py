"""Models of what stands beside people and sessions: revocations and API keys."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from crm_shared.records.models import uuid7


class Revogacao(models.Model):
    """Tokens that are good no more (crm_shared.auth.revocation.Revocation). `publicada_em` is empty until the bus was told."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    alvo = models.CharField(max_length=40)
    antes = models.BigIntegerField(null=True)
    criada_em = models.DateTimeField(default=timezone.now)
    publicada_em = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "revogação"
        verbose_name_plural = "revogações"
        indexes = [
            models.Index(fields=["alvo", "id"], name="revogacao_do_alvo"),
            models.Index(fields=["criada_em"], name="revogacao_por_idade"),
            models.Index(fields=["id"], condition=Q(publicada_em__isnull=True), name="revogacao_por_contar"),
        ]
