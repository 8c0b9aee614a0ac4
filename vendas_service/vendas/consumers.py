"""What other services' events change here: the names that lists show and what reports group by."""

from crm_shared.events.consume import Handler, Received
from crm_shared.events.contracts import clientes, empresas
from crm_shared.records.handlers import PEOPLE_HANDLERS
from crm_shared.records.references import CLIENTE, EMPRESA, Referencia, learn


def empresa_conhecida(event: Received) -> None:
    assert isinstance(event.data, empresas.Empresa)
    excluida = isinstance(event.data, empresas.EmpresaExcluida)
    estado = Referencia.Estado.EXCLUIDA if excluida else Referencia.Estado.OK
    dados = {"segmento": event.data.segmento}
    learn(EMPRESA, event.subject, versao=event.versao, nome=event.data.nome, estado=estado, dados=dados)


def cliente_conhecido(event: Received) -> None:
    assert isinstance(event.data, clientes.Cliente)
    excluido = isinstance(event.data, clientes.ClienteExcluido)
    estado = Referencia.Estado.EXCLUIDA if excluido else Referencia.Estado.OK
    learn(CLIENTE, event.subject, versao=event.versao, nome=event.data.nome, estado=estado)


EVENT_HANDLERS: dict[str, Handler] = {
    **PEOPLE_HANDLERS,
    empresas.EmpresaCriada.TIPO: empresa_conhecida,
    empresas.EmpresaAtualizada.TIPO: empresa_conhecida,
    empresas.EmpresaExcluida.TIPO: empresa_conhecida,
    empresas.EmpresaRestaurada.TIPO: empresa_conhecida,
    clientes.ClienteCriado.TIPO: cliente_conhecido,
    clientes.ClienteAtualizado.TIPO: cliente_conhecido,
    clientes.ClienteExcluido.TIPO: cliente_conhecido,
    clientes.ClienteRestaurado.TIPO: cliente_conhecido,
}
