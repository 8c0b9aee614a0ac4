"""Sagas that begin by an event, in the name of whoever caused it; that this person may, the service that tells it has checked."""

from uuid import UUID

from crm_shared.events.consume import Handler, Received
from crm_shared.events.contracts import auth
from crm_shared.records.references import EQUIPE, USUARIO, cite, team_of

from .registro import atual
from .services import comecar_saga


def entregar_carteira(event: Received) -> None:
    assert isinstance(event.data, auth.UsuarioDesativado | auth.UsuarioEntregaPedida)
    if event.data.transferir_para is None:
        return
    quem = UUID(event.ator)
    equipe = team_of(quem)
    cite(USUARIO, quem)
    cite(EQUIPE, equipe)
    dono = {"responsavel_id": quem, "equipe_id": equipe}
    comecar_saga(atual("entregar-carteira"), event.subject, {"para": event.data.transferir_para}, dono)


INICIADAS_POR_EVENTO: dict[str, Handler] = {
    auth.UsuarioDesativado.TIPO: entregar_carteira,
    auth.UsuarioEntregaPedida.TIPO: entregar_carteira,
}
