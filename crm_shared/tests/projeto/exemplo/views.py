import django_filters

from crm_shared.api.bulk.mixin import InBulk
from crm_shared.api.expansion import OWNER_EXPANSIONS
from crm_shared.api.viewsets import RecordServices
from crm_shared.auth.scopes import crud_scopes
from crm_shared.extensions.filters import TAG_Q_FIELDS, ExtensibleFilterSet
from crm_shared.extensions.views import ExtensibleViewSet
from crm_shared.q import fields_of
from crm_shared.q.names import OWNER_Q_FIELDS

from . import services
from .models import Coisa
from .serializers import CoisaSerializer


class CoisaFilter(ExtensibleFilterSet):
    prazo = django_filters.DateFilter()


class CoisaViewSet(InBulk, ExtensibleViewSet):
    """Coisas dos testes."""

    recurso = "empresas"
    required_scopes = crud_scopes("empresas")
    queryset = Coisa.objects.select_related("responsavel", "equipe")
    serializer_class = CoisaSerializer
    filterset_class = CoisaFilter
    bulk_keys = ("nome",)
    ordering_fields = {"criado_em": "id", "prazo": "prazo", "valor": "valor"}
    expansions = OWNER_EXPANSIONS
    q_fields = {**fields_of(Coisa, "nome", "prazo", "valor", "criado_em"), **OWNER_Q_FIELDS, **TAG_Q_FIELDS}
    services = RecordServices(services.criar_coisa, services.atualizar_coisa, services.excluir_coisa, services.restaurar_coisa)
