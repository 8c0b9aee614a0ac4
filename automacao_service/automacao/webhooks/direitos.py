"""What a subscription's owner may do now, as auth says it, remembered for a minute and forgotten when auth tells of a change."""

import threading
import time
from typing import Any
from uuid import UUID

from django.conf import settings

from crm_shared.auth import authentication
from crm_shared.auth.principal import Principal
from crm_shared.events.consume import Received
from crm_shared.events.contracts import auth

from ..chamadas import fichas
from .models import Webhook

SEGUNDOS = 60.0
_sabidos: dict[UUID, tuple[Principal, float]] = {}
_trava = threading.Lock()


def de_agora(dono: UUID) -> Principal:
    """Raises what the client raises: Refused where the person has left, TryAgain where auth is out."""
    with _trava:
        sabido = _sabidos.get(dono)
    if sabido and sabido[1] > time.monotonic():
        return sabido[0]
    fichas().forget(settings.SERVICE, str(dono))
    quem = Principal.from_claims(authentication.verifier().verify(fichas().token(settings.SERVICE, str(dono))))
    with _trava:
        _sabidos[dono] = (quem, time.monotonic() + SEGUNDOS)
    return quem


def retrato(quem: Principal) -> dict[str, Any]:
    """What Webhook.direitos keeps."""
    return {"scopes": sorted(quem.scopes), "vis": quem.vis, "equipes": [str(equipe) for equipe in quem.equipes]}


def do_retrato(webhook: Webhook) -> Principal:
    kept = webhook.direitos
    equipes = tuple(UUID(equipe) for equipe in kept.get("equipes", []))
    return Principal(str(webhook.responsavel_id), frozenset(kept.get("scopes", [])), kept.get("vis", {}), equipes)


def mudaram(event: Received) -> None:
    """People, teams and roles decide who sees what: the rights of those whom the event may concern are read anew."""
    entidade = event.data.agregado()
    if entidade not in ("auth.usuario", "auth.equipe", "auth.papel") or isinstance(event.data, auth.UsuarioSenhaAlterada):
        return
    concernidos = Webhook.objects.vivos().filter(ativo=True)
    if entidade == "auth.usuario":
        concernidos = concernidos.filter(responsavel_id=event.subject)
    concernidos.update(direitos_em=None)
    esquecer(event.subject if entidade == "auth.usuario" else None)


def esquecer(dono: UUID | None = None) -> None:
    """One person's, or everybody's."""
    with _trava:
        if dono is None:
            _sabidos.clear()
        else:
            _sabidos.pop(dono, None)
