"""People from spreadsheets: the writes of services.py, for many at once."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from crm_shared.api.viewsets import RecordServices
from crm_shared.auth.principal import Principal
from crm_shared.bulk_insert import insert_all, unsaved
from crm_shared.events.contracts import clientes as eventos
from crm_shared.events.log import record_all
from crm_shared.identity.phones import clean_phone
from crm_shared.imports.declared import BulkServices, Importable, Key, column_key
from crm_shared.records.bulk import Owners, change_all, save_all_new

from . import services
from .meios import PRINCIPAIS, definir_principal, normalizar
from .models import Cliente, ContatoMeio
from .serializers import ClienteLinhaSerializer


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
IMPORTAVEIS = {"clientes": CLIENTES}
