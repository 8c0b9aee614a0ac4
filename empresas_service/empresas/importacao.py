"""Companies from spreadsheets: the writes of services.py, for many at once."""

from collections.abc import Sequence
from typing import Any

from crm_shared.api.viewsets import RecordServices
from crm_shared.auth.principal import Principal
from crm_shared.bulk_insert import insert_all
from crm_shared.events.contracts import empresas as eventos
from crm_shared.events.log import record_all
from crm_shared.imports.declared import BulkServices, Importable, Key, column_key
from crm_shared.records.bulk import Owners, change_all, save_all_new
from crm_shared.records.models import Record

from . import services
from .grupo import exigir_controladora
from .models import Empresa, EnderecoEmpresa
from .serializers import CAMPOS_DA_SEDE, EmpresaLinhaSerializer


def criar_empresas(*, ator: Principal, linhas: Sequence[dict[str, Any]]) -> Sequence[Empresa]:
    donos = Owners(ator, "empresas")
    _exigir_controladoras(ator, linhas)
    colunas = [{nome: valor for nome, valor in dados.items() if nome not in CAMPOS_DA_SEDE} for dados in linhas]
    empresas = save_all_new([Empresa(**donos.of_new(dados)) for dados in colunas])
    enderecos = [
        EnderecoEmpresa(empresa=empresa, **sede) for empresa, dados in zip(empresas, linhas, strict=True) if (sede := _sede(dados))
    ]
    insert_all(enderecos)
    record_all([(eventos.EmpresaCriada.of(empresa), empresa, ()) for empresa in empresas])
    return empresas


def _sede(dados: dict[str, Any]) -> dict[str, Any]:
    return {nome: dados[nome] for nome in CAMPOS_DA_SEDE if nome in dados}


def _exigir_controladoras(ator: Principal, linhas: Sequence[dict[str, Any]]) -> None:
    for controladora_id in {dados["controladora_id"] for dados in linhas if dados.get("controladora_id")}:
        exigir_controladora(ator, controladora_id)


def atualizar_empresas(*, ator: Principal, pares: Sequence[tuple[Empresa, dict[str, Any]]]) -> None:
    donos = Owners(ator, "empresas")
    for empresa, dados in pares:
        if dados.get("controladora_id", empresa.controladora_id) != empresa.controladora_id:
            exigir_controladora(ator, dados["controladora_id"], de=empresa.pk)
    mudadas = change_all([(empresa, donos.of_changed(dados, empresa.responsavel_id)) for empresa, dados in pares])
    record_all([(eventos.EmpresaAtualizada.of(empresa), empresa, mudancas) for empresa, mudancas in mudadas])


def _com_derivados(_ator: Principal, dados: dict[str, Any], empresa: Record | None) -> dict[str, Any]:
    assert empresa is None or isinstance(empresa, Empresa)
    return services.com_derivados(dados, empresa or Empresa())


EMPRESAS = Importable(
    recurso="empresas",
    colecao="empresas",
    model=Empresa,
    serializer=EmpresaLinhaSerializer,
    bulk=BulkServices(criar_empresas, atualizar_empresas),
    single=RecordServices(services.criar_empresa, services.atualizar_empresa, services.excluir_empresa, services.restaurar_empresa),
    keys={
        "cnpj": column_key("cnpj"),
        "nome_fantasia": Key(
            lambda dados: str(dados.get("nome_fantasia") or ""), column_key("nome").find
        ),  # what `nome` is where there is one
    },
    unique=("cnpj",),
    only_new=CAMPOS_DA_SEDE,
    prepare=_com_derivados,
)
IMPORTAVEIS = {"empresas": EMPRESAS}
