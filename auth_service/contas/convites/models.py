"""Invitations to become a user."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from crm_shared.records.models import Record


def _link(to: str, verbose_name: str, **options: Any) -> Any:
    return models.ForeignKey(to, on_delete=models.PROTECT, verbose_name=verbose_name, related_name="+", **options)


class Convite(Record):
    """Waits for the invited person's own password. Of the link in the mail only the hash is kept; each new mail replaces it."""

    class Estado(models.TextChoices):
        PENDENTE = "pendente", "pendente"
        ACEITO = "aceito", "aceito"
        CANCELADO = "cancelado", "cancelado"

    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset({"email"})

    email = models.CharField("e-mail", max_length=254)
    papel = _link("contas.Papel", "papel")
    equipe = _link("contas.Equipe", "equipe", null=True, blank=True)
    convidado_por = _link("contas.Usuario", "convidado por", null=True, editable=False)
    estado = models.CharField("estado", max_length=9, choices=Estado, default=Estado.PENDENTE, editable=False)
    expira_em = models.DateTimeField("expira em", editable=False)
    usuario = _link("contas.Usuario", "usuário", null=True, editable=False)
    hash = models.CharField(max_length=64, blank=True, default="", editable=False)

    class Meta:
        verbose_name = "convite"
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=Q(excluido_em__isnull=True, estado="pendente"), name="convite_pendente_unico"
            )
        ]
        indexes = [
            models.Index(fields=["hash"], name="convite_por_hash"),
            models.Index(fields=["estado", "id"], name="convite_por_estado"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def vale(self) -> bool:
        return self.estado == self.Estado.PENDENTE and timezone.now() < self.expira_em
