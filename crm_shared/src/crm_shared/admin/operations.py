"""Pages that every service has: its event log, dead letters, inbox, leases, and what it knows of other services' records."""

import re
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..api.renderers import dumps_indented
from ..auth.fields import PERSONAL, field_access
from ..auth.principal import Principal
from ..auth.restrictable import resource_of
from ..events.consume import redrive
from ..events.contracts import CONTRACTS
from ..events.models import Arrendamento, CartaMorta, Evento, MensagemRecebida
from ..events.showing import shown_data, shown_envelope
from ..records.references import CLIENTE, EMPRESA, EQUIPE, OPORTUNIDADE, USUARIO, Referencia
from .bounded import BoundedAdmin, principal_of, uuid_or_none
from .history import MASK

READ, ADMINISTER = "eventos:ler", "eventos:administrar"
_TRACE = re.compile(r"[0-9a-f]{32}")


def pretty(value: Any) -> SafeString:
    return format_html('<pre class="whitespace-pre-wrap break-all">{}</pre>', dumps_indented(value).decode())


class OperationsAdmin(BoundedAdmin):
    """Read-only. The log holds every record, so it is shown to those only whose role reads it without limits."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        principal = getattr(request.user, "principal", None)
        return bool(principal and principal.has(READ) and principal.nivel("eventos", "ler") == "todos")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)


class TypeFilter(SimpleListFilter):
    title, parameter_name = "tipo", "tipo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        own = sorted(tipo for tipo in CONTRACTS if tipo.startswith(f"{settings.SERVICE}."))
        return [(tipo, tipo.removeprefix(f"{settings.SERVICE}.")) for tipo in own]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(tipo=self.value()) if self.value() else queryset


class UnpublishedFilter(SimpleListFilter):
    title, parameter_name = "publicação", "publicacao"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("pendente", "ainda não publicados")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(publicado_em__isnull=True) if self.value() else queryset


@admin.register(Evento)
class EventoAdmin(OperationsAdmin):
    list_display = ("criado_em", "tipo", "agregado_id", "versao", "quem", "rastro", "publicado_em")
    list_filter = (TypeFilter, UnpublishedFilter)
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("agregado_id",)
    search_help_text = "Id do evento ou do registro, rastro ou tipo"
    fields = ("id", "tipo", "agregado", "agregado_id", "versao", "ator", "rastro", "causa", "criado_em", "publicado_em", "stream_id")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip().lower()
        if not term:
            return queryset, False
        if _TRACE.fullmatch(term):
            return queryset.filter(rastro=term), False
        if (pk := uuid_or_none(term)) is not None:
            found = queryset.filter(agregado_id=pk)
            return (found if found.exists() else queryset.filter(pk=pk)), False
        return queryset.filter(tipo__startswith=term), False

    @admin.display(description="ator")
    def quem(self, obj: Evento) -> str:
        return obj.ator[:8] if uuid_or_none(obj.ator) else obj.ator

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found: Any = super().get_object(request, object_id, from_field)
        if found is not None:
            access = field_access(principal_of(request), resource_of(found.tipo))
            data = shown_data({"dados": found.dados, "mudancas": found.mudancas, "pessoais": found.pessoais}, access)
            found.dados, found.mudancas = data["dados"], data["mudancas"]
            if access.personal:
                found.pessoais = data["pessoais"]
        return found

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        shown = "pessoais_legivel" if principal_of(request).has(PERSONAL) else "pessoais_oculto"
        return [*self.fields, "dados_legivel", "mudancas_legivel", shown]

    @admin.display(description="dados")
    def dados_legivel(self, obj: Evento) -> SafeString:
        return pretty(obj.dados)

    @admin.display(description="mudanças")
    def mudancas_legivel(self, obj: Evento) -> SafeString:
        return pretty(obj.mudancas)

    @admin.display(description="dados pessoais")
    def pessoais_legivel(self, obj: Evento) -> SafeString:
        return pretty(obj.pessoais)

    @admin.display(description="dados pessoais")
    def pessoais_oculto(self, obj: Evento) -> str:
        return MASK if obj.pessoais else ""


@admin.register(CartaMorta)
class CartaMortaAdmin(OperationsAdmin):
    list_display = ("criado_em", "estado", "tipo", "agregado_id", "tentativas", "proxima_em", "falha")
    list_filter = ("estado",)
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("agregado_id",)
    search_help_text = "Id do evento ou do registro"
    actions = ("reenviar",)
    fields = ("evento_id", "tipo", "agregado_id", "estado", "tentativas", "proxima_em", "criado_em")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(agregado_id=term) | queryset.filter(evento_id=term), False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found: Any = super().get_object(request, object_id, from_field)
        if found is not None and principal_of(request).campos and {"type", "data"} <= found.mensagem.keys():
            found.mensagem = shown_envelope(found.mensagem, principal_of(request))
        return found

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        principal = principal_of(request)
        whole = principal.has(PERSONAL) and not principal.campos  # nobody can tell which part of an error is which field's
        return [*self.fields, *(("erro", "mensagem_legivel") if whole else ("falha", "mensagem_oculta"))]

    @admin.display(description="erro")
    def falha(self, obj: CartaMorta) -> str:
        """Its kind only: the text of an error may quote what it stumbled over."""
        return obj.erro.partition("(")[0][:60]

    @admin.display(description="mensagem")
    def mensagem_legivel(self, obj: CartaMorta) -> SafeString:
        return pretty(obj.mensagem)

    @admin.display(description="mensagem")
    def mensagem_oculta(self, obj: CartaMorta) -> SafeString:
        """Without what is personal; of what could not be read nobody can tell which part that is."""
        if "data" not in obj.mensagem:
            return pretty({"texto": MASK})
        return pretty({**obj.mensagem, "data": {**obj.mensagem["data"], "pessoais": MASK}})

    def has_reenviar_permission(self, request: HttpRequest) -> bool:
        principal = principal_of(request)
        return principal.has(ADMINISTER) and principal.nivel("eventos", "administrar") == "todos"

    @admin.action(description="Reenviar", permissions=["reenviar"])
    def reenviar(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        letters = list(queryset[: self.list_per_page])
        known = [letter for letter in letters if letter.tipo in CONTRACTS]
        for letter in known:
            redrive(letter)
        if len(known) < len(letters):
            messages.warning(request, f"{len(letters) - len(known)} mensagem(ns) ilegível(is): não há como reenviar.")
        if known:
            messages.success(request, f"{len(known)} mensagem(ns) de volta à fila.")


@admin.register(MensagemRecebida)
class MensagemRecebidaAdmin(OperationsAdmin):
    list_display = ("recebido_em", "tipo", "evento_id")
    ordering = ("-recebido_em",)
    sortable_by = ()
    search_fields = ("evento_id",)
    search_help_text = "Id do evento"

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        pk = uuid_or_none(search_term)
        return (queryset.filter(pk=pk) if pk or search_term else queryset), False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["evento_id", "tipo", "recebido_em"]


@admin.register(Arrendamento)
class ArrendamentoAdmin(OperationsAdmin):
    list_display = ("nome", "dono", "ate")
    ordering = ("nome",)
    sortable_by = ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["nome", "dono", "ate", "dados_legivel"]

    @admin.display(description="dados")
    def dados_legivel(self, obj: Arrendamento) -> SafeString:
        return pretty(obj.dados)


@admin.register(Referencia)
class ReferenciaAdmin(BoundedAdmin):
    """What forms pick owners, teams, people and companies from. Names are as private here as in the service that owns them."""

    list_display = ("nome", "recurso", "estado", "versao")
    ordering = ("nome",)
    sortable_by = ()
    search_fields = ("nome",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(getattr(request.user, "principal", None))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["id", "recurso", "nome", "estado", "versao"]

    get_fields = get_readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(_readable(principal_of(request)))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """By name among those that the person may read; by id any, as the API takes any."""
        kind = KINDS.get(request.GET.get("field_name", ""))
        if (pk := uuid_or_none(search_term)) is not None:
            return Referencia.objects.filter(pk=pk).order_by("nome"), False
        if kind:
            queryset = queryset.filter(recurso=kind)
        found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, search_term)
        return found


# what a field of this name cites, in every service
KINDS = {
    **dict.fromkeys(("responsavel", "autor", "criado_por", "lider"), USUARIO),
    "equipe": EQUIPE,
    "cliente": CLIENTE,
    "empresa": EMPRESA,
    "oportunidade": OPORTUNIDADE,
}
_OWNERS = {USUARIO: "usuarios", EQUIPE: "equipes", CLIENTE: "clientes", EMPRESA: "empresas", OPORTUNIDADE: "vendas"}


def _readable(principal: Principal) -> Q:
    """All of a kind for those who read all of it; of people and teams also those that one's own level opens."""
    found = Q(pk__in=[*principal.equipes, *filter(None, [principal.usuario_id])])
    for kind, recurso in _OWNERS.items():
        if principal.has(f"{recurso}:ler") and principal.nivel(recurso, "ler") == "todos":
            found |= Q(recurso=kind)
    if principal.has("usuarios:ler") and principal.nivel("usuarios", "ler") == "equipe":
        found |= Q(recurso=USUARIO, dados__equipe_id__in=[str(equipe) for equipe in principal.equipes])
    return found
