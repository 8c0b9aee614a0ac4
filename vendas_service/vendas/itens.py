"""The items of a deal: parts of its record, told by its event and by their own; they make its value when it says so."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Invalid, NotFound
from crm_shared.events.contracts import vendas as eventos
from crm_shared.events.log import Change, plain, record
from crm_shared.extensions.log import tell
from crm_shared.identity.money import round_money
from crm_shared.records import changes

from .exceptions import MoedaDiferente, OportunidadeFechada
from .models import ItemOportunidade, Oportunidade, Produto, Status

LIMITE = Decimal("9999999999999999.99")  # what a money column holds
PERCENTUAL = ItemOportunidade.TipoDesconto.PERCENTUAL


def montar_itens(oportunidade: Oportunidade, itens: list[dict[str, Any]]) -> list[ItemOportunidade]:
    """New items of `oportunidade`, each at its product's price unless it states one."""
    produtos = Produto.objects.vivos().filter(ativo=True).in_bulk({item["produto_id"] for item in itens})
    return [_montar(oportunidade, item, produtos.get(item["produto_id"])) for item in itens]


def _montar(oportunidade: Oportunidade, dados: dict[str, Any], produto: Produto | None) -> ItemOportunidade:
    if produto is None:
        raise Invalid("Produto não encontrado ou inativo.", codigo="inexistente", campo="produto_id")
    if "preco" not in dados and produto.moeda != oportunidade.moeda:
        raise MoedaDiferente(f"O preço do produto está em {produto.moeda}; informe o preço em {oportunidade.moeda}.", campo="preco")
    item = ItemOportunidade(**{"preco": produto.preco, **dados, "oportunidade": oportunidade})
    item.total = total_do_item(item.quantidade, item.preco, item.desconto_tipo, item.desconto)
    return item


def total_do_item(quantidade: Decimal, preco: Decimal, desconto_tipo: str, desconto: Decimal) -> Decimal:
    bruto = quantidade * preco
    abatido = bruto * desconto / 100 if desconto_tipo == PERCENTUAL else Decimal(desconto)
    if abatido > bruto:
        raise Invalid("O desconto é maior que o preço.", codigo="desconto_excessivo", campo="desconto")
    if bruto > LIMITE:
        raise Invalid("O total do item é grande demais.", codigo="valor_fora_do_intervalo", campo="quantidade")
    return round_money(bruto - abatido)


def somar(itens: list[ItemOportunidade]) -> Decimal:
    total = sum((item.total for item in itens), Decimal(0))
    if total > LIMITE:
        raise Invalid("A soma dos itens é grande demais.", codigo="valor_fora_do_intervalo", campo="itens")
    return total


@atomic
def criar_item(*, ator: Principal, dados: dict[str, Any]) -> ItemOportunidade:
    oportunidade = _travar_oportunidade(dados["oportunidade_id"])
    (item,) = montar_itens(oportunidade, [{campo: valor for campo, valor in dados.items() if campo != "oportunidade_id"}])
    changes.save_new(item)
    tell("item.criado", item)
    _contar(oportunidade, item)
    return item


@atomic
def atualizar_item(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> ItemOportunidade:
    oportunidade, item = _travar(pk)
    if dados.get("produto_id", item.produto_id) != item.produto_id:
        montar_itens(oportunidade, [{"preco": item.preco, **dados}])  # refuses a product that cannot be sold
    depois = {campo: dados.get(campo, getattr(item, campo)) for campo in ("quantidade", "preco", "desconto_tipo", "desconto")}
    if mudancas := changes.change(item, {**dados, "total": total_do_item(**depois)}, versao=versao):
        tell("item.atualizado", item, mudancas)
        _contar(oportunidade, item)
    return item


@atomic
def excluir_item(*, ator: Principal, pk: UUID, versao: int | None = None) -> ItemOportunidade:
    oportunidade, item = _travar(pk)
    tell("item.excluido", item, changes.soft_delete(item, versao=versao))
    _contar(oportunidade, item)
    return item


@atomic
def restaurar_item(*, ator: Principal, pk: UUID) -> ItemOportunidade:
    oportunidade, item = _travar(pk, deleted=True)
    tell("item.restaurado", item, changes.restore(item))
    _contar(oportunidade, item)
    return item


def _travar_oportunidade(pk: UUID) -> Oportunidade:
    oportunidade = changes.lock(Oportunidade, pk)
    if oportunidade.status != Status.ABERTA:
        raise OportunidadeFechada
    return oportunidade


def _travar(pk: UUID, *, deleted: bool = False) -> tuple[Oportunidade, ItemOportunidade]:
    """The deal first, then the item: every writer takes the locks in this order."""
    oportunidade_id = ItemOportunidade.objects.filter(pk=pk).values_list("oportunidade_id", flat=True).first()
    if oportunidade_id is None:
        raise NotFound
    return _travar_oportunidade(oportunidade_id), changes.lock(ItemOportunidade, pk, deleted=deleted)


def _contar(oportunidade: Oportunidade, item: ItemOportunidade) -> None:
    """A change among the items is a change of the deal: new version, new sum, one event."""
    vivos = ItemOportunidade.objects.vivos().filter(oportunidade=oportunidade)
    total = vivos.aggregate(total=Sum("total"))["total"] or Decimal(0)
    if total > LIMITE:
        raise Invalid("A soma dos itens é grande demais.", codigo="valor_fora_do_intervalo", campo="quantidade")
    valores = {"total_itens": total}
    if oportunidade.origem_valor == Oportunidade.OrigemValor.ITENS:
        valores["valor"] = total
    mudancas = changes.change(oportunidade, valores)
    if not mudancas:
        changes.touch(oportunidade)
    record(eventos.OportunidadeAtualizada.of(oportunidade), oportunidade, [Change("itens", None, plain(item.pk)), *mudancas])
