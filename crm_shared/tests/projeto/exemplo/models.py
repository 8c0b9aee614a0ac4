from django.db import models

from crm_shared.records.models import OwnedRecord


class Coisa(OwnedRecord):
    nome = models.CharField(max_length=50)
    prazo = models.DateField(null=True, blank=True)
    valor = models.DecimalField(max_digits=10, decimal_places=2, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["nome"], name="coisa_nome_unico")]


class Efeito(models.Model):
    """What a handler did, so that tests can count it."""

    evento_id = models.UUIDField()
    nome = models.CharField(max_length=300)
