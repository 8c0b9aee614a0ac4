"""The tables of the clientes service, as a plain project would declare them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Referencia(models.Model):
    id = models.UUIDField(primary_key=True)
    nome = models.CharField(max_length=300)

    class Meta:
        managed = False
        db_table = "crm_shared_referencia"


class Cliente(models.Model):
    id = models.UUIDField(primary_key=True)
    versao = models.PositiveIntegerField()
    criado_em = models.DateTimeField()
    atualizado_em = models.DateTimeField()
    excluido_em = models.DateTimeField(null=True)
    nome = models.CharField(max_length=200)
    nome_social = models.CharField(max_length=200)
    cpf = models.CharField(max_length=11)
    data_nascimento = models.DateField(null=True)
    email = models.CharField(max_length=254)
    telefone = models.CharField(max_length=20)
    ciclo_vida = models.CharField(max_length=12)
    origem = models.CharField(max_length=12)
    campanha = models.CharField(max_length=120)
    nao_contatar = models.BooleanField()
    marcadores = ArrayField(models.CharField(max_length=60))
    extras = models.JSONField()
    responsavel = models.ForeignKey(Referencia, null=True, on_delete=models.PROTECT, related_name="+")
    equipe = models.ForeignKey(Referencia, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        managed = False
        db_table = "clientes_cliente"
