"""The tables of the event log and of its consumers; the same on PostgreSQL and MongoDB."""

from django.db import models
from django.utils import timezone

from ..records.models import PK_COLUMN, uuid7


class Evento(models.Model):
    """Append-only: outbox, history of the record, audit trail and change feed at once (ADR 0005).

    `mudancas` is [{campo, de, para}]; a personal field shows only its name there, its values stand in
    `pessoais["mudancas"]`, so that `pessoais` can be masked or erased as one thing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, db_column=PK_COLUMN)
    tipo = models.CharField(max_length=80)
    agregado = models.CharField(max_length=40)
    agregado_id = models.UUIDField("registro")
    versao = models.PositiveIntegerField("versão")
    dados = models.JSONField(default=dict)
    mudancas = models.JSONField("mudanças", default=list)
    pessoais = models.JSONField(default=dict)
    ator = models.CharField(max_length=80)
    rastro = models.CharField(max_length=32)
    causa = models.CharField(max_length=36, default="")
    criado_em = models.DateTimeField(default=timezone.now)
    publicado_em = models.DateTimeField(null=True)
    stream_id = models.CharField(max_length=40, default="")

    class Meta:
        verbose_name = "evento"
        indexes = [
            models.Index(fields=["publicado_em", "id"], name="evento_publicado_em"),  # what is not published yet, in order
            models.Index(fields=["agregado_id", "versao"], name="evento_do_registro"),
            models.Index(fields=["rastro", "id"], name="evento_do_rastro"),
        ]

    def __str__(self) -> str:
        return f"{self.tipo} {self.agregado_id} v{self.versao}"


class MensagemRecebida(models.Model):
    """Inbox: one row per event that took effect here, inserted in the effect's own transaction."""

    evento_id = models.UUIDField("evento", primary_key=True, db_column=PK_COLUMN)
    tipo = models.CharField(max_length=80)
    recebido_em = models.DateTimeField(default=timezone.now)
    rastro = models.CharField(max_length=32, null=True)  # a process of the version before writes none

    class Meta:
        verbose_name = "mensagem recebida"
        verbose_name_plural = "mensagens recebidas"
        indexes = [
            models.Index(fields=["recebido_em"], name="mensagem_recebida_em"),
            models.Index(fields=["rastro"], name="mensagem_do_rastro"),
        ]


class CartaMorta(models.Model):
    """A message whose handler failed: tried again with backoff while `repetindo`, given up as `morta` until redriven."""

    class Estado(models.TextChoices):
        REPETINDO = "repetindo", "repetindo"
        MORTA = "morta", "morta"

    id = models.UUIDField(primary_key=True, default=uuid7, db_column=PK_COLUMN)
    evento_id = models.CharField("evento", max_length=64, unique=True)
    tipo = models.CharField(max_length=80, default="")
    agregado_id = models.CharField("registro", max_length=64, default="")
    mensagem = models.JSONField()
    tentativas = models.PositiveIntegerField(default=0)
    proxima_em = models.DateTimeField("próxima tentativa", default=timezone.now)
    estado = models.CharField(max_length=10, choices=Estado.choices, default=Estado.REPETINDO)
    erro = models.TextField(default="")
    criado_em = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "carta morta"
        verbose_name_plural = "cartas mortas"
        indexes = [models.Index(fields=["estado", "proxima_em"], name="carta_morta_vez")]


class Arrendamento(models.Model):
    """A lease that one process at a time holds: relay, consumer and periodic tasks run there. `dados` is what its holder remembers."""

    nome = models.CharField(primary_key=True, max_length=40, db_column=PK_COLUMN)
    dono = models.CharField(max_length=80, default="")
    ate = models.DateTimeField("até", default=timezone.now)
    dados = models.JSONField(default=dict)

    class Meta:
        verbose_name = "arrendamento"
