"""The board of a funnel: its columns, what stands in each, and the first cards."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from crm_shared.api.pagination import Cursor
from crm_shared.api.rows import RowPlan
from crm_shared.auth.fields import field_access
from crm_shared.auth.principal import Principal
from crm_shared.auth.visibility import visiveis
from crm_shared.identity.money import round_money

from .models import Etapa, Funil, Oportunidade
from .selectors import primeiros_cartoes, somas_por_etapa

ORDEM = "-criado_em"


def montar_quadro(*, ator: Principal, funil: Funil, plano: RowPlan, cartoes: int, filtros: dict[str, Any]) -> dict[str, Any]:
    """Three statements, whatever the funnel holds; within the caller's visibility, and without sums of values that he does not see.

    `proximo` of a column is the cursor of `GET /vendas?etapa_id=...`, which goes on after the cards shown.
    """
    oportunidades = visiveis(Oportunidade.objects.vivos().filter(funil=funil, **filtros), ator, "ler", "vendas")
    etapas = list(Etapa.objects.vivos().filter(funil=funil).order_by("ordem", "id"))
    somas = {linha["etapa_id"]: linha for linha in somas_por_etapa(oportunidades)}
    linhas: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for linha in primeiros_cartoes(oportunidades, etapas, plano.paths("id"), cartoes) if cartoes else ():
        linhas[linha["etapa_id"]].append(linha)
    colunas = [_coluna(etapa, somas.get(etapa.pk, {}), linhas[etapa.pk], plano) for etapa in etapas]
    if field_access(ator, "vendas").closes("valor"):
        colunas = [{**coluna, "valor": None, "valor_ponderado": None} for coluna in colunas]
    return {"funil_id": funil.pk, "funil_nome": funil.nome, "moeda": funil.moeda, "colunas": colunas}


def _coluna(etapa: Etapa, soma: dict[str, Any], linhas: list[dict[str, Any]], plano: RowPlan) -> dict[str, Any]:
    linhas.sort(key=lambda linha: linha["id"], reverse=True)
    quantidade = soma.get("quantidade", 0)
    proximo = Cursor(ORDEM, str(linhas[-1]["id"]), str(linhas[-1]["id"])).encode() if 0 < len(linhas) < quantidade else None
    return {
        "etapa_id": etapa.pk,
        "nome": etapa.nome,
        "tipo": etapa.tipo,
        "ordem": etapa.ordem,
        "probabilidade": etapa.probabilidade,
        "quantidade": quantidade,
        "valor": soma.get("soma") or Decimal("0.00"),
        "valor_ponderado": round_money(soma.get("ponderado") or 0),
        "cartoes": [plano.render(linha) for linha in linhas],
        "proximo": proximo,
    }
