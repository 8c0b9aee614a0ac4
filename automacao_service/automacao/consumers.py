"""What other services' events change here: names that lists show, flows and sagas that start, webhooks that are sent."""

from crm_shared.events.consume import Handler, Received
from crm_shared.events.contracts import CONTRACTS
from crm_shared.records.handlers import PEOPLE_HANDLERS

from .disparos import disparar
from .sagas.disparo import INICIADAS_POR_EVENTO
from .webhooks.direitos import mudaram
from .webhooks.registro import registrar_entregas


def ouvir(event: Received) -> None:
    if aprender := PEOPLE_HANDLERS.get(event.tipo):
        aprender(event)
    if not event.recontado:
        mudaram(event)
        disparar(event)
        if comecar := INICIADAS_POR_EVENTO.get(event.tipo):
            comecar(event)
        registrar_entregas(event)


# any event may start a flow, ours included: the loop guard stops a flow that feeds itself
EVENT_HANDLERS: dict[str, Handler] = dict.fromkeys(CONTRACTS, ouvir)
