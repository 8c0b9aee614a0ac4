"""An import: its file, how the file is to be read, and the operations that simulated it and carried it out."""

from typing import Any

from django.db import models

from ..records.models import PK_COLUMN, Record, uuid7


class Importacao(Record):
    """`inicio` is {offset, linha} of the first row; `mapeamento` column -> field; `padroes` field -> value of every row."""

    class Estado(models.TextChoices):
        AGUARDANDO = "aguardando", "aguardando o arquivo"
        RECEBIDA = "recebida", "arquivo recebido"
        EXECUTADA = "executada", "executada ou em execução"

    class Modo(models.TextChoices):
        CRIAR = "criar", "só criar"
        ATUALIZAR = "atualizar", "só atualizar"
        AMBOS = "ambos", "criar e atualizar"

    class Codificacao(models.TextChoices):
        UTF_8 = "utf-8", "UTF-8"
        CP1252 = "cp1252", "Windows-1252"

    recurso = models.CharField("recurso", max_length=40, help_text="O que as linhas são, como `clientes`.")
    nome = models.CharField("nome do arquivo", max_length=200)
    estado = models.CharField("estado", max_length=10, choices=Estado, default=Estado.AGUARDANDO, editable=False)
    modo = models.CharField("modo", max_length=10, choices=Modo, default=Modo.CRIAR)
    chave = models.CharField("chave", max_length=40, blank=True, default="", help_text="Campo pelo qual as linhas encontram registros.")
    mapeamento = models.JSONField("mapeamento", default=dict, help_text="Nome da coluna -> nome do campo.")
    padroes = models.JSONField(
        "padrões", default=dict, help_text="Campo -> valor das linhas em que está vazio, como se escreve em uma célula."
    )
    colunas = models.JSONField("colunas", default=list, editable=False)
    codificacao = models.CharField("codificação", max_length=10, choices=Codificacao, blank=True, default="", editable=False)
    separador = models.CharField("separador", max_length=1, blank=True, default="", editable=False)
    inicio = models.JSONField(default=dict, editable=False)
    arquivo = models.CharField(max_length=200, default="", editable=False)
    tamanho = models.PositiveBigIntegerField("tamanho em bytes", default=0, editable=False)
    criado_por = models.CharField("criada por", max_length=80, editable=False)
    simulacao_id = models.UUIDField("operação da simulação", null=True, editable=False)
    operacao_id = models.UUIDField("operação da execução", null=True, editable=False)

    class Meta:
        verbose_name = "importação"
        verbose_name_plural = "importações"
        indexes = [
            models.Index(fields=["criado_por", "id"], name="importacao_de_quem"),
            models.Index(fields=["criado_em"], name="importacao_idade"),
        ]

    def __str__(self) -> str:
        return f"{self.nome} ({self.recurso})"

    def fingerprint(self) -> tuple[Any, ...]:
        return (self.pk, self.versao)


class ChaveVista(models.Model):
    """The keys that an operation's earlier rows had, so that a row that repeats one is told from a record that was there before.

    A digest of 64 bits, for as long as the operation runs.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, db_column=PK_COLUMN)
    operacao_id = models.UUIDField()
    chave = models.CharField(max_length=16)
    linha = models.PositiveIntegerField()

    class Meta:
        verbose_name = "chave vista"
        verbose_name_plural = "chaves vistas"
        constraints = [models.UniqueConstraint(fields=["operacao_id", "chave"], name="chavevista_unica")]
