from django.db import models

from crm_shared.extensions.columns import Extensible
from crm_shared.records.models import PK_COLUMN, OwnedRecord, Searchable, uuid7


class Coisa(OwnedRecord, Extensible):
    RECURSO = "coisas"

    nome = models.CharField(max_length=50)
    prazo = models.DateField(null=True, blank=True)
    valor = models.DecimalField(max_digits=10, decimal_places=2, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["nome"], name="coisa_nome_unico")]


class Amostra(Searchable, Extensible):
    """A column of each kind that an expression may name."""

    RECURSO = "amostras"

    id = models.UUIDField(primary_key=True, default=uuid7, db_column=PK_COLUMN)
    situacao = models.CharField(max_length=10, choices=[("aberta", ""), ("ganha", ""), ("", "")], blank=True, default="")
    cidade = models.CharField(max_length=50, blank=True, default="")
    valor = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    pontos = models.IntegerField(null=True)
    ativa = models.BooleanField(null=True)
    prazo = models.DateField(null=True)
    vista_em = models.DateTimeField(null=True)
    pessoa_id = models.UUIDField(null=True)


class Efeito(models.Model):
    """What a handler did, so that tests can count it."""

    evento_id = models.UUIDField()
    nome = models.CharField(max_length=300)
