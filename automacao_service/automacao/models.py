"""Flows, their immutable versions, and what each run did; sagas, their steps, and what they keep others from."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone

from crm_shared.jobs.rows import Job
from crm_shared.records.models import OwnedRecord, Record, Searchable

from .webhooks.models import EntregaWebhook as EntregaWebhook
from .webhooks.models import Webhook as Webhook


class Fluxo(OwnedRecord, Searchable):
    """A flow, with the definition as last edited. What runs is `versao_publicada`; its owner's rights are the flow's."""

    class Estado(models.TextChoices):
        RASCUNHO = "rascunho", "rascunho"
        ATIVO = "ativo", "ativo"
        PAUSADO = "pausado", "pausado"
        ARQUIVADO = "arquivado", "arquivado"

    nome = models.CharField("nome", max_length=120)
    descricao = models.TextField("descrição", max_length=2000, blank=True, default="")
    estado = models.CharField("estado", max_length=10, choices=Estado, default=Estado.RASCUNHO, editable=False)
    gatilho = models.JSONField("gatilho")
    passos = models.JSONField("passos", default=list)
    evento_tipo = models.CharField("evento", max_length=80, editable=False)
    ultima_versao = models.PositiveIntegerField("última versão", default=0, editable=False)
    versao_publicada = models.ForeignKey(
        "VersaoFluxo", null=True, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name="versão publicada"
    )
    publicado_em = models.DateTimeField("publicado em", null=True, editable=False)

    class Meta:
        verbose_name = "fluxo"
        constraints = [
            models.CheckConstraint(condition=Q(estado__in=["rascunho", "ativo", "pausado", "arquivado"]), name="fluxo_estado"),
            # without an owner there is nobody whose rights it could have
            models.CheckConstraint(
                condition=~Q(estado="ativo") | Q(versao_publicada__isnull=False, responsavel__isnull=False),
                name="fluxo_ativo_tem_versao_e_dono",
            ),
        ]
        indexes = [
            GinIndex(fields=["busca_texto"], opclasses=["gin_trgm_ops"], name="fluxo_busca"),
            models.Index(fields=["responsavel", "id"], name="fluxo_do_responsavel"),
            models.Index(fields=["equipe", "id"], name="fluxo_da_equipe"),
            models.Index(fields=["estado", "id"], name="fluxo_por_estado"),
            models.Index(fields=["nome", "id"], name="fluxo_por_nome"),
        ]

    def __str__(self) -> str:
        return self.nome

    def search_parts(self) -> list[str]:
        return [self.nome, self.descricao]


class VersaoFluxo(Record):
    """A definition as it stood once, never changed: a run can always be explained by the version that it ran."""

    fluxo = models.ForeignKey(Fluxo, on_delete=models.PROTECT, related_name="versoes")
    numero = models.PositiveIntegerField("número")
    gatilho = models.JSONField("gatilho")
    passos = models.JSONField("passos")
    evento_tipo = models.CharField("evento", max_length=80)
    hash = models.CharField("hash", max_length=64)

    class Meta:
        verbose_name = "versão de fluxo"
        verbose_name_plural = "versões de fluxo"
        constraints = [models.UniqueConstraint(fields=["fluxo", "numero"], name="versao_fluxo_numero")]
        indexes = [models.Index(fields=["evento_tipo"], name="versao_fluxo_evento")]

    def __str__(self) -> str:
        return f"{self.fluxo} v{self.numero}"


class Execucao(Job):
    """One reaction of one flow to one event, also when it came to nothing (`ignorada`, with the reason).

    `contexto` holds the event's values: `dados`, and in `pessoais` only those personal ones that the steps cite.
    `dono_id` is the flow's owner when the event came: whoever owns the flow later did not agree to this run.
    """

    class Estado(models.TextChoices):
        NA_FILA = "na_fila", "na fila"
        EXECUTANDO = "executando", "executando"
        AGUARDANDO = "aguardando", "aguardando"
        CONCLUIDA = "concluida", "concluída"
        FALHOU = "falhou", "falhou"
        CANCELADA = "cancelada", "cancelada"
        IGNORADA = "ignorada", "ignorada"

    class Motivo(models.TextChoices):
        FILTRO = "filtro", "uma condição não foi atendida"
        LACO = "laco", "o fluxo reagia ao próprio efeito"

    WAITING = (Estado.NA_FILA, Estado.AGUARDANDO)
    RUNNING = Estado.EXECUTANDO
    QUEUED = Estado.NA_FILA

    fluxo = models.ForeignKey(Fluxo, on_delete=models.PROTECT, related_name="execucoes", db_index=False)
    versao_fluxo = models.ForeignKey(VersaoFluxo, on_delete=models.PROTECT, related_name="+", db_index=False)
    dono_id = models.UUIDField("dono")
    evento_id = models.UUIDField("evento", null=True)
    evento_tipo = models.CharField("tipo do evento", max_length=80)
    alvo_recurso = models.CharField("recurso do alvo", max_length=40)
    alvo_id = models.UUIDField("alvo")
    chave_dedup = models.CharField(max_length=80)
    estado = models.CharField("estado", max_length=10, choices=Estado, default=Estado.NA_FILA)
    motivo = models.CharField("motivo", max_length=10, choices=Motivo, blank=True, default="")
    contexto = models.JSONField("contexto", default=dict)
    passo_atual = models.CharField("passo atual", max_length=40, blank=True, default="")
    profundidade = models.PositiveSmallIntegerField("profundidade", default=0)
    causa = models.CharField("causa", max_length=36, blank=True, default="")
    rastro = models.CharField("rastro", max_length=32)
    erro = models.CharField("erro", max_length=60, blank=True, default="")
    erro_detalhe = models.CharField("detalhe do erro", max_length=500, blank=True, default="")
    iniciada_em = models.DateTimeField("iniciada em", null=True)
    terminada_em = models.DateTimeField("terminada em", null=True)

    class Meta:
        verbose_name = "execução"
        verbose_name_plural = "execuções"
        constraints = [
            models.UniqueConstraint(fields=["fluxo", "chave_dedup"], name="execucao_uma_por_evento"),
            models.CheckConstraint(
                condition=Q(estado__in=["na_fila", "executando", "aguardando", "concluida", "falhou", "cancelada", "ignorada"]),
                name="execucao_estado",
            ),
            models.CheckConstraint(condition=~Q(estado="ignorada") | ~Q(motivo=""), name="execucao_ignorada_com_motivo"),
        ]
        indexes = [
            models.Index(fields=["fluxo", "id"], name="execucao_do_fluxo"),
            models.Index(fields=["alvo_id", "id"], name="execucao_do_alvo"),
            models.Index(fields=["estado", "id"], name="execucao_por_estado"),
            models.Index(fields=["proxima_em"], name="execucao_vez", condition=Q(estado__in=["na_fila", "aguardando"])),
            models.Index(fields=["arrendada_ate"], name="execucao_arrendada", condition=Q(estado="executando")),
            models.Index(fields=["rastro"], name="execucao_do_rastro"),
        ]

    def __str__(self) -> str:
        return f"{self.fluxo}: {self.alvo_recurso} {self.alvo_id}"


class PassoExecucao(models.Model):
    """What one step of one run did. Written before the step acts, so that a second try repeats it under the same key."""

    class Estado(models.TextChoices):
        EXECUTANDO = "executando", "executando"
        AGUARDANDO = "aguardando", "aguardando"
        CONCLUIDO = "concluido", "concluído"
        FALHOU = "falhou", "falhou"

    execucao = models.ForeignKey(Execucao, on_delete=models.CASCADE, related_name="passos", db_index=False)
    passo = models.CharField("passo", max_length=40)
    tipo = models.CharField("tipo", max_length=40)
    ordem = models.PositiveSmallIntegerField()
    estado = models.CharField("estado", max_length=10, choices=Estado, default=Estado.EXECUTANDO)
    tentativa = models.PositiveSmallIntegerField("tentativa", default=0)
    entrada = models.JSONField("entrada", default=dict)
    saida = models.JSONField("saída", default=dict)
    erro_codigo = models.CharField("erro", max_length=60, blank=True, default="")
    chave_idempotencia = models.CharField(max_length=80, unique=True)
    inicio = models.DateTimeField("início", default=timezone.now)
    fim = models.DateTimeField("fim", null=True)

    class Meta:
        verbose_name = "passo de execução"
        verbose_name_plural = "passos de execução"
        constraints = [models.UniqueConstraint(fields=["execucao", "ordem"], name="passo_execucao_ordem")]

    def __str__(self) -> str:
        return self.chave_idempotencia


class CadeiaCausal(models.Model):
    """How many runs lie between an event and the outside world; events that no run led to have no row."""

    evento_id = models.UUIDField(primary_key=True)
    profundidade = models.PositiveSmallIntegerField()
    criado_em = models.DateTimeField(default=timezone.now)

    LIMITE: ClassVar[int] = 8

    class Meta:
        verbose_name = "cadeia causal"
        verbose_name_plural = "cadeias causais"
        indexes = [models.Index(fields=["criado_em"], name="cadeia_causal_idade")]


class Saga(Job, OwnedRecord):
    """One flow across services under way or over (sagas/). `responsavel` started it: his or her rights are the saga's.

    Compensation begins by `estado`; the lease alone tells that a worker has the row. `grupo` counts the beginnings: its
    keys begin anew with it. `causa` is the event of its start, by which its effects elsewhere can be told.
    """

    class Estado(models.TextChoices):
        EXECUTANDO = "executando", "executando"
        COMPENSANDO = "compensando", "compensando"
        CONCLUIDA = "concluida", "concluída"
        COMPENSADA = "compensada", "compensada"

    WAITING = (Estado.EXECUTANDO, Estado.COMPENSANDO)

    tipo = models.CharField("tipo", max_length=40)
    definicao_versao = models.PositiveSmallIntegerField("versão da definição", default=1)
    alvo_recurso = models.CharField("recurso do alvo", max_length=40)
    alvo_id = models.UUIDField("alvo")
    # of the target, while it is under way: two sagas never work on one record at once
    chave = models.CharField(max_length=80, null=True, unique=True, editable=False)
    estado = models.CharField("estado", max_length=12, choices=Estado, default=Estado.EXECUTANDO)
    entrada = models.JSONField("entrada", default=dict)
    passo_atual = models.CharField("passo atual", max_length=40, blank=True, default="")
    grupo = models.PositiveSmallIntegerField("grupo de tentativas", default=1)
    causa = models.CharField("causa", max_length=36, blank=True, default="")
    rastro = models.CharField("rastro", max_length=32)
    erro = models.CharField("erro", max_length=60, blank=True, default="")
    erro_detalhe = models.CharField("detalhe do erro", max_length=500, blank=True, default="")
    progresso_em = models.DateTimeField("último progresso", default=timezone.now)
    terminada_em = models.DateTimeField("terminada em", null=True)

    class Meta:
        verbose_name = "saga"
        constraints = [
            models.CheckConstraint(condition=Q(estado__in=["executando", "compensando", "concluida", "compensada"]), name="saga_estado"),
            models.CheckConstraint(condition=Q(responsavel__isnull=False), name="saga_com_dono"),
        ]
        indexes = [
            models.Index(fields=["responsavel", "id"], name="saga_do_responsavel"),
            models.Index(fields=["equipe", "id"], name="saga_da_equipe"),
            models.Index(fields=["alvo_id", "id"], name="saga_do_alvo"),
            models.Index(fields=["rastro"], name="saga_do_rastro"),
            models.Index(fields=["tipo", "id"], name="saga_por_tipo"),
            models.Index(fields=["estado", "id"], name="saga_por_estado"),
            models.Index(fields=["proxima_em"], name="saga_vez", condition=Q(estado__in=["executando", "compensando"])),
            models.Index(fields=["progresso_em"], name="saga_parada", condition=Q(estado__in=["executando", "compensando"])),
        ]

    def __str__(self) -> str:
        return f"{self.tipo}: {self.alvo_recurso} {self.alvo_id}"


class PassoSaga(models.Model):
    """One step of one beginning of a saga. Written before the step asks, so that a second try asks under the same key.

    `saida` is what later steps and the undoing need of the answer, never the answer itself; `respostas` tells each try.
    """

    class Estado(models.TextChoices):
        EXECUTANDO = "executando", "executando"
        CONCLUIDO = "concluido", "concluído"
        DISPENSADO = "dispensado", "dispensado"
        FALHOU = "falhou", "falhou"
        DESFEITO = "desfeito", "desfeito"

    saga = models.ForeignKey(Saga, on_delete=models.CASCADE, related_name="passos", db_index=False)
    grupo = models.PositiveSmallIntegerField("grupo de tentativas")
    ordem = models.PositiveSmallIntegerField("ordem")
    passo = models.CharField("passo", max_length=40)
    estado = models.CharField("estado", max_length=10, choices=Estado, default=Estado.EXECUTANDO)
    tentativa = models.PositiveSmallIntegerField("tentativas", default=0)
    tentativa_desfazer = models.PositiveSmallIntegerField("tentativas de desfazer", default=0)
    chave_idempotencia = models.CharField(max_length=100, unique=True)
    saida = models.JSONField("saída", default=dict)
    respostas = models.JSONField("respostas", default=list)
    erro_codigo = models.CharField("erro", max_length=60, blank=True, default="")
    inicio = models.DateTimeField("início", default=timezone.now)
    fim = models.DateTimeField("fim", null=True)

    MAX_RESPOSTAS: ClassVar[int] = 20

    class Meta:
        verbose_name = "passo de saga"
        verbose_name_plural = "passos de saga"
        constraints = [models.UniqueConstraint(fields=["saga", "grupo", "ordem"], name="passo_saga_ordem")]

    def __str__(self) -> str:
        return self.chave_idempotencia


class TravaSaga(models.Model):
    """What a saga under way keeps other sagas from, so that none builds on what this one may still undo."""

    chave = models.CharField(primary_key=True, max_length=200)
    saga = models.ForeignKey(Saga, on_delete=models.CASCADE, related_name="travas")

    class Meta:
        verbose_name = "trava de saga"
        verbose_name_plural = "travas de saga"

    def __str__(self) -> str:
        return self.chave
