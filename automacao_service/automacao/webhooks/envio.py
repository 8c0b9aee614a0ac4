"""The loop that sends: rows that are due, claimed one by one, several receivers at once, none of them in the others' way.

Only this thread talks to the store; the pool's threads talk to receivers. Of one record one delivery is under way at a
time, so that its events arrive in order unless a receiver refuses one; beyond that no order is promised (docs/webhooks.md).
"""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, SimpleQueue
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from crm_shared.events.leases import Lease
from crm_shared.jobs.rows import claim, take_back
from crm_shared.observability.context import working_as

from .models import EntregaWebhook, Webhook
from .registro import aviso
from .resultados import gravar
from .tentativa import Resultado, tentar

VAGAS = 16  # attempts under way at once
POR_WEBHOOK = 4  # of one subscription; of one that fails, one
LENTAS = VAGAS // 2  # places that slow and failing receivers may fill together: the others are always free for the rest
LENTA = 1.0  # seconds of its last attempt that make a receiver slow
ARRENDAMENTO = timedelta(seconds=30)  # an attempt takes 5 s, with the question to auth up to 13
_VOLTA = 1.0  # seconds without a notice before looking all the same
_RETOMAR = 5.0  # seconds between looks for rows of a process that died
_LISTA = 500
Estado = EntregaWebhook.Estado


@dataclass(frozen=True)
class EmVoo:
    webhook_id: UUID
    registro_id: UUID | None
    lenta: bool


class Entregador:
    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self.em_voo: dict[UUID, EmVoo] = {}
        self.prontas: SimpleQueue[tuple[EntregaWebhook, Resultado]] = SimpleQueue()
        self.lentas: set[UUID] = set()
        self._retomado = float("-inf")
        self._pool: ThreadPoolExecutor | None = None

    def turn(self, stop: threading.Event) -> None:
        """One round: note what has ended, begin what is due, wait for either."""
        self._anotar()
        if not self.lease.hold():
            stop.wait(Lease.SECONDS / 2)
            return
        if time.monotonic() - self._retomado > _RETOMAR:
            take_back(EntregaWebhook)
            self._retomado = time.monotonic()
        self.despachar()
        aviso.wait(_VOLTA)
        aviso.clear()
        if stop.is_set():
            self.encerrar()

    def encerrar(self) -> None:
        """What is under way is seen through, and noted."""
        if self._pool:
            self._pool.shutdown()
            self._pool = None
        self._anotar()

    def _anotar(self) -> None:
        while True:
            try:
                entrega, resultado = self.prontas.get_nowait()
            except Empty:
                return
            self.em_voo.pop(entrega.pk, None)
            lenta = resultado.ms > LENTA * 1000
            (self.lentas.add if lenta else self.lentas.discard)(entrega.webhook_id)
            with working_as(rastro=entrega.rastro, causa=entrega.causa or None, ator=f"svc:{settings.SERVICE}"):
                gravar(entrega, resultado)

    def despachar(self) -> int:
        """Begin as many as there is room for. Answers how many."""
        comecadas = 0
        for webhook in self._com_vez():
            if len(self.em_voo) >= VAGAS:
                break
            comecadas += sum(self._comecar(entrega, webhook) for entrega in self._devidas(webhook))
        for entrega in _testes():
            if len(self.em_voo) < VAGAS and entrega.pk not in self.em_voo:
                comecadas += self._comecar(entrega, entrega.webhook)
        return comecadas

    def _com_vez(self) -> list[Webhook]:
        """Subscriptions with something due, in an order that favours none, but the quick before the slow."""
        agora = timezone.now()
        devidas = EntregaWebhook.objects.filter(webhook=OuterRef("pk"), **_devida())
        livres = Webhook.objects.filter(Q(suspenso_ate__isnull=True) | Q(suspenso_ate__lte=agora), ativo=True, excluido_em__isnull=True)
        achados = list(livres.filter(Exists(devidas))[:_LISTA])
        random.shuffle(achados)
        return sorted(achados, key=self._e_lento)

    def _e_lento(self, webhook: Webhook) -> bool:
        return webhook.falhas_seguidas > 0 or webhook.pk in self.lentas

    def _devidas(self, webhook: Webhook) -> list[EntregaWebhook]:
        em_curso = Counter(item.webhook_id for item in self.em_voo.values())[webhook.pk]
        lugares = min((1 if webhook.falhas_seguidas else POR_WEBHOOK) - em_curso, VAGAS - len(self.em_voo))
        if self._e_lento(webhook):
            lugares = min(lugares, LENTAS - sum(item.lenta for item in self.em_voo.values()))
        if lugares <= 0:
            return []
        ocupados = {item.registro_id for item in self.em_voo.values() if item.webhook_id == webhook.pk}
        linhas = EntregaWebhook.objects.filter(~_vem_depois(), webhook=webhook, evento_id__isnull=False, **_devida())
        return _uma_por_registro(linhas.exclude(registro_id__in=ocupados).order_by("proxima_em", "id")[: lugares * 4], lugares)

    def _comecar(self, devida: EntregaWebhook, webhook: Webhook) -> bool:
        entrega = claim(EntregaWebhook, devida.pk, ARRENDAMENTO)
        if entrega is None:
            return False
        entrega.webhook = webhook
        self.em_voo[entrega.pk] = EmVoo(webhook.pk, entrega.registro_id, self._e_lento(webhook))
        self._pool = self._pool or ThreadPoolExecutor(VAGAS, thread_name_prefix="webhook")
        self._pool.submit(self._tentar, entrega, webhook)
        return True

    def _tentar(self, entrega: EntregaWebhook, webhook: Webhook) -> None:
        with working_as(rastro=entrega.rastro, causa=entrega.causa or None, ator=f"svc:{settings.SERVICE}"):
            resultado = tentar(entrega, webhook)
        self.prontas.put((entrega, resultado))
        aviso.set()


def _devida() -> dict[str, object]:
    return {"estado": Estado.PENDENTE, "proxima_em__lte": timezone.now()}


def _vem_depois() -> Exists:
    """Another of its record is in somebody's hand, of a process that died perhaps, or came before and was never tried: auth was out."""
    do_registro = EntregaWebhook.objects.filter(webhook=OuterRef("webhook"), registro_id=OuterRef("registro_id"))
    antes = Q(conferida=False, criado_em__lt=OuterRef("criado_em"))
    return Exists(do_registro.filter(Q(estado=Estado.ENVIANDO) | antes, estado__in=(Estado.PENDENTE, Estado.ENVIANDO)))


def _testes() -> QuerySet[EntregaWebhook]:
    """A person waits for them: they are sent whatever the subscription's state."""
    return EntregaWebhook.objects.filter(evento_id__isnull=True, **_devida()).select_related("webhook").order_by("id")[:VAGAS]


def _uma_por_registro(linhas: QuerySet[EntregaWebhook], lugares: int) -> list[EntregaWebhook]:
    primeiras: dict[UUID | None, EntregaWebhook] = {}
    for linha in linhas:
        primeiras.setdefault(linha.registro_id, linha)
    return list(primeiras.values())[:lugares]
