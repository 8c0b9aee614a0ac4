"""People from spreadsheets: the writes of services.py, for many at once."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from crm_shared.api.viewsets import RecordServices
from crm_shared.auth.principal import Principal
from crm_shared.auth.visibility import visiveis
from crm_shared.bulk_insert import insert_all, unsaved
from crm_shared.events.contracts import clientes as eventos
from crm_shared.events.log import record_all
from crm_shared.identity.documents import clean_cpf
from crm_shared.identity.emails import clean_email
from crm_shared.identity.errors import IdentityError
from crm_shared.identity.phones import clean_phone
from crm_shared.imports.declared import BulkServices, Importable, Key, column_key
from crm_shared.imports.references import OWNERS
from crm_shared.records.bulk import Owners, change_all, save_all_new

from . import services
from .meios import PRINCIPAIS, definir_principal, normalizar
from .models import Cliente, ContatoMeio, Lead
from .serializers import ClienteLinhaSerializer, LeadSerializer


def criar_clientes(*, ator: Principal, linhas: Sequence[dict[str, Any]]) -> Sequence[Cliente]:
    donos = Owners(ator, "clientes")
    recusas = [dados.get("email_opt_out", False) for dados in linhas]
    colunas = [{nome: valor for nome, valor in dados.items() if nome != "email_opt_out"} for dados in linhas]
    clientes = save_all_new([unsaved(Cliente, **donos.of_new(dados)) for dados in colunas])
    meios = [meio for cliente, recusa in zip(clientes, recusas, strict=True) for meio in _meios(cliente, sem_email=recusa)]
    insert_all(meios)
    record_all([(eventos.ClienteCriado.of(cliente), cliente, ()) for cliente in clientes])
    return clientes


def _meios(cliente: Cliente, *, sem_email: bool) -> list[ContatoMeio]:
    return [
        unsaved(
            ContatoMeio,
            cliente_id=cliente.pk,
            tipo=tipo,
            principal=True,
            opt_out=sem_email and tipo == "email",
            **normalizar(tipo, valor),
        )
        for tipo in PRINCIPAIS
        if (valor := getattr(cliente, tipo))
    ]


def atualizar_clientes(*, ator: Principal, pares: Sequence[tuple[Cliente, dict[str, Any]]]) -> None:
    donos = Owners(ator, "clientes")
    mudados = change_all([(cliente, donos.of_changed(dados, cliente.responsavel_id)) for cliente, dados in pares])
    for cliente, mudancas in mudados:
        for item in mudancas:
            if item.campo in PRINCIPAIS:
                definir_principal(cliente, item.campo, item.para)
    record_all([(eventos.ClienteAtualizado.of(cliente), cliente, mudancas) for cliente, mudancas in mudados])


def _por_meio(*tipos: str) -> Any:
    """People by any of their contacts, principal or not."""

    def find(vivos: QuerySet[Cliente], valores: set[str]) -> dict[str, list[UUID]]:
        meios = ContatoMeio.objects.filter(chave_equivalencia__in=list(valores), tipo__in=tipos, excluido_em__isnull=True)
        achados: dict[str, list[UUID]] = {}
        for valor, pk in meios.filter(cliente__excluido_em__isnull=True).values_list("chave_equivalencia", "cliente_id").distinct():
            achados.setdefault(valor, []).append(pk)
        return achados

    return find


def _telefone(dados: dict[str, Any]) -> str:
    """The same with and without the ninth digit."""
    telefone = dados.get("telefone")
    return clean_phone(telefone).equivalence if telefone else ""


CLIENTES = Importable(
    recurso="clientes",
    colecao="clientes",
    model=Cliente,
    serializer=ClienteLinhaSerializer,
    bulk=BulkServices(criar_clientes, atualizar_clientes),
    single=RecordServices(services.criar_cliente, services.atualizar_cliente, services.excluir_cliente, services.restaurar_cliente),
    keys={
        "cpf": column_key("cpf"),
        "email": Key(lambda dados: str(dados.get("email") or ""), _por_meio("email")),
        "telefone": Key(_telefone, _por_meio("telefone", "whatsapp")),
    },
    unique=("cpf",),
    only_new=("email_opt_out",),
    headers={
        "email_opt_out": ("opt out", "descadastrado", "unsubscribed", "email opt out", "nao enviar e mail"),
        "nome": ("lead", "pessoa", "aluno", "paciente"),
        "nome_social": ("apelido", "nickname"),
    },
    words={
        "origem": {
            "Instagram": "rede_social",
            "Facebook": "rede_social",
            "LinkedIn": "rede_social",
            "redes sociais": "rede_social",
            "Google Ads": "anuncio",
            "Facebook Ads": "anuncio",
            "Google": "site",
            "formulário": "site",
            "Feira/Evento": "evento",
            "feira": "evento",
            "ligação": "telefone",
            "referral": "indicacao",
            "event": "evento",
            "other": "outra",
            "outro": "outra",
            "outros": "outra",
        },
        "ciclo_vida": {"customer": "cliente", "qualified": "qualificado", "opportunity": "oportunidade", "inactive": "inativo"},
    },
)


def _com_cliente(ator: Principal, pedidos: Sequence[tuple[str, dict[str, Any]]]) -> Sequence[Sequence[UUID]]:
    """A lead's person by CPF, e-mail or phone, among those whom its author can see."""
    achados: dict[str, list[UUID]] = {}
    limpos = {texto: _documento_ou_meio(texto) for texto, _ in pedidos}
    vivos = visiveis(Cliente.objects.vivos(), ator, "ler", "clientes")
    por_cpf = vivos.filter(cpf__in=[valor for valor in limpos.values() if valor])
    por_meio = vivos.filter(meios__excluido_em__isnull=True, meios__chave_equivalencia__in=[valor for valor in limpos.values() if valor])
    for valor, pk in [*por_cpf.values_list("cpf", "pk"), *por_meio.values_list("meios__chave_equivalencia", "pk").distinct()]:
        achados.setdefault(valor, []).append(pk)
    return [achados.get(limpos[texto], []) for texto, _ in pedidos]


def _documento_ou_meio(texto: str) -> str:
    """As it is stored; "" for what is none of them."""
    for limpar in (clean_cpf, clean_email, lambda valor: clean_phone(valor).equivalence):
        try:
            return limpar(texto)
        except IdentityError:
            continue
    return ""


def _lead_aberto(vivos: QuerySet[Lead], valores: set[str]) -> dict[str, list[UUID]]:
    """The open leads of each person."""
    achados: dict[str, list[UUID]] = {}
    abertos = vivos.filter(cliente__in=list(valores)).exclude(status__in=[Lead.Status.DESQUALIFICADO, Lead.Status.CONVERTIDO])
    for cliente_id, pk in abertos.values_list("cliente_id", "pk"):
        achados.setdefault(str(cliente_id), []).append(pk)
    return achados


LEADS = Importable(
    recurso="leads",
    colecao="clientes/leads",
    model=Lead,
    serializer=LeadSerializer,
    single=RecordServices(services.criar_lead, services.atualizar_lead, services.excluir_lead, services.restaurar_lead),
    keys={"cliente_id": Key(lambda dados: str(dados.get("cliente_id") or ""), _lead_aberto, suggested=False)},
    headers={
        "cliente_id": ("cpf", "e-mail", "email", "telefone", "celular", "whatsapp", "phone"),
        "fonte": ("origem", "lead source", "source", "canal"),
        "temperatura": ("temperature", "rating"),
        "interesse": ("interest", "produto de interesse", "observacoes"),
        "prazo_primeira_resposta": ("prazo", "sla"),
    },
    words={"fonte": CLIENTES.words["origem"], "temperatura": {"cold": "fria", "frio": "fria", "warm": "morna", "hot": "quente"}},
    references={**OWNERS, "cliente_id": _com_cliente},
)
IMPORTAVEIS = {"clientes": CLIENTES, "leads": LEADS}
