"""What is good no more although it has not expired: kept as rows with the change that causes it, told on the bus to every verifier.

A row is the truth and says by itself whether it was told; the stream is read by all processes (crm_shared.auth.revocation_feed).
"""

import threading
import time
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from crm_shared import bus
from crm_shared.auth.revocation import KEEP, Revocation
from crm_shared.auth.revocation_feed import ALIVE, BEAT, STREAM
from crm_shared.db import require_atomic
from crm_shared.events.leases import Lease
from crm_shared.events.listening import Ear

from .models import Revogacao

# Seconds after a change of rights within which a token of the old ones may still be made by who read them just before; also
# by how much the clocks of auth's machines may differ. Verifiers allow for 5 s (crm_shared.auth.tokens.LEEWAY).
FOLGA = 2
_LOTE = 500

# Adds `alvo`, `antes` pairs and a sign of life after ARGV[1], the newest entry as we know it, and drops what is older than
# ARGV[2] ms; adds nothing where that entry is lost, for then what went before it may be lost too.
_CONTAR = """
if ARGV[1] ~= '' and #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return false end
for i = 4, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('XADD', KEYS[1], '*', 'alvo', ARGV[i])
  else redis.call('XADD', KEYS[1], '*', 'alvo', ARGV[i], 'antes', ARGV[i + 1]) end
end
local ultimo = redis.call('XADD', KEYS[1], '*', ARGV[3], '1')
redis.call('XTRIM', KEYS[1], 'MINID', redis.call('TIME')[1] * 1000 - ARGV[2])
return ultimo
"""


def revogar_sessao(sid: UUID | str) -> None:
    """No token with this `sid` is good any more. Runs in the transaction of what ends it."""
    _gravar([f"sid:{sid}"], None)


def revogar_pessoas(*pessoas: UUID) -> None:
    """What these people may do has changed: they refresh to get a token of what they may now. The last step of its transaction."""
    _gravar([f"sub:{pessoa}" for pessoa in pessoas], int(time.time()) + FOLGA)


def emitido_em(pessoa: UUID | str) -> int:
    """The `iat` of a token made now for this person: later than the last change of rights, which it already respects."""
    antes = Revogacao.objects.filter(alvo=f"sub:{pessoa}").order_by("-id").values_list("antes", flat=True).first()
    return max(int(time.time()), (antes or 0) + 1)


def recentes() -> list[Revocation]:
    """Those that some token may outlive; for auth's own processes."""
    return _como_revogacoes(_da_janela())


class Publicador:
    """The loop that tells them; `lease` keeps it to one process, two would only tell twice."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self.ultimo = ""  # the newest entry; empty tells all that is recent again
        self._ouvido = Ear()

    def turn(self, stop: threading.Event) -> None:
        if not self.lease.hold():
            self.ultimo = ""
            stop.wait(Lease.SECONDS / 2)
            return
        while self.contar() == _LOTE:
            pass
        self._ouvido.wait(BEAT)  # for the next change, which comes with an event, or the time of the next sign of life

    def contar(self) -> int:
        """What was not told yet, and a sign of life; all that is recent where the bus has lost what it was told. Answers how many."""
        recomecar = not self.ultimo
        linhas = list(_da_janela() if recomecar else Revogacao.objects.filter(publicada_em=None).order_by("id")[:_LOTE])
        pares = [texto for item in _como_revogacoes(linhas) for texto in (item.alvo, "" if item.antes is None else str(item.antes))]
        ultimo = bus.connection().eval(_CONTAR, 1, STREAM, self.ultimo, int(KEEP * 1000), *ALIVE, *pares)
        if ultimo is None:
            self.ultimo = ""
            return self.contar()
        self.ultimo = ultimo.decode()
        Revogacao.objects.filter(pk__in=[linha.pk for linha in linhas], publicada_em=None).update(publicada_em=timezone.now())
        return len(linhas)


def _gravar(alvos: Iterable[str], antes: int | None) -> None:
    require_atomic("Revoking")
    Revogacao.objects.bulk_create([Revogacao(alvo=alvo, antes=antes) for alvo in alvos])


def _da_janela() -> Iterable[Revogacao]:
    return Revogacao.objects.filter(criada_em__gt=timezone.now() - timedelta(seconds=KEEP)).order_by("id")


def _como_revogacoes(linhas: Iterable[Revogacao]) -> list[Revocation]:
    return [Revocation(linha.alvo, linha.antes) for linha in linhas]
