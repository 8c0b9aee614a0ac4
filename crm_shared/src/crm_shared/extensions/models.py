"""Definitions that belong to a service as a whole."""

from django.core.validators import RegexValidator
from django.db import models

from ..records.models import Record
from .columns import MAX_SLUG

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*\Z"


class Marcador(Record):
    """A tag. `slug` never changes and is never given to another, for records hold it: one that was deleted comes back by restoring it."""

    nome = models.CharField("nome", max_length=MAX_SLUG)
    slug = models.CharField(
        "slug",
        max_length=MAX_SLUG,
        unique=True,
        validators=[RegexValidator(SLUG, "Use letras minúsculas, números e hífens.", "slug_invalido")],
        help_text="O nome em expressões, como em `marcador:cliente-frio`. Sem ele, feito do nome. Não muda.",
    )
    cor = models.CharField(
        "cor",
        max_length=7,
        default="#64748b",
        validators=[RegexValidator(r"^#[0-9a-f]{6}\Z", "Use uma cor como #1d4ed8.", "cor_invalida")],
        help_text="Como #1d4ed8.",
    )

    class Meta:
        verbose_name = "marcador"
        verbose_name_plural = "marcadores"
        indexes = [models.Index(fields=["nome", "id"], name="marcador_por_nome")]

    def __str__(self) -> str:
        return self.nome
