"""An operation and what became of each of its items; the same on PostgreSQL and MongoDB."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from ..auth.principal import Principal
from ..jobs.rows import Job
from ..records.models import PK_COLUMN, uuid7


class Operacao(Job):
    """`estado` tells the direction of the work; that somebody is at it, the lease (jobs.rows).

    `quem` is the principal with whose rights it runs; `parametros` and `cursor` are the kind's own; `resultado` is shown.
    """

    class Estado(models.TextChoices):
        NA_FILA = "na_fila", "na fila"
        EXECUTANDO = "executando", "executando"
        CONCLUIDA = "concluida", "concluída"
        FALHOU = "falhou", "falhou"
        CANCELADA = "cancelada", "cancelada"
        DESFAZENDO = "desfazendo", "desfazendo"
        DESFEITA = "desfeita", "desfeita"

    WAITING: ClassVar[tuple[str, ...]] = (Estado.NA_FILA, Estado.EXECUTANDO, Estado.DESFAZENDO)
    ENDED: ClassVar[tuple[str, ...]] = (Estado.CONCLUIDA, Estado.FALHOU, Estado.CANCELADA)  # and not undone

    tipo = models.CharField("tipo", max_length=40, help_text="lote, importacao, exportacao…")
    recurso = models.CharField("recurso", max_length=80, help_text="A coleção sobre a qual trabalha, como `clientes/leads`.")
    estado = models.CharField("estado", max_length=10, choices=Estado.choices, default=Estado.NA_FILA)
    total = models.PositiveIntegerField("total", null=True, help_text="Quantos itens há; nulo enquanto não se sabe.")
    feitos = models.PositiveIntegerField("feitos", default=0, help_text="Quantos itens já passaram, com ou sem erro.")
    erros = models.PositiveIntegerField("erros", default=0, help_text="Quantos dos feitos não deram certo.")
    desfeitos = models.PositiveIntegerField("desfeitos", default=0, help_text="Quantos registros voltaram a ser o que eram.")
    criado_por = models.CharField("criado por", max_length=80, help_text="Quem pediu.")
    quem = models.JSONField(default=dict, editable=False)
    rastro = models.CharField(max_length=32, default="")
    parametros = models.JSONField(default=dict, editable=False)
    cursor = models.JSONField(null=True, editable=False)
    resultado = models.JSONField("resultado", default=dict)
    motivo = models.CharField("motivo", max_length=300, default="", blank=True, help_text="Por que falhou.")
    iniciado_em = models.DateTimeField("iniciado em", null=True)
    encerrado_em = models.DateTimeField("encerrado em", null=True)
    desfazer_ate = models.DateTimeField("pode ser desfeita até", null=True, help_text="Nulo quando não pode ser desfeita.")

    class Meta:
        verbose_name = "operação"
        verbose_name_plural = "operações"
        indexes = [
            models.Index(fields=["estado", "proxima_em"], name="operacao_vez"),
            models.Index(fields=["criado_por", "id"], name="operacao_de_quem"),
            models.Index(fields=["encerrado_em"], name="operacao_idade"),
            models.Index(fields=["rastro"], name="operacao_do_rastro"),
        ]

    def __str__(self) -> str:
        return f"{self.tipo} {self.recurso} ({self.estado})"

    @property
    def ator(self) -> Principal:
        return Principal.from_json(self.quem)


class ItemOperacao(models.Model):
    """What became of one item; written in the transaction of its effect, so that neither exists without the other.

    `status` as HTTP would tell it. `antes` is what undoing needs: the values that the item changed, or what the kind
    keeps; null where there is nothing to undo, and after its time (retention.py). `versao` is the one that it left.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, db_column=PK_COLUMN)
    operacao = models.ForeignKey(Operacao, on_delete=models.CASCADE, related_name="itens")
    indice = models.PositiveIntegerField("índice", help_text="Posição do item no pedido, a partir de 0.")
    status = models.PositiveSmallIntegerField("status", help_text="O que HTTP teria respondido: 201, 200, 404…")
    registro_id = models.UUIDField("registro", null=True)
    versao = models.PositiveIntegerField("versão", null=True)
    erros = models.JSONField("erros", default=list)
    antes = models.JSONField(null=True)
    desfeito = models.CharField("desfeito", max_length=40, default="", blank=True, help_text="`sim`, ou por que não foi desfeito.")
    criado_em = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "item de operação"
        verbose_name_plural = "itens de operações"
        constraints = [models.UniqueConstraint(fields=["operacao", "indice"], name="item_da_operacao_unico")]

    def shown(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in SHOWN}


SHOWN = ("indice", "status", "registro_id", "versao", "erros", "desfeito")
