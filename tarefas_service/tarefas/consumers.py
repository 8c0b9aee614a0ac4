"""What other services' events change here: the names of people and of the records that tasks are about."""

from crm_shared.events.consume import Handler, Received
from crm_shared.events.contracts import clientes, empresas, vendas
from crm_shared.records.handlers import PEOPLE_HANDLERS
from crm_shared.records.references import CLIENTE, EMPRESA, OPORTUNIDADE, Referencia, learn

EXCLUSOES = (clientes.ClienteExcluido, empresas.EmpresaExcluida, vendas.OportunidadeExcluida)


def cliente_conhecido(event: Received) -> None:
    assert isinstance(event.data, clientes.Cliente)
    _aprender(CLIENTE, event, event.data.nome)


def empresa_conhecida(event: Received) -> None:
    assert isinstance(event.data, empresas.Empresa)
    _aprender(EMPRESA, event, event.data.nome)


def oportunidade_conhecida(event: Received) -> None:
    assert isinstance(event.data, vendas.Oportunidade)
    _aprender(OPORTUNIDADE, event, event.data.titulo)


def _aprender(recurso: str, event: Received, nome: str) -> None:
    estado = Referencia.Estado.EXCLUIDA if isinstance(event.data, EXCLUSOES) else Referencia.Estado.OK
    learn(recurso, event.subject, versao=event.versao, nome=nome, estado=estado)


EVENT_HANDLERS: dict[str, Handler] = {
    **PEOPLE_HANDLERS,
    clientes.ClienteCriado.TIPO: cliente_conhecido,
    clientes.ClienteAtualizado.TIPO: cliente_conhecido,
    clientes.ClienteExcluido.TIPO: cliente_conhecido,
    clientes.ClienteRestaurado.TIPO: cliente_conhecido,
    empresas.EmpresaCriada.TIPO: empresa_conhecida,
    empresas.EmpresaAtualizada.TIPO: empresa_conhecida,
    empresas.EmpresaExcluida.TIPO: empresa_conhecida,
    empresas.EmpresaRestaurada.TIPO: empresa_conhecida,
    vendas.OportunidadeCriada.TIPO: oportunidade_conhecida,
    vendas.OportunidadeAtualizada.TIPO: oportunidade_conhecida,
    vendas.OportunidadeExcluida.TIPO: oportunidade_conhecida,
    vendas.OportunidadeRestaurada.TIPO: oportunidade_conhecida,
}
