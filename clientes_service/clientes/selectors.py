"""Reads that need more than their own table."""

from django.db.models import Prefetch, QuerySet

from .models import Cliente, ContatoMeio, VinculoEmpresa


def clientes_completos() -> QuerySet[Cliente]:
    """People with the names of owner and team, their contacts and companies: three statements for any number."""
    meios = ContatoMeio.objects.vivos().order_by("-principal", "id")
    vinculos = VinculoEmpresa.objects.vivos().select_related("empresa").order_by("-principal", "id")
    return Cliente.objects.select_related("responsavel", "equipe").prefetch_related(
        Prefetch("meios", meios), Prefetch("vinculos", vinculos)
    )
