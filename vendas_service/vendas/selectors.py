"""Reads that need more than their own table."""

from typing import Any

from django.db.models import Count, DecimalField, ExpressionWrapper, F, Prefetch, QuerySet, Sum

from .models import Etapa, Funil, ItemOportunidade, Oportunidade

PONDERADO = ExpressionWrapper(F("valor") * F("probabilidade") / 100, output_field=DecimalField(max_digits=20, decimal_places=2))


def oportunidades_completas() -> QuerySet[Oportunidade]:
    """Deals with every name that they show and their items: two statements for any number."""
    itens = ItemOportunidade.objects.vivos().select_related("produto").order_by("id")
    nomes = ("funil", "etapa", "motivo_perda", "empresa", "cliente", "responsavel", "equipe")
    return Oportunidade.objects.select_related(*nomes).prefetch_related(Prefetch("itens", itens, to_attr="itens_vivos"))


def funis_completos() -> QuerySet[Funil]:
    etapas = Etapa.objects.vivos().order_by("ordem", "id")
    return Funil.objects.prefetch_related(Prefetch("etapas", etapas, to_attr="etapas_vivas"))


def somas_por_etapa(oportunidades: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Of each stage: how many deals, their value, and their value times the probability of each."""
    somas: QuerySet[Any, Any] = (
        oportunidades.order_by().values("etapa_id").annotate(quantidade=Count("id"), soma=Sum("valor"), ponderado=Sum(PONDERADO))
    )
    return somas


def primeiros_cartoes(oportunidades: QuerySet[Any, Any], etapas: list[Etapa], campos: list[str], quantos: int) -> QuerySet[Any, Any]:
    """The newest deals of each stage in one statement; each part reads the index (etapa, id) from its end."""
    partes = [oportunidades.filter(etapa_id=etapa.pk).order_by("-id").values(*campos)[:quantos] for etapa in etapas]
    todas: QuerySet[Any, Any] = partes[0].union(*partes[1:], all=True)
    return todas
