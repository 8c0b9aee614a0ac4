"""Deaths at the named crash points: a ticket lies in a service's folder until one of its processes dies by it."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from crm_shared.crash_points import POINTS

from .field import Field
from .plan import LISTENERS, SPREADSHEETS, TALKERS

PATIENCE = 40.0  # seconds until a ticket that nobody takes is withdrawn: that service does nothing of the kind now
REST = (0.5, 3.0)  # seconds between a death and the next ticket, in which the process comes back


@dataclass
class Lane:
    """Where one ticket at a time lies, for one of these points in one service's processes."""

    service: str
    points: list[str]
    ticket: str = ""
    since: float = 0.0
    rest_until: float = 0.0
    fruitless: Counter[str] = field(default_factory=Counter)


def lanes() -> list[Lane]:
    def those(*prefixes: str) -> list[str]:
        return [name for name in POINTS if name.startswith(prefixes)]

    of_events = {name: those("relay.", *(("consumidor.",) if name in LISTENERS else ())) for name in TALKERS}
    of_events["automacao"] += those("varredura.")
    # one at a time for each kind of work, or it would always die at the first of them that it comes to
    own = [("automacao", those("trabalhador.", "saga.")), ("automacao", those("webhooks."))]
    own += [(name, those("operacao.")) for name in SPREADSHEETS]
    return [Lane(name, points) for name, points in (*of_events.items(), *own)]


class Crashes(threading.Thread):
    """Deals out tickets until every point had `quota` deaths; `counts` says how many each had."""

    def __init__(self, ground: Field, seed: int, quota: int, stop: threading.Event) -> None:
        super().__init__(name="quedas", daemon=True)
        self.ground, self.quota, self.stop_event = ground, quota, stop
        self.source = random.Random(seed)
        self.lanes = lanes()
        self.counts: Counter[str] = Counter(dict.fromkeys(POINTS, 0))

    @property
    def done(self) -> bool:
        return min(self.counts.values()) >= self.quota

    def run(self) -> None:
        while not (self.stop_event.wait(0.1) or self.done):
            for lane in self.lanes:
                self._look_at(lane)
        for lane in self.lanes:
            self._withdraw(lane)

    def _look_at(self, lane: Lane) -> None:
        now = time.monotonic()
        if not lane.ticket:
            if now > lane.rest_until:
                self._deal(lane, now)
        elif not (self.ground.tickets(lane.service) / lane.ticket).exists():
            self.counts[lane.ticket] += 1
            lane.ticket, lane.rest_until = "", now + self.source.uniform(*REST)
        elif now - lane.since > PATIENCE:
            lane.fruitless[lane.ticket] += 1
            self._withdraw(lane)

    def _deal(self, lane: Lane, now: float) -> None:
        """The point that is furthest behind; a ticket that came to nothing here counts like a death, so that the others have their turn."""
        wanted = [name for name in lane.points if self.counts[name] + self._out(name) < self.quota]
        if wanted:
            lane.ticket = min(wanted, key=lambda name: (lane.fruitless[name] + self.counts[name] + self._out(name), self.source.random()))
            lane.since = now
            (self.ground.tickets(lane.service) / lane.ticket).touch()

    def _out(self, name: str) -> int:
        return sum(lane.ticket == name for lane in self.lanes)

    def _withdraw(self, lane: Lane) -> None:
        if lane.ticket:
            try:
                (self.ground.tickets(lane.service) / lane.ticket).unlink()
            except FileNotFoundError:
                self.counts[lane.ticket] += 1  # somebody died of it just now
            lane.ticket = ""
