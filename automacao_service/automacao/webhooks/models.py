"""Subscriptions to events, and one row for each event that one of them is to hear of."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from crm_shared.jobs.rows import Job
from crm_shared.records.models import OwnedRecord, Searchable


class Webhook(OwnedRecord, Searchable):
    """A subscription. It sees what its owner sees, as of each delivery; so it is never given to anybody else.

    `segredos` is [{cifrado, criado_em, expira_em}], the newest first, two at most. `direitos` is what its owner might do
    when last asked ({scopes, vis, equipes}): events out of that sight make no rows.
    """

    class Motivo(models.TextChoices):
        PESSOA = "pessoa", "uma pessoa desativou"
        FALHAS = "falhas", "só houve falhas por tempo demais"
        RECUSADO = "recusado", "o destino respondeu 410"
        SEM_ACESSO = "sem_acesso", "o responsável não tem mais acesso"

    # what changed in these, an event tells by name alone
    SECRETOS: ClassVar[frozenset[str]] = frozenset({"url", "segredos"})
    segredo_novo: str | None = None  # in clear only in the answer to whoever had it made

    nome = models.CharField("nome", max_length=120)
    url = models.CharField("endereço", max_length=2000)
    destino = models.CharField("destino", max_length=300, editable=False)
    tipos = ArrayField(models.CharField(max_length=80), verbose_name="tipos de evento")
    q = models.CharField("filtro", max_length=2000, blank=True, default="")
    campos_observados = ArrayField(models.CharField(max_length=60), verbose_name="campos observados", blank=True, default=list)
    dados_pessoais = models.BooleanField("envia dados pessoais", default=False)
    ativo = models.BooleanField("ativo", default=True)
    motivo_desativacao = models.CharField("desativado porque", max_length=10, choices=Motivo, blank=True, default="", editable=False)
    segredos = models.JSONField("segredos", default=list, editable=False)
    direitos = models.JSONField("direitos do responsável", default=dict, editable=False)
    direitos_em = models.DateTimeField("direitos lidos em", null=True, editable=False)
    falhando_desde = models.DateTimeField("falhando desde", null=True, editable=False)
    falhas_seguidas = models.PositiveIntegerField("falhas seguidas", default=0, editable=False)
    suspenso_ate = models.DateTimeField("suspenso até", null=True, editable=False)
    ultimo_sucesso_em = models.DateTimeField("último sucesso em", null=True, editable=False)

    class Meta:
        verbose_name = "webhook"
        constraints = [
            models.CheckConstraint(condition=Q(responsavel__isnull=False), name="webhook_com_dono"),
            models.CheckConstraint(condition=Q(ativo=False) | Q(motivo_desativacao=""), name="webhook_ativo_sem_motivo"),
        ]
        indexes = [
            GinIndex(fields=["busca_texto"], opclasses=["gin_trgm_ops"], name="webhook_busca"),
            # which subscriptions an event concerns: asked once for every event of the system
            GinIndex(fields=["tipos"], condition=Q(ativo=True, excluido_em__isnull=True), name="webhook_por_tipo"),
            models.Index(fields=["responsavel", "id"], name="webhook_do_responsavel"),
            models.Index(fields=["equipe", "id"], name="webhook_da_equipe"),
            models.Index(fields=["nome", "id"], name="webhook_por_nome"),
        ]

    def __str__(self) -> str:
        return self.nome

    def search_parts(self) -> list[str]:
        return [self.nome, self.destino]


class EntregaWebhook(Job):
    """One event on its way to one subscriber; its id is the `webhook-id` of every attempt.

    `mensagem` is the CloudEvent, with personal values only where the subscription asks for them. `envios` tells the latest
    attempts. `conferida`: its owner was found to see the event; until then nobody reads the row.
    """

    class Estado(models.TextChoices):
        PENDENTE = "pendente", "pendente"
        ENVIANDO = "enviando", "enviando"
        ENTREGUE = "entregue", "entregue"
        FALHOU = "falhou", "falhou"
        CANCELADA = "cancelada", "cancelada"
        OCULTA = "oculta", "fora da visibilidade do responsável"

    WAITING = (Estado.PENDENTE,)
    RUNNING = Estado.ENVIANDO
    QUEUED = Estado.PENDENTE
    MAX_ENVIOS: ClassVar[int] = 20

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="entregas", db_index=False)
    chave = models.CharField(max_length=80, editable=False)  # of the event, or of the one test
    evento_id = models.UUIDField("evento", null=True)
    evento_tipo = models.CharField("tipo do evento", max_length=80)
    registro_id = models.UUIDField("registro", null=True)
    mensagem = models.JSONField("mensagem", default=dict)
    conferida = models.BooleanField(default=False, editable=False)
    estado = models.CharField("estado", max_length=10, choices=Estado, default=Estado.PENDENTE)
    envios = models.JSONField("envios", default=list)
    ultimo_status = models.PositiveSmallIntegerField("último status", null=True)
    erro = models.CharField("erro", max_length=40, blank=True, default="")
    rastro = models.CharField("rastro", max_length=32)
    causa = models.CharField("causa", max_length=36, blank=True, default="")
    terminada_em = models.DateTimeField("terminada em", null=True)

    class Meta:
        verbose_name = "entrega de webhook"
        verbose_name_plural = "entregas de webhook"
        constraints = [
            models.UniqueConstraint(fields=["webhook", "chave"], name="entrega_uma_por_evento"),
            models.CheckConstraint(
                condition=Q(estado__in=["pendente", "enviando", "entregue", "falhou", "cancelada", "oculta"]), name="entrega_estado"
            ),
        ]
        indexes = [
            models.Index(fields=["webhook", "id"], name="entrega_do_webhook"),
            models.Index(fields=["webhook", "proxima_em", "id"], name="entrega_vez_do_webhook", condition=Q(estado="pendente")),
            models.Index(fields=["proxima_em"], name="entrega_vez", condition=Q(estado="pendente")),
            models.Index(fields=["id"], name="entrega_teste", condition=Q(estado="pendente", evento_id__isnull=True)),
            # what of a record goes before: asked for each delivery that is due
            models.Index(fields=["webhook", "registro_id"], name="entrega_do_registro", condition=Q(estado__in=["pendente", "enviando"])),
            models.Index(fields=["arrendada_ate"], name="entrega_arrendada", condition=Q(estado="enviando")),
            models.Index(fields=["estado", "id"], name="entrega_por_estado"),
            models.Index(fields=["criado_em"], name="entrega_idade"),
            models.Index(fields=["rastro"], name="entrega_do_rastro"),
        ]

    def __str__(self) -> str:
        return f"{self.webhook}: {self.evento_tipo}"
