"""Channels, who is who in them, conversations and their messages.

Every index starts with what its list pins and ends with the list's order: one compound index per list, none on a single
field (the embedded server takes a loose one over the compound, ADR 3).
"""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django_mongodb_backend.fields import EmbeddedModelArrayField
from django_mongodb_backend.models import EmbeddedModel

from crm_shared.extensions.columns import Extensible
from crm_shared.identity.phones import clean_phone, phone_search_forms
from crm_shared.records.models import PK_COLUMN, OwnedRecord, Record, Searchable

VIVO = Q(excluido_em__isnull=True)


def citado(verbose_name: str) -> Any:
    """Another service's record, by its local copy."""
    return models.ForeignKey(
        "crm_shared.Referencia",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=verbose_name,
        db_index=False,
    )


class Canal(Record):
    """A way in and out: a WhatsApp number, a mailbox, a web chat."""

    class Tipo(models.TextChoices):
        EMAIL = "email", "e-mail"
        WHATSAPP = "whatsapp", "WhatsApp"
        WEBCHAT = "webchat", "chat do site"
        INSTAGRAM = "instagram", "Instagram"
        TELEGRAM = "telegram", "Telegram"
        SMS = "sms", "SMS"
        API = "api", "API"

    tipo = models.CharField("tipo", max_length=10, choices=Tipo)
    nome = models.CharField("nome", max_length=120)
    ativo = models.BooleanField("ativo", default=True)
    configuracao = models.JSONField("configuração", default=dict, blank=True)

    class Meta:
        verbose_name = "canal"
        verbose_name_plural = "canais"

    def __str__(self) -> str:
        return self.nome


class Identidade(OwnedRecord, Searchable):
    """Somebody as one channel knows him or her. A phone is optional: since 2026 WhatsApp may send only a BSUID."""

    class Tipo(models.TextChoices):
        TELEFONE = "telefone", "telefone"
        WA_ID = "wa_id", "número no WhatsApp"
        BSUID = "bsuid", "BSUID do WhatsApp"
        EMAIL = "email", "e-mail"
        INSTAGRAM = "instagram", "Instagram"
        TELEGRAM = "telegram", "Telegram"
        VISITANTE = "visitante", "visitante do site"
        OUTRO = "outro", "outro"

    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset({"id_externo", "username", "nome", "telefone"})

    canal = models.ForeignKey(Canal, on_delete=models.PROTECT, related_name="+", db_index=False)
    tipo = models.CharField("tipo", max_length=10, choices=Tipo)
    id_externo = models.CharField("identificador no canal", max_length=254)
    username = models.CharField("nome de usuário", max_length=120, blank=True, default="")
    nome = models.CharField("nome no canal", max_length=200, blank=True, default="")
    telefone = models.CharField("telefone", max_length=20, blank=True, default="", help_text="Guardado em E.164.")
    telefone_equivalencia = models.CharField(max_length=20, default="", editable=False)
    cliente = citado("cliente")

    class Meta:
        verbose_name = "identidade"
        constraints = [models.UniqueConstraint(fields=["canal", "tipo", "id_externo"], condition=VIVO, name="identidade_unica")]
        indexes = [
            models.Index(fields=["cliente", "id"], name="identidade_do_cliente"),
            models.Index(fields=["telefone_equivalencia", "id"], name="identidade_do_telefone"),
            models.Index(fields=["responsavel", "id"], name="identidade_do_responsavel"),
            models.Index(fields=["equipe", "id"], name="identidade_da_equipe"),
        ]

    def __str__(self) -> str:
        return self.nome or self.username or self.id_externo

    def search_parts(self) -> list[str]:
        phone = phone_search_forms(clean_phone(self.telefone)) if self.telefone else []
        return [self.nome, self.username, self.id_externo, self.cliente.nome if self.cliente else "", *phone]


class Conversa(OwnedRecord, Searchable, Extensible):
    """An exchange with one customer in one channel, from the first message until it is resolved, and again."""

    RECURSO = "conversas"

    class Estado(models.TextChoices):
        ABERTA = "aberta", "aberta"
        PENDENTE = "pendente", "pendente"
        ADIADA = "adiada", "adiada"
        RESOLVIDA = "resolvida", "resolvida"
        ARQUIVADA = "arquivada", "arquivada"

    class Prioridade(models.TextChoices):
        BAIXA = "baixa", "baixa"
        NORMAL = "normal", "normal"
        ALTA = "alta", "alta"
        URGENTE = "urgente", "urgente"

    # from each state, the states that a transition may reach; `pendente` is a bot's turn
    TRANSICOES: ClassVar[dict[str, frozenset[str]]] = {
        "aberta": frozenset({"adiada", "resolvida"}),
        "pendente": frozenset({"aberta", "adiada", "resolvida"}),
        "adiada": frozenset({"aberta", "adiada", "resolvida"}),
        "resolvida": frozenset({"aberta"}),
        "arquivada": frozenset({"aberta"}),
    }
    EM_ANDAMENTO: ClassVar[tuple[str, ...]] = ("aberta", "pendente", "adiada")
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset({"assunto", "ultima_mensagem_previa"})

    numero = models.CharField("número", max_length=20, unique=True, editable=False)
    canal = models.ForeignKey(Canal, on_delete=models.PROTECT, related_name="+", db_index=False)
    identidade = models.ForeignKey(Identidade, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    cliente = citado("cliente")
    empresa = citado("empresa")
    assunto = models.CharField("assunto", max_length=300, blank=True, default="")
    estado = models.CharField("estado", max_length=10, choices=Estado, default=Estado.ABERTA, editable=False)
    prioridade = models.CharField("prioridade", max_length=8, choices=Prioridade, default=Prioridade.NORMAL)
    adiada_ate = models.DateTimeField("adiada até", null=True, editable=False)
    resolvida_em = models.DateTimeField("resolvida em", null=True, editable=False)
    aguardando_desde = models.DateTimeField("cliente aguarda desde", null=True, editable=False)
    primeira_resposta_em = models.DateTimeField("primeira resposta em", null=True, editable=False)
    ultima_mensagem_em = models.DateTimeField("última mensagem em", default=timezone.now, editable=False)
    ultima_mensagem_previa = models.CharField("prévia da última mensagem", max_length=120, default="", editable=False)
    nao_lidas = models.PositiveIntegerField("não lidas", default=0, editable=False)

    class Meta:
        verbose_name = "conversa"
        indexes = [
            models.Index(fields=["marcadores"], name="conversa_marcadores"),
            models.Index(fields=["estado", "ultima_mensagem_em", "id"], name="conversa_por_estado"),
            models.Index(fields=["responsavel", "ultima_mensagem_em", "id"], name="conversa_do_responsavel"),
            models.Index(fields=["equipe", "ultima_mensagem_em", "id"], name="conversa_da_equipe"),
            models.Index(fields=["cliente", "ultima_mensagem_em", "id"], name="conversa_do_cliente"),
            models.Index(fields=["empresa", "ultima_mensagem_em", "id"], name="conversa_da_empresa"),
            models.Index(fields=["identidade", "ultima_mensagem_em", "id"], name="conversa_da_identidade"),
            models.Index(fields=["canal", "estado", "ultima_mensagem_em", "id"], name="conversa_do_canal"),
            models.Index(fields=["ultima_mensagem_em", "id"], name="conversa_por_mensagem"),
        ]

    def __str__(self) -> str:
        return self.numero

    def search_parts(self) -> list[str]:
        identidade = self.identidade.search_parts() if self.identidade else []
        return [self.numero, self.assunto, self.cliente.nome if self.cliente else "", *identidade]


class Anexo(EmbeddedModel):
    """A file of a message: where it lies and what it is, not its bytes."""

    nome = models.CharField("nome", max_length=255)
    tipo_conteudo = models.CharField("tipo do conteúdo", max_length=120, help_text="Por exemplo image/png.")
    tamanho = models.PositiveIntegerField("tamanho em bytes")
    url = models.URLField("endereço", max_length=2000)

    class Meta:
        managed = False  # lives inside a message, no collection of its own


class MudancaEstado(EmbeddedModel):
    """One step of a message on its way."""

    estado = models.CharField("estado", max_length=10)
    em = models.DateTimeField("em")

    class Meta:
        managed = False


class Mensagem(Record):
    """What was said, never changed afterwards: only its state moves, and only forward."""

    class Direcao(models.TextChoices):
        ENTRADA = "entrada", "entrada"
        SAIDA = "saida", "saída"
        INTERNA = "interna", "nota interna"

    class Tipo(models.TextChoices):
        TEXTO = "texto", "texto"
        MIDIA = "midia", "mídia"
        MODELO = "modelo", "modelo"
        INTERATIVA = "interativa", "interativa"
        LOCALIZACAO = "localizacao", "localização"

    class Estado(models.TextChoices):
        RASCUNHO = "rascunho", "rascunho"
        AGENDADA = "agendada", "agendada"
        NA_FILA = "na_fila", "na fila"
        ENVIANDO = "enviando", "enviando"
        ENVIADA = "enviada", "enviada"
        ENTREGUE = "entregue", "entregue"
        LIDA = "lida", "lida"
        FALHOU = "falhou", "falhou"
        RECEBIDA = "recebida", "recebida"
        REGISTRADA = "registrada", "registrada"

    # Providers report in any order and skip steps, so only a higher rank is taken over.
    POSTO: ClassVar[dict[str, int]] = {
        "rascunho": 0,
        "agendada": 10,
        "na_fila": 20,
        "enviando": 30,
        "enviada": 40,
        "falhou": 50,
        "entregue": 60,
        "lida": 70,
        "recebida": 100,
        "registrada": 100,
    }
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset({"conteudo", "anexos"})

    conversa = models.ForeignKey(Conversa, on_delete=models.PROTECT, related_name="+", db_index=False)
    canal = models.ForeignKey(Canal, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False)
    direcao = models.CharField("direção", max_length=8, choices=Direcao)
    tipo = models.CharField("tipo", max_length=12, choices=Tipo, default=Tipo.TEXTO)
    conteudo = models.TextField("conteúdo", max_length=20_000, blank=True, default="")
    anexos = EmbeddedModelArrayField(Anexo, default=list, blank=True)
    id_externo = models.CharField("identificador no provedor", max_length=254, null=True, blank=True)
    id_cliente = models.CharField("identificador de quem envia", max_length=80, null=True, blank=True)
    autor = citado("autor")
    estado = models.CharField("estado", max_length=10, choices=Estado, editable=False)
    historico_estado = EmbeddedModelArrayField(MudancaEstado, default=list, editable=False)

    class Meta:
        verbose_name = "mensagem"
        verbose_name_plural = "mensagens"
        constraints = [
            models.UniqueConstraint(fields=["canal", "id_externo"], name="mensagem_id_externo_unico"),
            models.UniqueConstraint(fields=["conversa", "id_cliente"], name="mensagem_id_cliente_unico"),
        ]
        indexes = [models.Index(fields=["conversa", "id"], name="mensagem_da_conversa")]

    def __str__(self) -> str:
        return f"{self.direcao} {self.estado}"

    def passar_a(self, estado: str, em: datetime) -> bool:
        """Take over a state that lies ahead; a failure is final, and cannot undo a delivery."""
        if self.estado == Mensagem.Estado.FALHOU or self.POSTO[estado] <= self.POSTO.get(self.estado, -1):
            return False
        self.estado = estado
        self.historico_estado = [*self.historico_estado, MudancaEstado(estado=estado, em=em)]
        return True


class Contador(models.Model):
    """The last number given, by kind and year."""

    id = models.CharField(primary_key=True, max_length=40, db_column=PK_COLUMN)
    valor = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "contador"
        verbose_name_plural = "contadores"
