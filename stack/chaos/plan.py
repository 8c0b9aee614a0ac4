"""Which faults come in which order: drawn from the seed, so that a run can be repeated."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from stack.config import SERVICES, STORES

TALKERS = tuple(name for name in SERVICES if name != "gateway")  # services that publish
LISTENERS = tuple(name for name in TALKERS if name != "auth")  # and those that consume
SPREADSHEETS = ("clientes", "tarefas")  # services that get some; webhooks ask for events of others, or they would tell of every row
WORKERS = ("automacao-worker", "automacao-worker-2")  # one works on while the other comes back

CRASHES, DEATHS, BUS, PAUSES = "pontos", "mortes", "barramento", "pausas"
INBOX, ACKNOWLEDGEMENT = "inbox", "ack"
SABOTAGES = (INBOX, ACKNOWLEDGEMENT)
# part -> fault -> how often it lies in the deck from which that part's faults are drawn
DECKS = {
    DEATHS: {
        "matar_eventos": 10,
        "matar_trabalhador": 3,
        "matar_web": 5,
        "matar_filho_web": 3,
        "matar_valkey": 3,
        "matar_postgres": 2,
        "matar_conexao_postgres": 4,
        "matar_mongo": 3,
    },
    BUS: {"esvaziar_valkey": 2, "cortar_aof": 4, "destruir_grupo": 4, "apagar_fluxo": 2},
    PAUSES: {"congelar_loja": 3, "parar_loja": 3},
}


@dataclass(frozen=True)
class Step:
    """Wait `gap` seconds, then do `fault` to `target`; `chance` (0..1) picks among what is only known then."""

    gap: float
    fault: str
    target: str
    chance: float


def steps(seed: int, parts: tuple[str, ...], gap: tuple[float, float]) -> Iterator[Step]:
    """Endless. Each part's deck is dealt out before it is shuffled anew; parts take turns by the size of their decks."""
    source = random.Random(seed)
    stores: list[str] = []
    while True:
        cards = [(part, fault) for part in parts for fault, times in DECKS[part].items() for _ in range(times)]
        source.shuffle(cards)
        for _, fault in cards:
            if fault.endswith("_loja"):
                stores = stores or source.sample(STORES, len(STORES))
            target = stores.pop() if fault.endswith("_loja") else _target(source, fault)
            yield Step(round(source.uniform(*gap), 2), fault, target, source.random())


def one_of_each(seed: int, parts: tuple[str, ...], gap: tuple[float, float]) -> Iterator[Step]:
    """Every kind of fault once, in an order drawn from the seed."""
    source = random.Random(seed)
    kinds = [fault for part in parts for fault in DECKS[part]]
    source.shuffle(kinds)
    for fault in kinds:
        target = source.choice(STORES) if fault.endswith("_loja") else _target(source, fault)
        yield Step(round(source.uniform(*gap), 2), fault, target, source.random())


def _target(source: random.Random, fault: str) -> str:
    if fault in ("matar_web", "matar_filho_web"):
        return source.choice(SERVICES)
    if fault == "matar_conexao_postgres":
        return source.choice([name for name in TALKERS if name != "comunicacao"])
    if fault == "destruir_grupo":
        return f"{source.choice(TALKERS)}>{source.choice(LISTENERS)}"
    if fault in ("matar_eventos", "apagar_fluxo"):
        return source.choice(TALKERS)
    return ""
