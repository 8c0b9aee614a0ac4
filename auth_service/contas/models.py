"""Who may sign in, where each stands, what each may do, and the sessions that are open."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone

from crm_shared.records.models import Record, Searchable, uuid7

# Django finds models here
from .chaves_api import models as chaves_api  # noqa: F401
from .convites import models as convites  # noqa: F401
from .correio import models as correio  # noqa: F401
from .segundo_fator import models as segundo_fator  # noqa: F401


class Visibilidade(models.TextChoices):
    """Whose records a permission opens; the values are those of the `vis` claim, narrowest first."""

    PROPRIO = "proprio", "próprio"
    EQUIPE = "equipe", "equipe"
    TODOS = "todos", "todos"


def _link(to: str, verbose_name: str, **options: Any) -> Any:
    """A link without an index of its own: the model declares the index that its lists need."""
    return models.ForeignKey(to, on_delete=models.PROTECT, verbose_name=verbose_name, db_index=False, **options)


class Papel(Record):
    """A named set of permissions. Those with `sistema` come with the product: they keep their names and cannot be deleted."""

    nome = models.CharField("nome", max_length=60)
    descricao = models.CharField("descrição", max_length=300, blank=True, default="")
    sistema = models.BooleanField("do sistema", default=False, editable=False)
    campos = models.JSONField(
        "regras de campos", default=list, blank=True, help_text="Campos que quem tem o papel não vê, vê mascarados ou não altera."
    )
    exige_segundo_fator = models.BooleanField("exige segundo fator", default=False, help_text="Sem ele, a pessoa só pode ativá-lo.")

    class Meta:
        verbose_name = "papel"
        verbose_name_plural = "papéis"
        constraints = [models.UniqueConstraint(fields=["nome"], condition=Q(excluido_em__isnull=True), name="papel_nome_unico")]

    def __str__(self) -> str:
        return self.nome


class Permissao(models.Model):
    """`acao` on `recurso` (the words of crm_shared.auth.scopes), over the records that `visibilidade` opens."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    papel = models.ForeignKey(Papel, on_delete=models.CASCADE, related_name="permissoes", db_index=False)
    recurso = models.CharField("recurso", max_length=20)
    acao = models.CharField("ação", max_length=20)
    visibilidade = models.CharField("visibilidade", max_length=7, choices=Visibilidade)

    class Meta:
        verbose_name = "permissão"
        verbose_name_plural = "permissões"
        ordering = ["recurso", "acao"]
        constraints = [
            models.UniqueConstraint(fields=["papel", "recurso", "acao"], name="permissao_unica"),
            models.CheckConstraint(condition=Q(visibilidade__in=Visibilidade.values), name="permissao_visibilidade"),
        ]

    def __str__(self) -> str:
        return f"{self.escopo}={self.visibilidade}"

    @property
    def escopo(self) -> str:
        return f"{self.recurso}:{self.acao}"


class Equipe(Record):
    """A team in a tree. `regiao_efetiva` is its own `regiao` or, when that is empty, the nearest one above."""

    nome = models.CharField("nome", max_length=120)
    pai = _link("self", "equipe superior", null=True, blank=True, related_name="filhas")
    lider = _link("contas.Usuario", "líder", null=True, blank=True, related_name="lidera")
    regiao = models.CharField("região", max_length=60, blank=True, default="")
    regiao_efetiva = models.CharField("região em vigor", max_length=60, blank=True, default="", editable=False)

    class Meta:
        verbose_name = "equipe"
        constraints = [
            models.UniqueConstraint(
                fields=["pai", "nome"], condition=Q(excluido_em__isnull=True), nulls_distinct=False, name="equipe_nome_unico"
            ),
        ]
        indexes = [
            models.Index(fields=["pai", "id"], name="equipe_por_pai"),
            models.Index(fields=["lider", "id"], name="equipe_por_lider"),
            models.Index(fields=["nome", "id"], name="equipe_por_nome"),
        ]

    def __str__(self) -> str:
        return self.nome


class Usuario(Record, Searchable, AbstractBaseUser):
    """A person who signs in with an e-mail address and a password."""

    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset({"nome", "email"})
    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["nome"]

    last_login = None  # RegistroAcesso tells each one
    nome = models.CharField("nome", max_length=120)
    email = models.CharField("e-mail", max_length=254)
    papel = _link("contas.Papel", "papel", related_name="usuarios")
    equipe = _link("contas.Equipe", "equipe", null=True, blank=True, related_name="membros")
    ativo = models.BooleanField("ativo", default=True, editable=False)

    class Meta:
        verbose_name = "usuário"
        constraints = [models.UniqueConstraint(fields=["email"], condition=Q(excluido_em__isnull=True), name="usuario_email_unico")]
        indexes = [
            GinIndex(fields=["busca_texto"], opclasses=["gin_trgm_ops"], name="usuario_busca"),
            models.Index(fields=["equipe", "id"], name="usuario_da_equipe"),
            models.Index(fields=["papel", "id"], name="usuario_do_papel"),
            models.Index(fields=["nome", "id"], name="usuario_por_nome"),
        ]

    def __str__(self) -> str:
        return self.nome

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django's name for what decides who may sign in
        return self.ativo and self.excluido_em is None

    def search_parts(self) -> list[str]:
        return [self.nome, self.email]


class Sessao(Record):
    """One sign-in and the family of refresh tokens that follows from it; the tokens' `sid`."""

    class Motivo(models.TextChoices):
        LOGOUT = "logout", "saída"
        SENHA = "senha", "senha alterada"
        DESATIVACAO = "desativacao", "usuário desativado"
        EXCLUSAO = "exclusao", "usuário excluído"
        REUSO = "reuso", "refresh repetido"
        FATOR = "fator", "segundo fator alterado"
        REMOTO = "remoto", "encerrada de outro lugar"

    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset({"ip", "agente"})

    usuario = _link("contas.Usuario", "usuário", related_name="sessoes")
    nome = models.CharField("nome", max_length=60, blank=True, default="", help_text="Para reconhecê-la: 'celular'.")
    agente = models.CharField("agente", max_length=200, default="")
    ip = models.GenericIPAddressField("endereço IP", null=True)
    absoluta_ate = models.DateTimeField("no máximo até")
    encerrada_em = models.DateTimeField("encerrada em", null=True)
    motivo = models.CharField("motivo", max_length=11, choices=Motivo, default="", blank=True)

    class Meta:
        verbose_name = "sessão"
        verbose_name_plural = "sessões"
        constraints = [models.CheckConstraint(condition=Q(encerrada_em__isnull=True) ^ ~Q(motivo=""), name="sessao_fim_com_motivo")]
        indexes = [
            models.Index(fields=["usuario", "id"], name="sessao_do_usuario"),
            models.Index(fields=["absoluta_ate"], name="sessao_por_prazo"),
        ]


class RefreshToken(models.Model):
    """One link of a session's chain. Only the hash is kept; `pai` is unique, so that a chain cannot fork."""

    hash = models.CharField(primary_key=True, max_length=64, help_text="SHA-256 em hexadecimal.")
    sessao = models.ForeignKey(Sessao, on_delete=models.CASCADE, related_name="refreshes")
    pai = models.OneToOneField("self", on_delete=models.CASCADE, null=True, related_name="sucessor")
    criado_em = models.DateTimeField(default=timezone.now)
    expira_em = models.DateTimeField()
    consumido_em = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "refresh"
        verbose_name_plural = "refreshes"


class RegistroAcesso(models.Model):
    """One attempt to sign in. `conta` is a keyed hash of the address typed, which may be a password typed in the wrong place."""

    class Resultado(models.TextChoices):
        OK = "ok", "aceito"
        SENHA = "senha", "senha certa, à espera do código"
        FALHA = "falha", "recusado"

    id = models.UUIDField(primary_key=True, default=uuid7)
    usuario = models.ForeignKey(Usuario, on_delete=models.CASCADE, null=True, related_name="acessos", db_index=False)
    conta = models.CharField(max_length=32)
    resultado = models.CharField(max_length=5, choices=Resultado)
    ip = models.GenericIPAddressField(null=True)
    agente = models.CharField(max_length=200, default="")
    criado_em = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "registro de acesso"
        verbose_name_plural = "registros de acesso"
        indexes = [
            models.Index(fields=["usuario", "id"], name="acesso_do_usuario"),
            models.Index(fields=["criado_em"], name="acesso_por_idade"),
        ]


class Revogacao(models.Model):
    """Tokens that are good no more (crm_shared.auth.revocation.Revocation). `publicada_em` is empty until the bus was told."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    alvo = models.CharField(max_length=40)
    antes = models.BigIntegerField(null=True)
    criada_em = models.DateTimeField(default=timezone.now)
    publicada_em = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "revogação"
        verbose_name_plural = "revogações"
        indexes = [
            models.Index(fields=["alvo", "id"], name="revogacao_do_alvo"),
            models.Index(fields=["criada_em"], name="revogacao_por_idade"),
            models.Index(fields=["id"], condition=Q(publicada_em__isnull=True), name="revogacao_por_contar"),
        ]
