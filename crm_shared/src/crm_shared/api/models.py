"""Stored answers of requests that carried an Idempotency-Key."""

from django.db import models
from django.utils import timezone

from ..records.models import PK_COLUMN, uuid7


class ChaveIdempotencia(models.Model):
    """Written in the transaction of the request's own effect, so that neither exists without the other."""

    id = models.UUIDField(primary_key=True, default=uuid7, db_column=PK_COLUMN)
    usuario = models.CharField(max_length=80)
    rota = models.CharField(max_length=300)
    chave = models.CharField(max_length=255)
    corpo_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    cabecalhos = models.JSONField(default=dict)
    corpo = models.TextField(default="")
    criado_em = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "chave de idempotência"
        verbose_name_plural = "chaves de idempotência"
        constraints = [models.UniqueConstraint(fields=["usuario", "rota", "chave"], name="chave_idempotencia_unica")]
        indexes = [models.Index(fields=["criado_em"], name="chave_idempotencia_idade")]
