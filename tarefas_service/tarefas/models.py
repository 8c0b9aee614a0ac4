"""Tasks, and the records of other services that they are about."""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from crm_shared.extensions.columns import Extensible
from crm_shared.records.models import OwnedRecord, Searchable, uuid7

ABERTAS = ("pendente", "em_andamento", "adiada")


class Tarefa(OwnedRecord, Searchable, Extensible):
    """Something to do. Due on a date, which no zone ever shifts, or at an instant, or whenever.

    `vence_em` is the instant after which it is late: the due instant, or the end of the due or postponed-to day in the
    company's zone. services.py derives it, so that lists can be ordered and cut by one indexed column.
    """

    RECURSO = "tarefas"

    class Tipo(models.TextChoices):
        TAREFA = "tarefa", "tarefa"
        LIGACAO = "ligacao", "ligação"
        REUNIAO = "reuniao", "reunião"
        EMAIL = "email", "e-mail"
        WHATSAPP = "whatsapp", "WhatsApp"
        VISITA = "visita", "visita"

    class Estado(models.TextChoices):
        PENDENTE = "pendente", "pendente"
        EM_ANDAMENTO = "em_andamento", "em andamento"
        CONCLUIDA = "concluida", "concluída"
        CANCELADA = "cancelada", "cancelada"
        ADIADA = "adiada", "adiada"

    class Prioridade(models.TextChoices):
        BAIXA = "baixa", "baixa"
        NORMAL = "normal", "normal"
        ALTA = "alta", "alta"
        URGENTE = "urgente", "urgente"

    # from each state, the states that a transition may reach
    TRANSICOES: ClassVar[dict[str, frozenset[str]]] = {
        "pendente": frozenset({"em_andamento", "concluida", "cancelada", "adiada"}),
        "em_andamento": frozenset({"pendente", "concluida", "cancelada", "adiada"}),
        "adiada": frozenset({"pendente", "em_andamento", "concluida", "cancelada", "adiada"}),
        "concluida": frozenset({"pendente"}),
        "cancelada": frozenset({"pendente"}),
    }
    # what tells of one state only, with the value that it has in every other
    SO_DE_UM_ESTADO: ClassVar[dict[str, Any]] = {"concluida_em": None, "resultado": "", "adiada_ate": None, "motivo_cancelamento": ""}
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset({"notas", "resultado"})

    titulo = models.CharField("título", max_length=200)
    tipo = models.CharField("tipo", max_length=8, choices=Tipo, default=Tipo.TAREFA)
    estado = models.CharField("estado", max_length=12, choices=Estado, default=Estado.PENDENTE, editable=False)
    prioridade = models.CharField("prioridade", max_length=7, choices=Prioridade, default=Prioridade.NORMAL)
    vencimento_data = models.DateField("vence no dia", null=True, blank=True, help_text="Um dia, sem hora; exclui `vencimento_em`.")
    vencimento_em = models.DateTimeField("vence em", null=True, blank=True, help_text="Um instante; exclui `vencimento_data`.")
    vence_em = models.DateTimeField("atrasa depois de", null=True, editable=False)
    inicio = models.DateTimeField("início", null=True, blank=True)
    duracao_min = models.PositiveIntegerField("duração (minutos)", null=True, blank=True)
    adiada_ate = models.DateField("adiada até", null=True, editable=False)
    concluida_em = models.DateTimeField("concluída em", null=True, editable=False)
    resultado = models.TextField("resultado", max_length=5000, blank=True, default="", editable=False)
    motivo_cancelamento = models.CharField("motivo do cancelamento", max_length=300, blank=True, default="", editable=False)
    notas = models.TextField("notas", max_length=5000, blank=True, default="")
    criador = models.ForeignKey(
        "crm_shared.Referencia", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="criador", editable=False
    )

    # as services.py loads them: [{"recurso": "clientes.cliente", "id": "..."}], by id
    vinculos: list[dict[str, str]]

    class Meta:
        verbose_name = "tarefa"
        constraints = [
            models.CheckConstraint(
                condition=Q(vencimento_data__isnull=True) | Q(vencimento_em__isnull=True), name="tarefa_um_so_vencimento"
            ),
            models.CheckConstraint(
                condition=Q(estado__in=["pendente", "em_andamento", "concluida", "cancelada", "adiada"]), name="tarefa_estado"
            ),
            models.CheckConstraint(
                condition=Q(estado="concluida", concluida_em__isnull=False) | (~Q(estado="concluida") & Q(concluida_em__isnull=True)),
                name="tarefa_concluida_tem_data",
            ),
            models.CheckConstraint(
                condition=Q(estado="adiada", adiada_ate__isnull=False) | (~Q(estado="adiada") & Q(adiada_ate__isnull=True)),
                name="tarefa_adiada_tem_data",
            ),
            models.CheckConstraint(condition=~Q(estado="cancelada") | ~Q(motivo_cancelamento=""), name="tarefa_cancelada_tem_motivo"),
        ]
        indexes = [
            GinIndex(fields=["marcadores"], name="tarefa_marcadores"),
            GinIndex(fields=["busca_texto"], opclasses=["gin_trgm_ops"], name="tarefa_busca"),
            models.Index(fields=["responsavel", "id"], name="tarefa_do_responsavel"),
            models.Index(fields=["equipe", "id"], name="tarefa_da_equipe"),
            # lists put what has no due date last in both directions, and one index can be read for only one of them
            models.Index(fields=["vence_em", "id"], name="tarefa_por_vencimento"),
            models.Index(F("vence_em").desc(nulls_last=True), F("id").desc(), name="tarefa_por_vencimento_desc"),
            models.Index(fields=["atualizado_em", "id"], name="tarefa_por_atualizacao"),
            models.Index(fields=["estado", "id"], name="tarefa_por_estado"),
            models.Index(
                fields=["responsavel", "vence_em", "id"], condition=Q(excluido_em__isnull=True, estado__in=ABERTAS), name="tarefa_aberta_de"
            ),
        ]

    def __str__(self) -> str:
        return self.titulo

    def search_parts(self) -> list[str]:
        return [self.titulo, self.notas]


class TarefaVinculo(models.Model):
    """A record of another service that a task is about."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tarefa = models.ForeignKey(Tarefa, on_delete=models.CASCADE, related_name="+", db_index=False)
    referencia = models.ForeignKey("crm_shared.Referencia", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = "vínculo"
        constraints = [models.UniqueConstraint(fields=["tarefa", "referencia"], name="tarefavinculo_unico")]
        indexes = [models.Index(fields=["referencia", "tarefa"], name="tarefavinculo_do_registro")]
