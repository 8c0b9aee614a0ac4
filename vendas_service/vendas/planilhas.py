"""Products and deals from spreadsheets, each row by the service function that a request would call."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rest_framework import serializers

from crm_shared.api.viewsets import RecordServices
from crm_shared.auth.principal import Principal
from crm_shared.errors import Invalid
from crm_shared.identity.search import search_text
from crm_shared.imports.declared import Importable, column_key
from crm_shared.imports.references import OWNERS, by_exact_name, by_name
from crm_shared.records.models import Record
from crm_shared.records.references import EMPRESA

from . import catalogo, services
from .importacao import CAMPOS as PASSADO
from .models import Etapa, Funil, MotivoPerda, Oportunidade, Produto
from .serializers import OportunidadeNovaSerializer, ProdutoSerializer


class OportunidadeLinhaSerializer(OportunidadeNovaSerializer):
    """A row of a spreadsheet: with the code by which a deal that is there is found."""

    codigo = serializers.CharField(max_length=20, required=False, label="código")

    class Meta(OportunidadeNovaSerializer.Meta):
        read_only_fields = tuple(campo for campo in OportunidadeNovaSerializer.Meta.read_only_fields if campo != "codigo")  # type: ignore[assignment]


def _sem_codigo(_ator: Principal, dados: dict[str, Any], oportunidade: Record | None) -> dict[str, Any]:
    """A code finds a deal; it makes none."""
    if oportunidade is None and dados.get("codigo"):
        raise Invalid("Nenhuma oportunidade tem este código; o de uma nova é dado pelo sistema.", codigo="inexistente", campo="codigo")
    return {campo: valor for campo, valor in dados.items() if campo != "codigo"}


def _da_etapa(_ator: Principal, pedidos: Sequence[tuple[str, dict[str, Any]]]) -> Sequence[Sequence[UUID]]:
    """Stages have names of their own within their funnel: that of the row if it says one."""
    conhecidas: dict[str, list[tuple[UUID, UUID]]] = {}
    vivas = Etapa.objects.vivos().filter(funil__excluido_em__isnull=True, funil__ativo=True)
    for pk, funil_id, nome in vivas.values_list("pk", "funil_id", "nome"):
        conhecidas.setdefault(search_text(nome), []).append((pk, funil_id))
    return [
        [pk for pk, funil_id in conhecidas.get(search_text(texto), ()) if dados.get("funil_id") in (None, funil_id)]
        for texto, dados in pedidos
    ]


PRODUTOS = Importable(
    recurso="produtos",
    colecao="vendas/produtos",
    model=Produto,
    serializer=ProdutoSerializer,
    single=RecordServices(catalogo.criar_produto, catalogo.atualizar_produto, catalogo.excluir_produto, catalogo.restaurar_produto),
    keys={"codigo": column_key("codigo"), "nome": column_key("nome", suggested=False)},
    unique=("codigo",),
    headers={
        "nome": ("produto", "servico", "product", "product name", "item", "descricao"),
        "unidade": ("un", "unit", "unidade de medida"),
        "ativo": ("active", "status"),
        "moeda": ("currency",),
    },
    references={},
)
OPORTUNIDADES = Importable(
    recurso="vendas",
    colecao="vendas",
    model=Oportunidade,
    serializer=OportunidadeLinhaSerializer,
    single=RecordServices(
        services.criar_oportunidade, services.atualizar_oportunidade, services.excluir_oportunidade, services.restaurar_oportunidade
    ),
    keys={"codigo": column_key("codigo"), "titulo": column_key("titulo", suggested=False)},
    only_new=PASSADO,
    prepare=_sem_codigo,
    headers={"status": ("situacao", "resultado", "outcome"), "probabilidade": ("probability", "chance"), "codigo": ("deal id",)},
    words={"status": {"open": "aberta", "won": "ganha", "ganho": "ganha", "lost": "perdida", "perdido": "perdida", "aberto": "aberta"}},
    references={
        **OWNERS,
        "funil_id": by_name(lambda: Funil.objects.vivos().values_list("pk", "nome")),
        "etapa_id": _da_etapa,
        "motivo_perda_id": by_name(lambda: MotivoPerda.objects.vivos().values_list("pk", "nome")),
        "empresa_id": by_exact_name(EMPRESA),
    },
)
IMPORTAVEIS = {"vendas": OPORTUNIDADES, "produtos": PRODUTOS}
