"""The second factor of a person: an authenticator app, and codes on paper for the day on which it is lost."""

from django.db import models
from django.utils import timezone


class SegundoFator(models.Model):
    """One TOTP secret (RFC 6238), sealed. It asks for codes only once a first one has confirmed it; each step is taken once."""

    usuario = models.OneToOneField("contas.Usuario", on_delete=models.CASCADE, primary_key=True, related_name="segundo_fator")
    segredo = models.TextField(editable=False)
    criado_em = models.DateTimeField(default=timezone.now)
    confirmado_em = models.DateTimeField(null=True)
    ultimo_passo = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "segundo fator"
        verbose_name_plural = "segundos fatores"


class CodigoRecuperacao(models.Model):
    """A code that signs in once in place of the app's; only a keyed hash of it is kept."""

    usuario = models.ForeignKey("contas.Usuario", on_delete=models.CASCADE, related_name="codigos_recuperacao", db_index=False)
    hash = models.CharField(max_length=64)
    usado_em = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "código de recuperação"
        verbose_name_plural = "códigos de recuperação"
        constraints = [models.UniqueConstraint(fields=["usuario", "hash"], name="codigo_recuperacao_unico")]
