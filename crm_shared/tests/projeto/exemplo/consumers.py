from crm_shared.events.consume import Handler, Received
from crm_shared.events.contracts import clientes

from .models import Efeito


def contar(event: Received) -> None:
    """Fails for a person called `veneno`, so that tests see what becomes of a message that cannot be handled."""
    assert isinstance(event.data, clientes.Cliente)
    Efeito.objects.create(evento_id=event.id, nome=event.data.nome)
    if event.data.nome == "veneno":
        raise ValueError("veneno")


EVENT_HANDLERS: dict[str, Handler] = {clientes.ClienteCriado.TIPO: contar, clientes.ClienteAtualizado.TIPO: contar}
