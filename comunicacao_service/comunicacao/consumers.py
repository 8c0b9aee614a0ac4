"""What other services' events change here: the names that lists show, and the text by which people look for them."""

from crm_shared.events.consume import Handler, Received
from crm_shared.events.contracts import clientes, empresas
from crm_shared.records.handlers import PEOPLE_HANDLERS
from crm_shared.records.references import CLIENTE, EMPRESA, Referencia, learn

from .models import Conversa, Identidade


def cliente_conhecido(event: Received) -> None:
    assert isinstance(event.data, clientes.Cliente)
    excluido = isinstance(event.data, clientes.ClienteExcluido)
    estado = Referencia.Estado.EXCLUIDA if excluido else Referencia.Estado.OK
    if learn(CLIENTE, event.subject, versao=event.versao, nome=event.data.nome, estado=estado):
        _renovar_busca(event)


def _renovar_busca(event: Received) -> None:
    """No new version: what users can change has not changed."""
    for modelo, ligados in ((Conversa, ("cliente", "identidade__cliente")), (Identidade, ("cliente",))):
        for registro in modelo.objects.filter(cliente_id=event.subject).select_related(*ligados):
            antes = registro.busca_texto
            registro.refresh_search_text()
            if registro.busca_texto != antes:
                modelo.objects.filter(pk=registro.pk).update(busca_texto=registro.busca_texto)


def empresa_conhecida(event: Received) -> None:
    assert isinstance(event.data, empresas.Empresa)
    excluida = isinstance(event.data, empresas.EmpresaExcluida)
    estado = Referencia.Estado.EXCLUIDA if excluida else Referencia.Estado.OK
    learn(EMPRESA, event.subject, versao=event.versao, nome=event.data.nome, estado=estado)


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
}
