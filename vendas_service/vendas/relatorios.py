"""The funnel report: what was won, lost and is open, and how long it took, by whatever one asks.

Which rows there are and who may see them is said by the ORM; the figures are one SQL text over those rows, because the
ORM knows neither percentiles nor a grouping over the shares of a deal that holds several products.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    Case,
    Count,
    DecimalField,
    F,
    FilteredRelation,
    Func,
    IntegerField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, NullIf, TruncDate

from crm_shared.auth.principal import Principal
from crm_shared.auth.visibility import visiveis
from crm_shared.records.references import names

from .calendario import ZONA, inicio_do_dia
from .models import Funil, ItemOportunidade, Oportunidade, Produto

Linhas = QuerySet[Any, Any]
Nomes = Callable[[Iterable[Any]], dict[Any, str]]

_CICLOS = {"ganhas": "status = 'ganha'", "perdidas": "status = 'perdida'", "fechadas": "status <> 'aberta'"}
_CICLO = """
    avg(ciclo) FILTER (WHERE {quais}) AS {nome}_media,
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY ciclo) FILTER (WHERE {quais}) AS {nome}_percentis,
    min(ciclo) FILTER (WHERE {quais}) AS {nome}_min,
    max(ciclo) FILTER (WHERE {quais}) AS {nome}_max"""
_FIGURAS = """
    count(*) AS oportunidades,
    count(*) FILTER (WHERE status = 'ganha') AS ganhas,
    count(*) FILTER (WHERE status = 'perdida') AS perdidas,
    count(*) FILTER (WHERE status = 'aberta') AS abertas,
    sum(parte) FILTER (WHERE status = 'ganha') AS receita_ganha,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY parte) FILTER (WHERE status = 'ganha') AS ticket_mediano,
    sum(parte) FILTER (WHERE status = 'aberta') AS valor_aberto,
    sum(parte * probabilidade / 100) FILTER (WHERE status = 'aberta') AS valor_aberto_ponderado,""" + ",".join(
    _CICLO.format(nome=nome, quais=quais) for nome, quais in _CICLOS.items()
)
_SQL = "SELECT {chave} AS chave, {figuras} FROM ({linhas}) AS linha GROUP BY {chave} ORDER BY {ordem} LIMIT {limite}"
_POR_PERIODO, _POR_RECEITA = "1 NULLS LAST", "receita_ganha DESC NULLS LAST, oportunidades DESC, 1"


@dataclass(frozen=True)
class Agrupamento:
    """`chave`: the group of a row; `nomes`: what the groups with these keys are called, by default as their key."""

    chave: Any
    nomes: Nomes = lambda chaves: {chave: str(chave) for chave in chaves}
    ordem: str = _POR_RECEITA


def _nomes_de(modelo: type[Model]) -> Nomes:
    return lambda chaves: dict(modelo._default_manager.filter(pk__in=list(chaves)).values_list("pk", "nome"))


def _nomes_por_texto(chaves: Iterable[str]) -> dict[str, str]:
    return {str(pk): nome for pk, nome in names(UUID(chave) for chave in chaves).items()}


def _membro(caminho: str, membro: str) -> Any:
    return NullIf(KeyTextTransform(membro, caminho), Value(""), output_field=TextField())


def _periodo(formato: str) -> Agrupamento:
    return Agrupamento(Func(F("data"), Value(formato), function="to_char", output_field=TextField()), ordem=_POR_PERIODO)


AGRUPAMENTOS: dict[str, Agrupamento] = {
    "trimestre": _periodo('YYYY"Q"Q'),
    "mes": _periodo("YYYY-MM"),
    "produto": Agrupamento(F("item__produto_id"), _nomes_de(Produto)),
    "vendedor": Agrupamento(F("responsavel_id"), names),
    "equipe": Agrupamento(F("equipe_id"), names),
    "gerente": Agrupamento(_membro("equipe__dados", "lider_id"), _nomes_por_texto),
    "regiao": Agrupamento(_membro("equipe__dados", "regiao")),
    "funil": Agrupamento(F("funil_id"), _nomes_de(Funil)),
    "empresa": Agrupamento(F("empresa_id"), names),
    "segmento": Agrupamento(_membro("empresa__dados", "segmento")),
}
BASES: dict[str, Any] = {
    # an open deal counts in the period in which it is expected to close
    "fechamento": Coalesce(TruncDate("fechada_em", tzinfo=ZONA), F("fechamento_previsto")),
    "abertura": F("aberta_em"),
}


def relatorio_do_funil(
    *,
    ator: Principal,
    agrupar: str | None = None,
    base: str = "fechamento",
    de: date | None = None,
    ate: date | None = None,
    moeda: str = "BRL",
    linhas: int = 200,
    **filtros: UUID,
) -> dict[str, Any]:
    """Totals and, if `agrupar` says by what, one row per group (at most `linhas`, the richest first; periods in order).

    Only deals in `moeda` are added up; `outras_moedas` says in which others there are deals. A deal counts in each of its
    products, with the share of its value that the product has in its items. At most three statements.
    """
    oportunidades = _oportunidades(ator, base, de, ate, filtros)
    por_moeda = _somar(_inteiras(oportunidades, F("moeda")), ordem=_POR_PERIODO, limite=1000)
    relatorio: dict[str, Any] = {
        "agrupar": agrupar,
        "base": base,
        "de": de,
        "ate": ate,
        "moeda": moeda,
        "outras_moedas": [linha["chave"] for linha in por_moeda if linha["chave"] != moeda],
        "totais": _figuras(next((linha for linha in por_moeda if linha["chave"] == moeda), {})),
    }
    if agrupar:
        relatorio |= _grupos(oportunidades.filter(moeda=moeda), agrupar, linhas)
    return relatorio


def _oportunidades(ator: Principal, base: str, de: date | None, ate: date | None, filtros: dict[str, UUID]) -> Linhas:
    produto_id = filtros.pop("produto_id", None)
    encontradas: Linhas = visiveis(Oportunidade.objects.vivos().filter(**filtros), ator, "ler", "vendas")
    if produto_id:
        encontradas = encontradas.filter(pk__in=ItemOportunidade.objects.vivos().filter(produto_id=produto_id).values("oportunidade_id"))
    ciclo = Func(TruncDate("fechada_em", tzinfo=ZONA), F("aberta_em"), template="(%(expressions)s)", arg_joiner=" - ")
    ciclo.output_field = IntegerField()
    linhas: Linhas = encontradas.filter(_no_periodo(base, de, ate)).annotate(ciclo=ciclo, data=BASES[base])
    return linhas


def _no_periodo(base: str, de: date | None, ate: date | None) -> Q:
    """The period as ranges of plain columns, which their indexes serve; its days are those of São Paulo."""
    if base == "abertura":
        return _faixa("aberta_em", de, ate)
    if de is None and ate is None:
        return Q()
    fechadas = Q(fechada_em__isnull=False)
    fechadas &= Q(fechada_em__gte=inicio_do_dia(de)) if de else Q()
    fechadas &= Q(fechada_em__lt=inicio_do_dia(ate + timedelta(days=1))) if ate else Q()
    return fechadas | Q(fechada_em__isnull=True) & _faixa("fechamento_previsto", de, ate)


def _faixa(campo: str, de: date | None, ate: date | None) -> Q:
    limites = {f"{campo}__gte": de, f"{campo}__lte": ate}
    return Q(**{limite: valor for limite, valor in limites.items() if valor})


def _grupos(oportunidades: Linhas, agrupar: str, quantos: int) -> dict[str, Any]:
    agrupamento = AGRUPAMENTOS[agrupar]
    partes = _por_produto(oportunidades) if agrupar == "produto" else _inteiras(oportunidades, agrupamento.chave)
    linhas = _somar(partes, ordem=agrupamento.ordem, limite=quantos + 1)
    nomes = agrupamento.nomes([linha["chave"] for linha in linhas if linha["chave"] is not None])
    grupos = [{"chave": linha["chave"], "nome": nomes.get(linha["chave"]), **_figuras(linha)} for linha in linhas[:quantos]]
    return {"linhas": grupos, "mais": len(linhas) > quantos}


def _inteiras(oportunidades: Linhas, chave: Any) -> Linhas:
    return oportunidades.values("status", "probabilidade", "ciclo", chave=chave, parte=F("valor"))


def _por_produto(oportunidades: Linhas) -> Linhas:
    """A row per deal and product; items that all cost nothing share the deal's value equally."""
    vivos = ItemOportunidade.objects.vivos().filter(oportunidade_id=OuterRef("pk")).order_by()
    quantos = vivos.values("oportunidade_id").annotate(quantos=Count("produto_id", distinct=True)).values("quantos")
    parte = Case(
        When(total_itens__gt=0, then=F("valor") * F("soma") / F("total_itens")),
        default=F("valor") / Coalesce(Subquery(quantos), 1),
        output_field=DecimalField(),
    )
    com_itens = oportunidades.annotate(item=FilteredRelation("itens", condition=Q(itens__excluido_em__isnull=True)))
    agrupadas = com_itens.values("id", "status", "probabilidade", "ciclo", "valor", "total_itens", chave=F("item__produto_id"))
    partes: Linhas = agrupadas.annotate(soma=Sum("item__total")).annotate(parte=parte)
    return partes


def _somar(linhas: Linhas, *, ordem: str, limite: int) -> list[dict[str, Any]]:
    try:
        sql, params = linhas.order_by().query.sql_with_params()
    except EmptyResultSet:  # nothing can be visible to this caller
        return []
    texto = _SQL.format(chave="chave", figuras=_FIGURAS, linhas=sql, ordem=ordem, limite=int(limite))
    with connection.cursor() as cursor:
        cursor.execute(texto, params)
        colunas = [coluna.name for coluna in cursor.description]
        return [dict(zip(colunas, linha, strict=True)) for linha in cursor.fetchall()]


def _figuras(linha: dict[str, Any]) -> dict[str, Any]:
    """The figures of one row of SQL as they are shown; of no row, zeros."""
    ganhas, perdidas = linha.get("ganhas", 0), linha.get("perdidas", 0)
    receita = linha.get("receita_ganha") or Decimal(0)
    return {
        "oportunidades": linha.get("oportunidades", 0),
        "ganhas": ganhas,
        "perdidas": perdidas,
        "abertas": linha.get("abertas", 0),
        "taxa_ganho": _decimal(Decimal(ganhas) / (ganhas + perdidas), 6) if ganhas + perdidas else None,
        "receita_ganha": _decimal(receita, 2),
        "ticket_medio": _decimal(receita / ganhas, 4) if ganhas else None,
        "ticket_mediano": _decimal(linha.get("ticket_mediano"), 2),
        "valor_aberto": _decimal(linha.get("valor_aberto") or 0, 2),
        "valor_aberto_ponderado": _decimal(linha.get("valor_aberto_ponderado") or 0, 2),
        "ciclo_dias": {nome: _ciclo(linha, nome) for nome in _CICLOS},
    }


def _ciclo(linha: dict[str, Any], nome: str) -> dict[str, Any]:
    mediana, p90 = linha.get(f"{nome}_percentis") or (None, None)
    return {
        "media": _decimal(linha.get(f"{nome}_media"), 4),
        "mediana": _decimal(mediana, 1),
        "p90": _decimal(p90, 1),
        "min": linha.get(f"{nome}_min"),
        "max": linha.get(f"{nome}_max"),
    }


def _decimal(valor: Any, casas: int) -> Decimal | None:
    """`valor`, a Decimal or a float of PostgreSQL's percentile, rounded half up to `casas` places."""
    if valor is None:
        return None
    return Decimal(str(valor)).quantize(Decimal(1).scaleb(-casas), rounding=ROUND_HALF_UP)
