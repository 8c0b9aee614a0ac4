"""Definitions that belong to a service as a whole."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

from ..records.models import PK_COLUMN, Record, uuid7
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


class CampoPersonalizado(Record):
    """A custom field of one kind of main record. Records hold its values by `chave`, which never changes nor passes to another field."""

    class Tipo(models.TextChoices):
        TEXTO = "texto", "texto"
        TEXTO_LONGO = "texto_longo", "texto longo"
        NUMERO = "numero", "número"
        MOEDA = "moeda", "valor em dinheiro"
        DATA = "data", "data"
        DATA_HORA = "data_hora", "data e hora"
        BOOLEANO = "booleano", "sim ou não"
        LISTA = "lista", "uma opção"
        MULTILISTA = "multilista", "várias opções"
        TELEFONE = "telefone", "telefone"
        EMAIL = "email", "e-mail"
        URL = "url", "endereço na web"
        CPF = "cpf", "CPF"
        CNPJ = "cnpj", "CNPJ"
        REFERENCIA = "referencia", "referência a outro registro"

    class Preparo(models.TextChoices):
        INDEXADO = "indexado", "indexado"
        UNICO = "unico", "único"

    recurso = models.CharField("recurso", max_length=40, help_text="De que registros. Não muda.")
    chave = models.CharField(
        "chave",
        max_length=40,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*\Z", "Use letras minúsculas, números e _.", "chave_invalida")],
        help_text="O nome em `extras` e, com @ na frente, em expressões. Não muda.",
    )
    rotulo = models.CharField("rótulo", max_length=100)
    tipo = models.CharField("tipo", max_length=11, choices=Tipo, help_text="Só muda para um tipo que guarda os mesmos valores.")
    opcoes = models.JSONField("opções", default=list, blank=True)
    alvo = models.CharField("alvo", max_length=40, blank=True, default="", help_text="Para referências: de que registros.")
    obrigatorio = models.BooleanField("obrigatório", default=False, help_text="Exigido ao criar e ao substituir.")
    unico = models.BooleanField("único", default=False, help_text="Dois registros não têm o mesmo valor. Implica `indexado`.")
    indexado = models.BooleanField("indexado", default=False, help_text="Pode ser usado em expressões, como `@chave:>10`.")
    padrao = models.JSONField("valor padrão", null=True, blank=True, default=None)
    regex = models.CharField("expressão regular", max_length=100, blank=True, default="", help_text="Que o texto inteiro deve seguir.")
    ajuda = models.CharField("ajuda", max_length=300, blank=True, default="")
    somente_leitura = models.BooleanField("somente leitura", default=False, help_text="Só recebe o valor padrão.")
    dado_pessoal = models.BooleanField("dado pessoal", default=False, help_text="Mascarado para quem não vê dados pessoais.")
    sensivel = models.BooleanField("sensível", default=False, help_text="Dado pessoal que listas não mostram.")
    preparo = models.CharField(
        "em preparo",
        max_length=8,
        choices=Preparo,
        blank=True,
        default="",
        editable=False,
        help_text="O que se prepara a partir dos registros que já existem; vazio quando nada.",
    )
    operacao_id = models.UUIDField("operação", null=True, editable=False, help_text="A que prepara, ou a última que preparou.")

    class Meta:
        verbose_name = "campo personalizado"
        verbose_name_plural = "campos personalizados"
        constraints = [models.UniqueConstraint(fields=["recurso", "chave"], name="campo_personalizado_unico")]

    def __str__(self) -> str:
        return self.rotulo

    @property
    def pessoal(self) -> bool:
        return self.dado_pessoal or self.sensivel

    @property
    def indexa(self) -> bool:
        """Writes keep the typed values, from when their preparation began."""
        return self.indexado or bool(self.preparo)

    @property
    def reserva(self) -> bool:
        """Writes claim their value for their record and refuse another's, from when the preparation began."""
        return self.unico or self.preparo == self.Preparo.UNICO


class ValorExtra(models.Model):
    """A value of an indexed field once more, typed, so that stores can compare and refuse doubles (ADR 30).

    On MongoDB there are rows of unique fields alone: records hold the typed values themselves. `unico` is null where the value
    is not claimed: the field is not unique, or its record is deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, db_column=PK_COLUMN)
    campo = models.ForeignKey(CampoPersonalizado, on_delete=models.CASCADE, related_name="+", db_index=False)
    registro_id = models.UUIDField()
    texto = models.CharField(max_length=500, null=True)
    numero = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    instante = models.DateTimeField(null=True)
    unico = models.CharField(max_length=500, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campo", "unico"], name="valor_extra_unico")]
        indexes = [
            models.Index(fields=["campo", "texto", "registro_id"], name="valor_extra_texto"),
            models.Index(fields=["campo", "numero", "registro_id"], name="valor_extra_numero"),
            models.Index(fields=["campo", "instante", "registro_id"], name="valor_extra_instante"),
            models.Index(fields=["registro_id", "campo"], name="valor_extra_do_registro"),
        ]


class Nota(Record):
    """What somebody noted on a main record. No foreign key: records of several kinds have notes, and ids are unique among all."""

    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset({"texto"})

    recurso = models.CharField(max_length=40, editable=False)
    registro_id = models.UUIDField("registro", editable=False)
    texto = models.TextField("texto", max_length=10_000)
    fixada = models.BooleanField("fixada", default=False, help_text="Fica acima das outras.")
    autor = models.ForeignKey(
        "crm_shared.Referencia", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="autor", db_index=False, editable=False
    )

    class Meta:
        verbose_name = "nota"
        indexes = [models.Index(fields=["registro_id", "id"], name="nota_do_registro")]

    def __str__(self) -> str:
        return self.texto[:80]


class Anexo(Record):
    """A file attached to a main record. Its bytes lie in the storage under a name made of the id (attachments/files.py)."""

    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset({"nome"})

    recurso = models.CharField(max_length=40, editable=False)
    registro_id = models.UUIDField("registro", editable=False)
    nome = models.CharField("nome", max_length=200, help_text="Como quem enviou o chamou, sem o que poderia enganar.")
    tipo = models.CharField("tipo", max_length=100, help_text="O tipo de mídia, conferido no conteúdo.")
    tamanho = models.PositiveBigIntegerField("tamanho", help_text="Em bytes.")
    sha256 = models.CharField("sha256", max_length=64, help_text="Do conteúdo, em hexadecimal.")
    autor = models.ForeignKey(
        "crm_shared.Referencia", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="autor", db_index=False, editable=False
    )
    guardado = models.BooleanField(default=True, editable=False)  # false: deleted for so long that its bytes are gone

    class Meta:
        verbose_name = "anexo"
        indexes = [
            models.Index(fields=["registro_id", "id"], name="anexo_do_registro"),
            models.Index(fields=["guardado", "excluido_em"], name="anexo_a_apagar"),
        ]

    def __str__(self) -> str:
        return self.nome


class Visao(Record):
    """A saved view of a list: which records, in what order, shown how, and for whom."""

    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset({"q", "filtros"})  # where somebody may have typed a CPF

    class Tipo(models.TextChoices):
        LISTA = "lista", "lista"
        QUADRO = "quadro", "quadro"
        AGENDA = "agenda", "agenda"

    class Compartilhamento(models.TextChoices):
        PROPRIO = "proprio", "só de quem a criou"
        EQUIPE = "equipe", "da equipe"
        TODOS = "todos", "de todos"

    recurso = models.CharField("recurso", max_length=40, help_text="De que registros. Não muda.")
    nome = models.CharField("nome", max_length=100)
    q = models.CharField("expressão", max_length=2000, blank=True, default="", help_text="Como em `q=`.")
    filtros = models.JSONField("filtros", default=dict, blank=True)
    colunas = models.JSONField("colunas", default=list, blank=True)
    ordenar = models.CharField("ordem", max_length=60, blank=True, default="", help_text="Como em `ordenar=`.")
    agrupar_por = models.CharField("agrupar por", max_length=60, blank=True, default="", help_text="Um campo da linguagem `q`.")
    tipo = models.CharField("tipo", max_length=6, choices=Tipo, default=Tipo.LISTA)
    compartilhamento = models.CharField("compartilhamento", max_length=7, choices=Compartilhamento, default=Compartilhamento.PROPRIO)
    padrao = models.BooleanField("padrão", default=False, help_text="A que o dono vê primeiro; uma por recurso.")
    dono_id = models.UUIDField("dono", null=True, editable=False)
    equipe_id = models.UUIDField("equipe", null=True, editable=False)

    class Meta:
        verbose_name = "visão"
        verbose_name_plural = "visões"
        indexes = [
            models.Index(fields=["recurso", "nome", "id"], name="visao_por_nome"),
            models.Index(fields=["dono_id", "recurso"], name="visao_do_dono"),
        ]

    def __str__(self) -> str:
        return self.nome
