"""Named places at which a process can be told to die at once, as by kill -9: the worst moments, to be rehearsed.

Nothing happens unless the environment asks for it: CRASH_POINT=<name> dies whenever that place is reached;
CRASH_FOLDER=<folder> dies where a file of the place's name lies in that folder, and takes the file away, so that a
process that is started again goes on.
"""

import os

# name: the moment; tests/test_crash_points.py compares them with the calls
POINTS = {
    "relay.antes_de_publicar": "committed, not published",
    "relay.antes_de_marcar": "published, not marked as such",
    "consumidor.antes_do_efeito": "received, nothing done",
    "consumidor.antes_do_commit": "inbox row and effect written, not committed",
    "consumidor.antes_de_confirmar": "committed, not acknowledged",
    "varredura.antes_de_enfileirar": "marked as enqueued, not in the queue",
    "trabalhador.antes_do_passo": "run claimed, no step begun",
    "trabalhador.antes_da_chamada": "step begun, the other service not asked yet",
    "trabalhador.antes_da_linha": "step done by the other service, its row not written",
    "saga.passo_comecado": "step of a saga begun, the service not asked yet",
    "saga.passo_respondido": "step done by the service, its row not written",
    "saga.recuo_comecado": "undoing begun, the service not asked yet",
    "saga.recuo_respondido": "step undone by the service, its row not written",
    "operacao.antes_do_commit": "portion of an operation done, its items and progress written, not committed",
    "operacao.entre_porcoes": "portion of an operation committed, the next not begun",
    "webhooks.antes_do_envio": "delivery claimed, not sent",
    "webhooks.antes_da_linha": "delivery answered by the receiver, its row not written",
}

_WANTED = os.environ.get("CRASH_POINT", "")
_FOLDER = os.environ.get("CRASH_FOLDER", "")


def point(name: str) -> None:
    if name == _WANTED or (_FOLDER and _ticket_taken(name)):
        die()


def die() -> None:
    """No handler, no flush, no goodbye to any store."""
    os._exit(137)


def _ticket_taken(name: str) -> bool:
    try:
        os.unlink(os.path.join(_FOLDER, name))
    except OSError:
        return False
    return True
