"""Things from spreadsheets: `coisas` many at once, `coisas_uma_a_uma` by the service functions of one."""

from collections.abc import Sequence
from typing import Any

from crm_shared.api.viewsets import RecordServices
from crm_shared.auth.principal import Principal
from crm_shared.bulk_insert import unsaved
from crm_shared.events.contracts import empresas
from crm_shared.events.log import record_all
from crm_shared.imports.declared import BulkServices, Importable, column_key
from crm_shared.records.bulk import Owners, change_all, save_all_new

from . import services
from .models import Coisa
from .serializers import CoisaSerializer


def criar_coisas(*, ator: Principal, linhas: Sequence[dict[str, Any]]) -> Sequence[Coisa]:
    owners = Owners(ator, "empresas")
    coisas = save_all_new([unsaved(Coisa, **owners.of_new(dados)) for dados in linhas])
    record_all([(services.evento(coisa, empresas.EmpresaCriada), coisa, ()) for coisa in coisas])
    return coisas


def atualizar_coisas(*, ator: Principal, pares: Sequence[tuple[Coisa, dict[str, Any]]]) -> None:
    changed = change_all(pares)
    record_all([(services.evento(coisa, empresas.EmpresaAtualizada), coisa, mudancas) for coisa, mudancas in changed])


SINGLE = RecordServices(services.criar_coisa, services.atualizar_coisa, services.excluir_coisa, services.restaurar_coisa)
KEYS = {"nome": column_key("nome")}
IMPORTAVEIS = {
    "empresas": Importable("empresas", "exemplo", Coisa, CoisaSerializer, SINGLE, KEYS, BulkServices(criar_coisas, atualizar_coisas)),
    "leads": Importable("empresas", "exemplo", Coisa, CoisaSerializer, SINGLE, KEYS),
}
