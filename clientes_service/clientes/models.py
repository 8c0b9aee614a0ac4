"""People, how to reach them, where they work, and the leads opened on them."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from crm_shared.extensions.columns import Extensible
from crm_shared.identity.phones import clean_phone, phone_search_forms
from crm_shared.records.models import OwnedRecord, Record, Searchable


class Origem(models.TextChoices):
    """Where a person or a lead came from."""

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


class Cliente(OwnedRecord, Searchable, Extensible):
    """A person, whatever the stage of the relation; a lead is a case on this record, never a copy (ADR 0009)."""

    RECURSO = "clientes"

    class CicloVida(models.TextChoices):
        LEAD = "lead", "lead"
        QUALIFICADO = "qualificado", "qualificado"
        OPORTUNIDADE = "oportunidade", "oportunidade"
        CLIENTE = "cliente", "cliente"
        INATIVO = "inativo", "inativo"

    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset(
        {"nome", "nome_social", "cpf", "data_nascimento", "email", "telefone", "observacoes"}
    )

    nome = models.CharField("nome", max_length=200)
    nome_social = models.CharField("nome social", max_length=200, blank=True, default="")
    cpf = models.CharField("CPF", max_length=11, blank=True, default="", help_text="Com ou sem máscara; guardado com 11 dígitos.")
    data_nascimento = models.DateField("data de nascimento", null=True, blank=True)
    ciclo_vida = models.CharField("ciclo de vida", max_length=12, choices=CicloVida, default=CicloVida.LEAD)
    origem = models.CharField("origem", max_length=12, choices=Origem, default=Origem.OUTRA)
    campanha = models.CharField("campanha", max_length=120, blank=True, default="")
    email = models.CharField("e-mail principal", max_length=254, blank=True, default="")
    telefone = models.CharField("telefone principal", max_length=20, blank=True, default="", help_text="Guardado em E.164.")
    nao_contatar = models.BooleanField("não contatar", default=False)
    observacoes = models.TextField("observações", max_length=5000, blank=True, default="")

    class Meta:
        verbose_name = "cliente"
        constraints = [
            models.UniqueConstraint(fields=["cpf"], condition=Q(excluido_em__isnull=True) & ~Q(cpf=""), name="cliente_cpf_unico"),
            models.CheckConstraint(
                condition=Q(ciclo_vida__in=["lead", "qualificado", "oportunidade", "cliente", "inativo"]), name="cliente_ciclo_vida"
            ),
        ]
        indexes = [
            GinIndex(fields=["marcadores"], name="cliente_marcadores"),
            GinIndex(fields=["busca_texto"], opclasses=["gin_trgm_ops"], name="cliente_busca"),
            models.Index(fields=["responsavel", "id"], name="cliente_do_responsavel"),
            models.Index(fields=["equipe", "id"], name="cliente_da_equipe"),
            models.Index(fields=["nome", "id"], name="cliente_por_nome"),
            models.Index(fields=["atualizado_em", "id"], name="cliente_por_atualizacao"),
            models.Index(fields=["ciclo_vida", "id"], name="cliente_por_ciclo"),
            # few people have either, so these stay small
            models.Index(fields=["campanha", "id"], condition=~Q(campanha=""), name="cliente_da_campanha"),
            models.Index(fields=["id"], condition=Q(nao_contatar=True), name="cliente_a_nao_contatar"),
        ]

    def __str__(self) -> str:
        return self.nome_social or self.nome

    def search_parts(self) -> list[str]:
        phone = phone_search_forms(clean_phone(self.telefone)) if self.telefone else []
        return [self.nome, self.nome_social, self.cpf, self.email, *phone]


class ContatoMeio(Record):
    """One way to reach a person. `chave_equivalencia` is the same for a mobile with and without the ninth digit."""

    class Tipo(models.TextChoices):
        EMAIL = "email", "e-mail"
        TELEFONE = "telefone", "telefone"
        WHATSAPP = "whatsapp", "WhatsApp"
        INSTAGRAM = "instagram", "Instagram"
        TELEGRAM = "telegram", "Telegram"

    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset({"valor", "valor_original", "chave_equivalencia", "ramal"})

    cliente = models.ForeignKey(Cliente, on_delete=models.CASCADE, related_name="meios")
    tipo = models.CharField("tipo", max_length=10, choices=Tipo)
    valor = models.CharField("valor", max_length=254, help_text="Telefone em E.164, e-mail em minúsculas.")
    valor_original = models.CharField("valor como informado", max_length=254, editable=False)
    chave_equivalencia = models.CharField(max_length=254, editable=False)
    ramal = models.CharField("ramal", max_length=10, blank=True, default="", editable=False)
    rotulo = models.CharField("rótulo", max_length=40, blank=True, default="")
    principal = models.BooleanField("principal", default=False)
    invalido = models.BooleanField("inválido", default=False)
    opt_out = models.BooleanField("descadastrado", default=False)

    class Meta:
        verbose_name = "meio de contato"
        verbose_name_plural = "meios de contato"
        constraints = [
            models.UniqueConstraint(
                fields=["cliente", "tipo", "chave_equivalencia"], condition=Q(excluido_em__isnull=True), name="contatomeio_unico"
            ),
            models.UniqueConstraint(
                fields=["cliente", "tipo"], condition=Q(excluido_em__isnull=True, principal=True), name="contatomeio_um_principal"
            ),
        ]
        indexes = [models.Index(fields=["chave_equivalencia", "tipo"], name="contatomeio_equivalencia")]

    def __str__(self) -> str:
        return f"{self.tipo}: {self.valor}"


class VinculoEmpresa(Record):
    """A person's place in a company, now or in the past; a person may have several."""

    class Papel(models.TextChoices):
        DECISOR = "decisor", "decisor"
        INFLUENCIADOR = "influenciador", "influenciador"
        USUARIO = "usuario", "usuário"
        FINANCEIRO = "financeiro", "financeiro"
        JURIDICO = "juridico", "jurídico"
        OUTRO = "outro", "outro"

    cliente = models.ForeignKey(Cliente, on_delete=models.CASCADE, related_name="vinculos")
    empresa = models.ForeignKey("crm_shared.Referencia", on_delete=models.PROTECT, related_name="+")
    papel = models.CharField("papel", max_length=13, choices=Papel, default=Papel.OUTRO)
    cargo = models.CharField("cargo", max_length=120, blank=True, default="")
    principal = models.BooleanField("principal", default=False)
    inicio = models.DateField("início", null=True, blank=True)
    fim = models.DateField("fim", null=True, blank=True)

    class Meta:
        verbose_name = "vínculo com empresa"
        verbose_name_plural = "vínculos com empresas"
        constraints = [
            models.UniqueConstraint(
                fields=["cliente", "empresa"], condition=Q(excluido_em__isnull=True, fim__isnull=True), name="vinculo_atual_unico"
            ),
            models.CheckConstraint(
                condition=Q(fim__isnull=True) | Q(inicio__isnull=True) | Q(fim__gte=models.F("inicio")), name="vinculo_periodo"
            ),
        ]


class Lead(OwnedRecord, Searchable, Extensible):
    """A qualification case on a person."""

    RECURSO = "leads"

    class Status(models.TextChoices):
        NOVO = "novo", "novo"
        EM_CONTATO = "em_contato", "em contato"
        QUALIFICADO = "qualificado", "qualificado"
        DESQUALIFICADO = "desqualificado", "desqualificado"
        CONVERTIDO = "convertido", "convertido"

    class Temperatura(models.TextChoices):
        FRIA = "fria", "fria"
        MORNA = "morna", "morna"
        QUENTE = "quente", "quente"

    # from each state, the states that a transition may reach
    TRANSICOES: ClassVar[dict[str, frozenset[str]]] = {
        "novo": frozenset({"em_contato", "qualificado", "desqualificado"}),
        "em_contato": frozenset({"qualificado", "desqualificado"}),
        "qualificado": frozenset({"convertido", "desqualificado"}),
        "desqualificado": frozenset({"novo"}),
        "convertido": frozenset(),
    }

    cliente = models.ForeignKey(Cliente, on_delete=models.PROTECT, related_name="leads")
    empresa_nome = models.CharField("empresa", max_length=200, blank=True, default="")
    fonte = models.CharField("fonte", max_length=12, choices=Origem, default=Origem.OUTRA)
    status = models.CharField("status", max_length=14, choices=Status, default=Status.NOVO, editable=False)
    temperatura = models.CharField("temperatura", max_length=6, choices=Temperatura, default=Temperatura.MORNA)
    interesse = models.CharField("interesse", max_length=500, blank=True, default="")
    valor_estimado = models.DecimalField("valor estimado (R$)", max_digits=18, decimal_places=2, null=True, blank=True)
    motivo_desqualificacao = models.CharField("motivo da desqualificação", max_length=300, blank=True, default="", editable=False)
    prazo_primeira_resposta = models.DateTimeField("prazo da primeira resposta", null=True, blank=True)
    respondido_em = models.DateTimeField("respondido em", null=True, editable=False)
    oportunidade_id = models.UUIDField("oportunidade", null=True, editable=False)
    convertido_em = models.DateTimeField("convertido em", null=True, editable=False)

    class Meta:
        verbose_name = "lead"
        constraints = [
            models.CheckConstraint(condition=Q(valor_estimado__isnull=True) | Q(valor_estimado__gte=0), name="lead_valor_nao_negativo"),
            models.CheckConstraint(
                condition=~Q(status="desqualificado") | ~Q(motivo_desqualificacao=""), name="lead_desqualificado_com_motivo"
            ),
        ]
        indexes = [
            GinIndex(fields=["marcadores"], name="lead_marcadores"),
            GinIndex(fields=["busca_texto"], opclasses=["gin_trgm_ops"], name="lead_busca"),
            models.Index(fields=["responsavel", "id"], name="lead_do_responsavel"),
            models.Index(fields=["equipe", "id"], name="lead_da_equipe"),
            models.Index(fields=["status", "id"], name="lead_por_status"),
            # lists put what has no value last in both directions, and one index can be read for only one of them
            models.Index(fields=["valor_estimado", "id"], name="lead_por_valor"),
            models.Index(F("valor_estimado").desc(nulls_last=True), F("id").desc(), name="lead_por_valor_desc"),
        ]

    def __str__(self) -> str:
        return f"{self.cliente} ({self.get_status_display()})"

    def search_parts(self) -> list[str]:
        return [self.cliente.nome, self.cliente.nome_social, self.empresa_nome, self.interesse]
