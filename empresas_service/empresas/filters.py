"""The filters that the list of companies accepts."""

import re

import django_filters
from django.db.models import QuerySet

from crm_shared.api.filters import CleanedFilter, InstantFilter
from crm_shared.extensions.filters import TAG_Q_FIELDS, ExtensibleFilterSet
from crm_shared.identity.addresses import UFS
from crm_shared.identity.documents import clean_cnpj
from crm_shared.identity.errors import IdentityError
from crm_shared.q import fields_of
from crm_shared.q.names import OWNER_Q_FIELDS

from .models import Empresa
from .selectors import com_endereco_na

_RAIZ = re.compile(r"([0-9A-Z]{2})\.?([0-9A-Z]{3})\.?([0-9A-Z]{3})", re.ASCII)


def limpar_raiz(texto: str) -> str:
    """`12.ABC.345` and `12abc345` are `12ABC345`."""
    match = _RAIZ.fullmatch(texto.strip().upper())
    if match is None:
        raise IdentityError("cnpj_raiz_invalida", "Informe os 8 primeiros caracteres do CNPJ, com ou sem máscara.")
    return "".join(match.groups())


class EmpresaFilter(ExtensibleFilterSet):
    cnpj = CleanedFilter(cleaner=clean_cnpj, label="CNPJ, com ou sem máscara")
    cnpj_raiz = CleanedFilter(cleaner=limpar_raiz, label="Os 8 primeiros caracteres do CNPJ")
    segmento = django_filters.CharFilter(label="Segmento, tal como gravado")
    uf = django_filters.ChoiceFilter(choices=tuple(UFS.items()), method="por_uf", label="UF de um dos endereços")
    ciclo_vida = django_filters.ChoiceFilter(choices=Empresa.CicloVida.choices)
    situacao_cadastral = django_filters.ChoiceFilter(choices=Empresa.SituacaoCadastral.choices)
    responsavel_id = django_filters.UUIDFilter(field_name="responsavel_id")
    equipe_id = django_filters.UUIDFilter(field_name="equipe_id")
    controladora_id = django_filters.UUIDFilter(field_name="controladora_id")
    criado_em__gte = InstantFilter(field_name="criado_em", lookup_expr="gte")
    criado_em__lt = InstantFilter(field_name="criado_em", lookup_expr="lt")

    def por_uf(self, queryset: QuerySet[Empresa], _name: str, value: str) -> QuerySet[Empresa]:
        return com_endereco_na(value, queryset)


EMPRESA_Q = {
    **fields_of(Empresa, "cnpj_raiz", "segmento", "ciclo_vida", "situacao_cadastral", "porte", "faixa_funcionarios", "cnae_principal"),
    **fields_of(Empresa, "numero_funcionarios", "receita_anual", "capital_social", "data_abertura", "ano_fundacao", "pais", "estrangeira"),
    **fields_of(Empresa, "controladora_id", "criado_em", "atualizado_em"),
    **OWNER_Q_FIELDS,
    **TAG_Q_FIELDS,
}
