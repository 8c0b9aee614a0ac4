"""Companies, their place in a group and their addresses."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Left

from crm_shared.extensions.columns import Extensible
from crm_shared.identity.addresses import UFS
from crm_shared.records.models import OwnedRecord, Record, Searchable


class Empresa(OwnedRecord, Searchable, Extensible):
    """A company or one establishment of it: establishments of one company share the root of their CNPJ.

    `nome`, `dominio` and, where the number of employees is known, `faixa_funcionarios` follow from other fields;
    services.py keeps them so, because lists order by them and search looks in them.
    """

    RECURSO = "empresas"

    class SituacaoCadastral(models.TextChoices):
        ATIVA = "ativa", "ativa"
        SUSPENSA = "suspensa", "suspensa"
        INAPTA = "inapta", "inapta"
        BAIXADA = "baixada", "baixada"
        NULA = "nula", "nula"

    class Porte(models.TextChoices):
        ME = "me", "microempresa"
        EPP = "epp", "empresa de pequeno porte"
        DEMAIS = "demais", "demais"

    class FaixaFuncionarios(models.TextChoices):
        ATE_9 = "ate_9", "até 9"
        DE_10_A_49 = "10_a_49", "10 a 49"
        DE_50_A_99 = "50_a_99", "50 a 99"
        DE_100_A_499 = "100_a_499", "100 a 499"
        DESDE_500 = "desde_500", "500 ou mais"

    class CicloVida(models.TextChoices):
        LEAD = "lead", "lead"
        QUALIFICADO = "qualificado", "qualificado"
        OPORTUNIDADE = "oportunidade", "oportunidade"
        CLIENTE = "cliente", "cliente"
        INATIVO = "inativo", "inativo"

    # of a sole trader these are a person's
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset({"telefone", "email"})

    nome = models.CharField("nome", max_length=200, editable=False, help_text="O nome fantasia ou, na falta dele, a razão social.")
    razao_social = models.CharField("razão social", max_length=200, blank=True, default="")
    nome_fantasia = models.CharField("nome fantasia", max_length=200, blank=True, default="")
    cnpj = models.CharField("CNPJ", max_length=14, blank=True, default="", help_text="Guardado com 14 caracteres, sem máscara.")
    cnpj_raiz = models.GeneratedField(
        verbose_name="raiz do CNPJ", expression=Left("cnpj", 8), output_field=models.CharField(max_length=8), db_persist=True
    )
    matriz = models.BooleanField("matriz", null=True, blank=True, help_text="Vazio quando não se sabe: o CNPJ não o diz.")
    situacao_cadastral = models.CharField("situação cadastral", max_length=8, choices=SituacaoCadastral, blank=True, default="")
    natureza_juridica = models.CharField("natureza jurídica", max_length=4, blank=True, default="", help_text="4 dígitos, como 2062.")
    porte = models.CharField("porte", max_length=6, choices=Porte, blank=True, default="")
    data_abertura = models.DateField("data de abertura", null=True, blank=True)
    ano_fundacao = models.PositiveSmallIntegerField("ano de fundação", null=True, blank=True)
    capital_social = models.DecimalField("capital social (R$)", max_digits=18, decimal_places=2, null=True, blank=True)
    cnae_principal = models.CharField("CNAE principal", max_length=7, blank=True, default="", help_text="7 dígitos, como 6204000.")
    site = models.URLField("site", max_length=254, blank=True, default="")
    dominio = models.CharField("domínio", max_length=253, blank=True, default="", editable=False, help_text="O domínio do site, sem www.")
    telefone = models.CharField("telefone", max_length=20, blank=True, default="", help_text="Guardado em E.164.")
    email = models.CharField("e-mail", max_length=254, blank=True, default="")
    numero_funcionarios = models.PositiveIntegerField("número de funcionários", null=True, blank=True)
    faixa_funcionarios = models.CharField(
        "faixa de funcionários",
        max_length=9,
        choices=FaixaFuncionarios,
        blank=True,
        default="",
        help_text="Calculada quando o número é conhecido.",
    )
    receita_anual = models.DecimalField("receita anual", max_digits=18, decimal_places=2, null=True, blank=True)
    moeda = models.CharField("moeda da receita", max_length=3, default="BRL", help_text="Código ISO 4217.")
    segmento = models.CharField("segmento", max_length=80, blank=True, default="")
    ciclo_vida = models.CharField("ciclo de vida", max_length=12, choices=CicloVida, default=CicloVida.LEAD)
    pais = models.CharField("país", max_length=60, default="Brasil")
    estrangeira = models.BooleanField("estrangeira", default=False)
    id_fiscal_exterior = models.CharField("identificação fiscal no exterior", max_length=40, blank=True, default="")
    controladora = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="controladas", verbose_name="controladora", db_index=False
    )

    class Meta:
        verbose_name = "empresa"
        constraints = [
            models.UniqueConstraint(fields=["cnpj"], condition=Q(excluido_em__isnull=True) & ~Q(cnpj=""), name="empresa_cnpj_unico"),
            models.CheckConstraint(condition=Q(cnpj="") | Q(cnpj__regex=r"^[0-9A-Z]{12}[0-9]{2}$"), name="empresa_cnpj_forma"),
            models.CheckConstraint(condition=~Q(nome=""), name="empresa_com_nome"),
            models.CheckConstraint(
                condition=Q(ciclo_vida__in=["lead", "qualificado", "oportunidade", "cliente", "inativo"]), name="empresa_ciclo_vida"
            ),
            models.CheckConstraint(
                condition=Q(situacao_cadastral__in=["", "ativa", "suspensa", "inapta", "baixada", "nula"]), name="empresa_situacao"
            ),
            models.CheckConstraint(condition=Q(receita_anual__isnull=True) | Q(receita_anual__gte=0), name="empresa_receita_nao_negativa"),
            models.CheckConstraint(
                condition=Q(capital_social__isnull=True) | Q(capital_social__gte=0), name="empresa_capital_nao_negativo"
            ),
            models.CheckConstraint(condition=Q(moeda__regex=r"^[A-Z]{3}$"), name="empresa_moeda_forma"),
            models.CheckConstraint(
                condition=Q(controladora__isnull=True) | ~Q(controladora=models.F("id")), name="empresa_nao_se_controla"
            ),
        ]
        indexes = [
            GinIndex(fields=["marcadores"], name="empresa_marcadores"),
            GinIndex(fields=["busca_texto"], opclasses=["gin_trgm_ops"], name="empresa_busca"),
            models.Index(fields=["responsavel", "id"], name="empresa_do_responsavel"),
            models.Index(fields=["equipe", "id"], name="empresa_da_equipe"),
            models.Index(fields=["nome", "id"], name="empresa_por_nome"),
            models.Index(fields=["atualizado_em", "id"], name="empresa_por_atualizacao"),
            models.Index(fields=["segmento", "id"], name="empresa_por_segmento"),
            models.Index(fields=["ciclo_vida", "id"], name="empresa_por_ciclo"),
            models.Index(fields=["controladora", "id"], name="empresa_da_controladora"),
            models.Index(fields=["cnpj_raiz", "id"], name="empresa_da_raiz"),
        ]

    def __str__(self) -> str:
        return self.nome

    def search_parts(self) -> list[str]:
        return [self.razao_social, self.nome_fantasia, self.cnpj, self.dominio]


class EnderecoEmpresa(Record):
    """One address of a company; `municipio_ibge` has 7 digits, `numero` is text because S/N and 8551B are numbers too."""

    class Tipo(models.TextChoices):
        SEDE = "sede", "sede"
        COBRANCA = "cobranca", "cobrança"
        ENTREGA = "entrega", "entrega"
        FATURAMENTO = "faturamento", "faturamento"

    empresa = models.ForeignKey(Empresa, on_delete=models.CASCADE, related_name="enderecos")
    tipo = models.CharField("tipo", max_length=11, choices=Tipo, default=Tipo.SEDE)
    cep = models.CharField("CEP", max_length=8, blank=True, default="", help_text="Guardado com 8 dígitos.")
    logradouro = models.CharField("logradouro", max_length=200, blank=True, default="")
    numero = models.CharField("número", max_length=20, blank=True, default="")
    complemento = models.CharField("complemento", max_length=120, blank=True, default="")
    bairro = models.CharField("bairro", max_length=120, blank=True, default="")
    municipio = models.CharField("município", max_length=120, blank=True, default="")
    municipio_ibge = models.CharField("código IBGE do município", max_length=7, blank=True, default="", help_text="7 dígitos.")
    uf = models.CharField("UF", max_length=2, choices=UFS, blank=True, default="")
    pais = models.CharField("país", max_length=60, default="Brasil")

    class Meta:
        verbose_name = "endereço"
        constraints = [
            models.UniqueConstraint(
                fields=["empresa"], condition=Q(excluido_em__isnull=True, tipo="sede"), name="enderecoempresa_uma_sede"
            ),
        ]
        indexes = [models.Index(fields=["uf", "empresa"], name="enderecoempresa_da_uf")]

    def __str__(self) -> str:
        return f"{self.tipo}: {self.logradouro}, {self.numero}"
