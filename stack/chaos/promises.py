"""What goes on by itself, against the stores: spreadsheets, what receivers of webhooks got, records of people who left."""

from collections import Counter, defaultdict

from .background import FIELDS, LOTE, names_of
from .findings import PLACES, Verdict
from .ledger import Batch, Handover, Ledger
from .readings import OPERATION, Owned, Readings, Told
from .receiver import TYPES, Arrival

OWNED = {
    "clientes": ("clientes_cliente", "clientes_lead"),
    "empresas": ("empresas_empresa",),
    "vendas": ("vendas_oportunidade",),
    "comunicacao": ("comunicacao_conversa", "comunicacao_identidade"),
    "tarefas": ("tarefas_tarefa",),
    "automacao": ("automacao_fluxo",),
}
WITH_OPERATIONS = tuple(name for name in OWNED if name != "comunicacao")  # whose rows PostgreSQL holds
SHEETS = {"clientes": "clientes_cliente", "tarefas": "tarefas_tarefa"}


def judge_batches(verdict: Verdict, ledger: Ledger, readings: Readings) -> None:
    """Each row of each spreadsheet once, changed once, and once in the file."""
    for service, table in SHEETS.items():
        column, other = FIELDS[service]
        found: defaultdict[str, list[tuple[str, int, str]]] = defaultdict(list)
        for name, version, value in readings.named(service, table, column, other, LOTE):
            found[name.split(" ")[1]].append((name, version, value))
        for batch in ledger.batches:
            if batch.service == service:
                _batch(verdict, batch, found[batch.sign])
    for service in WITH_OPERATIONS:
        verdict.operations += readings.count(service, OPERATION)
        if failed := readings.count(service, OPERATION, "estado <> 'concluida' OR erros > 0"):
            verdict.lost.append(f"{service}: {failed} operações sem fim ou com erros")


def _batch(verdict: Verdict, batch: Batch, rows: list[tuple[str, int, str]]) -> None:
    wanted = names_of(batch) if batch.imported else []
    _compare(verdict, f"{batch.service} {batch.sign}: linhas", wanted, [name for name, *_ in rows])
    value, version = (batch.sign, 2) if batch.changed else ("", 1)
    if other := [row for row in rows if row[1:] != (version, value)]:
        (verdict.doubled if other[0][1] > version else verdict.lost).append(f"{batch.service}: {len(other)} como {other[0]}")
    if batch.file is not None:
        _compare(verdict, f"{batch.service} {batch.sign}: linhas do arquivo", wanted, batch.file)


def _compare(verdict: Verdict, what: str, wanted: list[str], found: list[str]) -> None:
    times = Counter(found)
    if missing := set(wanted) - times.keys():
        verdict.lost.append(f"{what}: faltam {len(missing)}, como {min(missing)!r}")
    if extra := [name for name, many in times.items() if many > 1 or name not in wanted]:
        verdict.doubled.append(f"{what}: {len(extra)} a mais, como {min(extra)!r}")


def judge_webhooks(verdict: Verdict, arrivals: list[Arrival], logs: dict[str, list[Told]], baseline: set[str]) -> None:
    """Each event that the subscription asks for at least once, always under one id; those of one record first by version."""
    due = {event.id: event for log in logs.values() for event in log if event.tipo in TYPES and event.id not in baseline}
    firsts: dict[str, Arrival] = {}
    for arrival in arrivals:
        first = firsts.setdefault(arrival.event, arrival)
        if first.delivery != arrival.delivery:
            verdict.doubled.append(f"webhook: {arrival.event} chegou como {first.delivery} e como {arrival.delivery}")
    verdict.webhooks, verdict.webhooks_again = len(firsts), len(arrivals) - len(firsts)
    verdict.lost += [f"webhook: {due[pk].tipo} {pk} não chegou" for pk in sorted(due.keys() - firsts.keys())]
    verdict.doubled += [f"webhook: {pk} chegou e ninguém o contou" for pk in sorted(firsts.keys() - due.keys())]
    reached: dict[str, int] = {}
    for arrival in firsts.values():
        if arrival.version < reached.get(arrival.record, 0):
            verdict.disordered.append(f"webhook: {arrival.record} v{arrival.version} depois da v{reached[arrival.record]}")
        reached[arrival.record] = max(arrival.version, reached.get(arrival.record, 0))


def judge_handovers(verdict: Verdict, ledger: Ledger, readings: Readings) -> None:
    """One saga each, complete; all that was theirs is the other's, by one change, and nothing is theirs any more."""
    sagas: defaultdict[str, list[str]] = defaultdict(list)
    for target, state in readings.handovers():
        sagas[target].append(state)
    owned = {(service, table): readings.owned(service, table) for service, tables in OWNED.items() for table in tables}
    for handover in ledger.handovers:
        states = sagas.pop(handover.leaver, [])
        if states != ["concluida"]:
            (verdict.doubled if len(states) > 1 else verdict.lost).append(
                f"entrega da carteira de {handover.leaver}: {states or 'nenhuma'}"
            )
        _handover(verdict, handover, owned)
    verdict.doubled += [f"entrega da carteira de {pk} que ninguém pediu" for pk in sagas]
    verdict.handovers = len(ledger.handovers)


def _handover(verdict: Verdict, handover: Handover, owned: dict[tuple[str, str], dict[str, Owned]]) -> None:
    for kind, ids in handover.records.items():
        service, table, *_ = PLACES[kind]
        for pk in ids:
            found = owned[service, table].get(pk)
            if found is None or found.owner != handover.heir:
                verdict.lost.append(f"{kind} {pk} não é de quem o recebeu: {found}")
            elif found.version != 2:
                verdict.doubled.append(f"{kind} {pk} foi entregue na versão {found.version}")
    left = {table: many for (_, table), rows in owned.items() if (many := sum(row.owner == handover.leaver for row in rows.values()))}
    if left:
        verdict.lost.append(f"ainda de {handover.leaver}: {left}")
