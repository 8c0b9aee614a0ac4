"""Funnels and their stages, what is sold, the deals, and the path of each deal through the stages."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from crm_shared.extensions.columns import Extensible
from crm_shared.records.models import OwnedRecord, Record, Searchable, uuid7

VIVO = Q(excluido_em__isnull=True)
codigo_de_moeda = RegexValidator(r"\A[A-Z]{3}\Z", "Use o código ISO da moeda, como BRL.", code="moeda_invalida")


class Origem(models.TextChoices):
    """Where a deal came from."""

    SITE = "site", "site"
    INDICACAO = "indicacao", "indicação"
    WHATSAPP = "whatsapp", "WhatsApp"
    TELEFONE = "telefone", "telefone"
    EMAIL = "email", "e-mail"
    EVENTO = "evento", "evento"
    ANUNCIO = "anuncio", "anúncio"
    REDE_SOCIAL = "rede_social", "rede social"
    PROSPECCAO = "prospeccao", "prospecção"
    IMPORTACAO = "importacao", "importação"
    OUTRA = "outra", "outra"


class Status(models.TextChoices):
    """A deal's outcome so far; the stage that it stands in is of the type of the same name."""

    ABERTA = "aberta", "aberta"
    GANHA = "ganha", "ganha"
    PERDIDA = "perdida", "perdida"


class Funil(Record):
    """A pipeline. All its deals are in its currency, so that its sums never mix two."""

    nome = models.CharField("nome", max_length=120)
    moeda = models.CharField("moeda", max_length=3, default="BRL", validators=[codigo_de_moeda])
    ativo = models.BooleanField("ativo", default=True, help_text="Um funil inativo não recebe oportunidades novas.")
    padrao = models.BooleanField("padrão", default=False, help_text="Recebe as oportunidades que não dizem o funil.")

    class Meta:
        verbose_name = "funil"
        verbose_name_plural = "funis"
        constraints = [
            models.UniqueConstraint(fields=["padrao"], condition=VIVO & Q(padrao=True), name="funil_um_padrao"),
            models.UniqueConstraint(fields=["nome"], condition=VIVO, name="funil_nome_unico"),
            models.CheckConstraint(condition=Q(padrao=False) | Q(ativo=True), name="funil_padrao_ativo"),
        ]

    def __str__(self) -> str:
        return self.nome


class Etapa(Record):
    """A column of a funnel. Every funnel has one stage `ganha` and one `perdida`, where its closed deals stand."""

    class Tipo(models.TextChoices):
        ABERTA = "aberta", "aberta"
        GANHA = "ganha", "ganha"
        PERDIDA = "perdida", "perdida"

    # what the two final stages say of a deal is no guess
    PROBABILIDADE_FINAL: ClassVar[dict[str, int]] = {"ganha": 100, "perdida": 0}

    funil = models.ForeignKey(Funil, on_delete=models.PROTECT, related_name="etapas")
    nome = models.CharField("nome", max_length=120)
    ordem = models.PositiveSmallIntegerField("ordem", default=0, validators=[MaxValueValidator(999)])
    tipo = models.CharField("tipo", max_length=7, choices=Tipo, default=Tipo.ABERTA)
    probabilidade = models.PositiveSmallIntegerField("probabilidade (%)", default=0, validators=[MaxValueValidator(100)])
    dias_esperados = models.PositiveSmallIntegerField(
        "dias esperados", null=True, blank=True, help_text="Quanto uma oportunidade costuma ficar na etapa."
    )

    class Meta:
        verbose_name = "etapa"
        constraints = [
            models.UniqueConstraint(fields=["funil", "nome"], condition=VIVO, name="etapa_nome_unico"),
            models.UniqueConstraint(fields=["funil", "tipo"], condition=VIVO & ~Q(tipo="aberta"), name="etapa_final_unica"),
            models.CheckConstraint(condition=Q(probabilidade__lte=100), name="etapa_probabilidade"),
            models.CheckConstraint(
                condition=Q(tipo="aberta") | Q(tipo="ganha", probabilidade=100) | Q(tipo="perdida", probabilidade=0), name="etapa_final"
            ),
        ]
        indexes = [models.Index(fields=["ordem", "id"], name="etapa_por_ordem")]

    def __str__(self) -> str:
        return self.nome


class MotivoPerda(Record):
    """Why deals are lost: a short list, so that losses can be counted by reason."""

    nome = models.CharField("nome", max_length=120)
    ativo = models.BooleanField("ativo", default=True)
    exige_nota = models.BooleanField("exige nota", default=False, help_text="A perda por este motivo precisa de uma explicação.")

    class Meta:
        verbose_name = "motivo de perda"
        verbose_name_plural = "motivos de perda"
        constraints = [models.UniqueConstraint(fields=["nome"], condition=VIVO, name="motivo_perda_nome_unico")]

    def __str__(self) -> str:
        return self.nome


class Produto(Record, Searchable, Extensible):
    """What is sold; a deal's item keeps the price of its day, so a new price changes no deal."""

    RECURSO = "produtos"

    codigo = models.CharField("código", max_length=60, blank=True, default="", help_text="SKU; único quando informado.")
    nome = models.CharField("nome", max_length=200)
    preco = models.DecimalField("preço", max_digits=18, decimal_places=2, default=0)
    moeda = models.CharField("moeda", max_length=3, default="BRL", validators=[codigo_de_moeda])
    unidade = models.CharField("unidade", max_length=20, default="un")
    ativo = models.BooleanField("ativo", default=True, help_text="Um produto inativo não entra em oportunidades novas.")

    class Meta:
        verbose_name = "produto"
        constraints = [
            models.UniqueConstraint(fields=["codigo"], condition=VIVO & ~Q(codigo=""), name="produto_codigo_unico"),
            models.CheckConstraint(condition=Q(preco__gte=0), name="produto_preco_nao_negativo"),
        ]
        indexes = [
            GinIndex(fields=["marcadores"], name="produto_marcadores"),
            GinIndex(fields=["busca_texto"], opclasses=["gin_trgm_ops"], name="produto_busca"),
            models.Index(fields=["nome", "id"], name="produto_por_nome"),
            models.Index(fields=["preco", "id"], name="produto_por_preco"),
        ]

    def __str__(self) -> str:
        return self.nome

    def search_parts(self) -> list[str]:
        return [self.nome, self.codigo]


class Oportunidade(OwnedRecord, Searchable, Extensible):
    """A deal. `aberta_em` is the day on which work on it began: unknown only for imported deals that nobody has worked on."""

    RECURSO = "oportunidades"

    class OrigemValor(models.TextChoices):
        MANUAL = "manual", "informado"
        ITENS = "itens", "soma dos itens"

    codigo = models.CharField("código", max_length=20, unique=True, editable=False)
    titulo = models.CharField("título", max_length=200)
    funil = models.ForeignKey(Funil, on_delete=models.PROTECT, related_name="oportunidades", db_index=False)
    etapa = models.ForeignKey(Etapa, on_delete=models.PROTECT, related_name="oportunidades", db_index=False)
    status = models.CharField("status", max_length=7, choices=Status, default=Status.ABERTA, editable=False)
    valor = models.DecimalField("valor", max_digits=18, decimal_places=2, default=0)
    moeda = models.CharField("moeda", max_length=3, editable=False, help_text="A do funil.")
    origem_valor = models.CharField("origem do valor", max_length=6, choices=OrigemValor, default=OrigemValor.MANUAL)
    total_itens = models.DecimalField("total dos itens", max_digits=18, decimal_places=2, default=0, editable=False)
    probabilidade = models.PositiveSmallIntegerField("probabilidade (%)", default=0, validators=[MaxValueValidator(100)])
    probabilidade_manual = models.BooleanField("probabilidade informada", default=False, editable=False)
    fechamento_previsto = models.DateField("fechamento previsto", null=True, blank=True)
    aberta_em = models.DateField("aberta em", null=True, editable=False)
    fechada_em = models.DateTimeField("fechada em", null=True, editable=False)
    motivo_perda = models.ForeignKey(MotivoPerda, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    nota_perda = models.TextField("nota da perda", max_length=1000, blank=True, default="", editable=False)
    empresa = models.ForeignKey("crm_shared.Referencia", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    cliente = models.ForeignKey("crm_shared.Referencia", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    origem = models.CharField("origem", max_length=12, choices=Origem, default=Origem.OUTRA)
    lead_id = models.UUIDField("lead", null=True, blank=True)
    etapa_desde = models.DateTimeField("na etapa desde", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "oportunidade"
        constraints = [
            models.CheckConstraint(condition=Q(valor__gte=0) & Q(total_itens__gte=0), name="oportunidade_valor_nao_negativo"),
            models.CheckConstraint(condition=Q(probabilidade__lte=100), name="oportunidade_probabilidade"),
            models.CheckConstraint(
                condition=Q(status="aberta", fechada_em__isnull=True) | Q(status__in=["ganha", "perdida"], fechada_em__isnull=False),
                name="oportunidade_fechada_em",
            ),
            models.CheckConstraint(
                condition=Q(status="perdida", motivo_perda__isnull=False) | ~Q(status="perdida") & Q(motivo_perda__isnull=True),
                name="oportunidade_motivo_perda",
            ),
        ]
        indexes = [
            GinIndex(fields=["marcadores"], name="oportunidade_marcadores"),
            GinIndex(fields=["busca_texto"], opclasses=["gin_trgm_ops"], name="oportunidade_busca"),
            models.Index(fields=["responsavel", "id"], name="oportunidade_do_responsavel"),
            models.Index(fields=["equipe", "id"], name="oportunidade_da_equipe"),
            models.Index(fields=["funil", "id"], name="oportunidade_do_funil"),
            models.Index(fields=["etapa", "id"], name="oportunidade_da_etapa"),
            models.Index(fields=["status", "id"], name="oportunidade_por_status"),
            models.Index(fields=["empresa", "id"], name="oportunidade_da_empresa"),
            models.Index(fields=["cliente", "id"], name="oportunidade_do_cliente"),
            models.Index(fields=["valor", "id"], name="oportunidade_por_valor"),
            models.Index(fields=["atualizado_em", "id"], name="oportunidade_por_atualizacao"),
            # lists put what has no forecast last in both directions, and one index can be read for only one of them
            models.Index(fields=["fechamento_previsto", "id"], name="oportunidade_por_previsao"),
            models.Index(F("fechamento_previsto").desc(nulls_last=True), F("id").desc(), name="oportunidade_por_previsao_desc"),
            models.Index(fields=["fechada_em"], name="oportunidade_por_fechamento"),
            models.Index(fields=["aberta_em"], name="oportunidade_por_abertura"),
        ]

    def __str__(self) -> str:
        return f"{self.codigo} {self.titulo}"

    @property
    def etapa_nome(self) -> str:
        return self.etapa.nome

    def search_parts(self) -> list[str]:
        return [self.codigo, self.titulo]


class ItemOportunidade(Record):
    """A product in a deal, at the price of that day. `total` is what the deal counts: quantity times price less the discount."""

    class TipoDesconto(models.TextChoices):
        PERCENTUAL = "percentual", "percentual"
        VALOR = "valor", "valor"

    oportunidade = models.ForeignKey(Oportunidade, on_delete=models.CASCADE, related_name="itens", db_index=False)
    produto = models.ForeignKey(Produto, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantidade = models.DecimalField("quantidade", max_digits=12, decimal_places=3, default=1)
    preco = models.DecimalField("preço unitário", max_digits=18, decimal_places=2)
    desconto_tipo = models.CharField("tipo do desconto", max_length=10, choices=TipoDesconto, default=TipoDesconto.PERCENTUAL)
    desconto = models.DecimalField("desconto", max_digits=18, decimal_places=2, default=0)
    total = models.DecimalField("total", max_digits=18, decimal_places=2, editable=False)

    class Meta:
        verbose_name = "item da oportunidade"
        verbose_name_plural = "itens da oportunidade"
        constraints = [
            models.CheckConstraint(condition=Q(quantidade__gt=0), name="item_quantidade_positiva"),
            models.CheckConstraint(condition=Q(preco__gte=0) & Q(desconto__gte=0) & Q(total__gte=0), name="item_valores_nao_negativos"),
        ]
        indexes = [
            models.Index(fields=["oportunidade", "id"], name="item_da_oportunidade"),
            models.Index(fields=["produto", "oportunidade"], name="item_do_produto"),
        ]

    def __str__(self) -> str:
        return f"{self.quantidade} x {self.produto}"


class HistoricoEtapa(models.Model):
    """One step of a deal through the stages: its creation, each move, the win, the loss, the return. Never changed afterwards.

    `duracao_s` is the time that it had spent in `de`; value, probability and forecast are those right after the step,
    so that the pipeline can be told as it stood on any past date.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    oportunidade = models.ForeignKey(Oportunidade, on_delete=models.CASCADE, related_name="historico", db_index=False)
    de = models.ForeignKey(Etapa, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    para = models.ForeignKey(Etapa, on_delete=models.PROTECT, related_name="+", db_index=False)
    em = models.DateTimeField("em")
    por = models.ForeignKey("crm_shared.Referencia", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    duracao_s = models.BigIntegerField("segundos na etapa anterior", null=True)
    valor = models.DecimalField("valor", max_digits=18, decimal_places=2)
    probabilidade = models.PositiveSmallIntegerField("probabilidade (%)")
    fechamento_previsto = models.DateField("fechamento previsto", null=True)
    nota = models.CharField("nota", max_length=1000, blank=True, default="")

    class Meta:
        verbose_name = "passo no funil"
        verbose_name_plural = "passos no funil"
        constraints = [models.CheckConstraint(condition=Q(duracao_s__isnull=True) | Q(duracao_s__gte=0), name="historico_duracao")]
        indexes = [
            models.Index(fields=["oportunidade", "em", "id"], name="historico_da_oportunidade"),
            models.Index(fields=["para", "em"], name="historico_da_etapa"),
        ]

    def __str__(self) -> str:
        return f"{self.oportunidade_id}: {self.de_id} > {self.para_id}"
