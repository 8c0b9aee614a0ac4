"""Mail that is to leave, and the requests for another password that it brings."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from crm_shared.jobs.rows import Job


class Correio(Job):
    """One message to be made and sent by `manage.py eventos`; the row goes when it has left.

    Requests stay alike in time and traces whether they name somebody or nobody: that is looked up when the message is made.
    """

    class Estado(models.TextChoices):
        PENDENTE = "pendente", "à espera"
        ENVIANDO = "enviando", "a caminho"
        FALHOU = "falhou", "falhou"

    class Tipo(models.TextChoices):
        SENHA = "senha", "redefinição de senha"
        CONVITE = "convite", "convite"

    WAITING: ClassVar[tuple[str, ...]] = (Estado.PENDENTE,)
    RUNNING, QUEUED = Estado.ENVIANDO, Estado.PENDENTE

    tipo = models.CharField("tipo", max_length=7, choices=Tipo)
    alvo = models.TextField("alvo", help_text="Selado: o endereço pedido, ou o convite.")

    class Meta:
        verbose_name = "correio"
        verbose_name_plural = "correio"
        indexes = [models.Index(fields=["estado", "proxima_em"], name="correio_por_vez")]


class PedidoSenha(models.Model):
    """The newest link to another password that a person was sent; only its hash is kept, and the row goes when it is used."""

    usuario = models.OneToOneField("contas.Usuario", on_delete=models.CASCADE, primary_key=True, related_name="pedido_senha")
    hash = models.CharField(max_length=64, unique=True)
    criado_em = models.DateTimeField(default=timezone.now)
    expira_em = models.DateTimeField()

    class Meta:
        verbose_name = "pedido de senha"
        verbose_name_plural = "pedidos de senha"
