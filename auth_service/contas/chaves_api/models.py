"""Keys by which programs act for a person."""

from typing import Any, ClassVar

from django.db import models

from crm_shared.records.models import Record


class ChaveApi(Record):
    """Of the key only hashes are kept; `prefixo` is how it begins, to tell one from another. A deleted one is revoked."""

    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset({"usada_de"})

    usuario: Any = models.ForeignKey(
        "contas.Usuario", on_delete=models.PROTECT, verbose_name="usuário", related_name="chaves_api", db_index=False, editable=False
    )
    nome = models.CharField("nome", max_length=60, help_text="Para reconhecê-la: o programa que a usa.")
    prefixo = models.CharField("prefixo", max_length=12, editable=False)
    escopos = models.JSONField("escopos", default=list, help_text="O que ela permite, no máximo; sem nenhum, nada.")
    redes = models.JSONField("redes", default=list, blank=True, help_text="De onde vale, como 203.0.113.0/24; sem nenhuma, de toda parte.")
    expira_em = models.DateTimeField("expira em", null=True, blank=True)
    usada_em = models.DateTimeField("usada em", null=True, editable=False)
    usada_de = models.GenericIPAddressField("usada de", null=True, editable=False)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    hash_anterior = models.CharField(max_length=64, blank=True, default="", editable=False)
    anterior_ate = models.DateTimeField("a anterior vale até", null=True, editable=False)

    class Meta:
        verbose_name = "chave de API"
        verbose_name_plural = "chaves de API"
        indexes = [
            models.Index(fields=["usuario", "id"], name="chave_api_do_usuario"),
            models.Index(fields=["hash_anterior"], name="chave_api_anterior", condition=~models.Q(hash_anterior="")),
        ]

    def __str__(self) -> str:
        return self.nome
