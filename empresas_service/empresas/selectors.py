"""Reads that need more than their own table."""

from typing import Any

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from crm_shared.identity.documents import clean_cnpj, cnpj_root, format_cnpj
from crm_shared.identity.errors import IdentityError

from .models import Empresa, EnderecoEmpresa


def empresas_completas() -> QuerySet[Empresa]:
    """Companies with the names that they cite, the seat's place and the addresses: two statements for any number."""
    enderecos = EnderecoEmpresa.objects.vivos().order_by("id")
    sede = EnderecoEmpresa.objects.vivos().filter(empresa=OuterRef("pk"), tipo=EnderecoEmpresa.Tipo.SEDE)
    empresas: QuerySet[Empresa] = Empresa.objects.select_related("responsavel", "equipe", "controladora")
    return empresas.prefetch_related(Prefetch("enderecos", enderecos)).annotate(
        municipio=Subquery(sede.values("municipio")), uf=Subquery(sede.values("uf"))
    )


def da_mesma_raiz(empresa: Empresa, entre: QuerySet[Empresa]) -> QuerySet[Empresa]:
    """The other establishments of the same company; a company without CNPJ has none."""
    return entre.filter(cnpj_raiz=empresa.cnpj_raiz).exclude(pk=empresa.pk) if empresa.cnpj else entre.none()


def com_endereco_na(uf: str, entre: QuerySet[Empresa]) -> QuerySet[Empresa]:
    return entre.filter(pk__in=EnderecoEmpresa.objects.vivos().filter(uf=uf).values("empresa_id"))


def situacao_do_cnpj(texto: str, entre: QuerySet[Empresa]) -> dict[str, Any]:
    """What can be told of a CNPJ without asking anybody: whether its digits hold, and who holds it here."""
    try:
        cnpj = clean_cnpj(texto)
    except IdentityError:
        return {"cnpj": texto, "formatado": "", "valido": False, "raiz": "", "registro_id": None}
    holder = entre.filter(cnpj=cnpj).values_list("pk", flat=True).first()
    return {"cnpj": cnpj, "formatado": format_cnpj(cnpj), "valido": True, "raiz": cnpj_root(cnpj), "registro_id": holder}
