"""Whom a record belongs to: the caller, unless somebody who may assign says otherwise."""

from typing import Any
from uuid import UUID

from ..auth.principal import Principal
from ..errors import Forbidden
from .references import EQUIPE, USUARIO, cite, team_of


def with_owner(
    ator: Principal, dados: dict[str, Any], *, recurso: str, present: UUID | None = None, creating: bool = False
) -> dict[str, Any]:
    """`dados` with `responsavel_id` and the `equipe_id` that goes with it, both citable.

    Naming anybody but oneself (or the present owner) needs `<recurso>:atribuir`. The team is the owner's, as auth's
    last event told it; `equipe_id` may be given instead by who may assign. The present owner named again changes nothing.
    """
    if not creating and not {"responsavel_id", "equipe_id"} & dados.keys():
        return dados
    owner = dados.get("responsavel_id", ator.usuario_id if creating else present)
    if not creating and owner == present and "equipe_id" not in dados:
        return dados
    team = dados.get("equipe_id")
    assigning = (owner not in (ator.usuario_id, present)) or (team is not None and team not in ator.equipes)
    if assigning and not ator.has(f"{recurso}:atribuir"):
        raise Forbidden("Seu papel não permite atribuir registros a outra pessoa.", codigo="escopo_ausente", campo="responsavel_id")
    if team is None:
        team = ator.equipe_id if owner is not None and owner == ator.usuario_id else team_of(owner)
    cite(USUARIO, owner)
    cite(EQUIPE, team)
    return {**dados, "responsavel_id": owner, "equipe_id": team}
