"""The ledger against the stores: what was accepted is there, took effect everywhere, once and in order."""

from collections import Counter, defaultdict

from .background import CARTEIRA, LOTE
from .findings import PLACES, Verdict
from .ledger import Entry, Ledger
from .plan import LISTENERS, TALKERS
from .promises import judge_batches, judge_handovers, judge_webhooks
from .readings import LETTER, Readings, Told
from .receiver import Arrival
from .writers import SAGA

# record -> who keeps a copy of its name; automacao hears every event there is
EARS = {
    "clientes.cliente": ("vendas", "comunicacao", "tarefas"),
    "empresas.empresa": ("clientes", "vendas", "comunicacao", "tarefas"),
    "vendas.oportunidade": ("tarefas",),
    "auth.usuario": ("clientes", "empresas", "vendas", "comunicacao", "tarefas"),
}
WRITTEN = ("cliente", "empresa", "oportunidade", "conversa")  # by the ledger's writers and nobody else
OTHERS = (SAGA, LOTE, CARTEIRA)  # begin the names of records that are judged by what made them
COPIED = ("criad", "atualizad", "excluid")  # -o, -a: what the writers do


def judge(ledger: Ledger, readings: Readings, baseline: set[str], arrivals: list[Arrival]) -> Verdict:
    """`baseline`: ids of the events that were there before the first write, of no concern here."""
    verdict = Verdict()
    logs = {name: readings.events(name) for name in TALKERS}
    verdict.events = sum(len(log) for log in logs.values())
    for kind in PLACES:
        _records(verdict, ledger, readings, kind, logs[PLACES[kind][0]])
    for listener in LISTENERS:
        _effects(verdict, readings, listener, logs, baseline)
        _copies(verdict, ledger, readings, listener)
        verdict.letters += [f"{listener}: {count} cartas mortas" for count in [readings.count(listener, LETTER)] if count]
    _tasks(verdict, ledger, readings)
    _sagas(verdict, ledger, readings)
    judge_batches(verdict, ledger, readings)
    judge_webhooks(verdict, arrivals, logs, baseline)
    judge_handovers(verdict, ledger, readings)
    return verdict


def _records(verdict: Verdict, ledger: Ledger, readings: Readings, kind: str, log: list[Told]) -> None:
    """Each acknowledged write is there with its last value, and the log tells each of its versions once."""
    service, table, column, agregado = PLACES[kind]
    stored = readings.records(service, table, column)
    versions: defaultdict[str, list[int]] = defaultdict(list)
    for told in log:
        if told.agregado == agregado:
            versions[told.record].append(told.version)
    for entry in ledger.of(kind):
        _record(verdict, entry, stored.get(entry.id), versions[entry.id])
    ours = {pk for pk in stored if kind in WRITTEN and stored[pk][1] and not stored[pk][1].startswith(OTHERS)}
    strangers = ours - ledger.entries.keys()
    verdict.doubled += [f"{kind} {pk} {stored[pk][1]!r} foi criado e ninguém o confirmou" for pk in sorted(strangers)]


def _record(verdict: Verdict, entry: Entry, stored: tuple[int, str, bool] | None, versions: list[int]) -> None:
    name = f"{entry.kind} {entry.id}"
    if stored is None:
        verdict.lost.append(f"{name} não existe")
        return
    version, value, deleted = stored
    expected = next(iter(entry.values.values()))
    if version < entry.version or value != expected or deleted != entry.deleted:
        verdict.lost.append(f"{name}: confirmado v{entry.version} {expected!r}, guardado v{version} {value!r}, excluído {deleted}")
    elif version > entry.version:
        verdict.doubled.append(f"{name}: confirmado v{entry.version}, guardado v{version}")
    if missing := set(range(1, version + 1)) - set(versions):
        verdict.lost.append(f"{name}: o log não tem as versões {sorted(missing)}")
    if extra := [one for one, times in Counter(versions).items() if times > 1 or one > version]:
        verdict.doubled.append(f"{name}: o log repete as versões {extra}")


def _effects(verdict: Verdict, readings: Readings, listener: str, logs: dict[str, list[Told]], baseline: set[str]) -> None:
    """Each event once in each service that hears of it, those of one record in the order of their versions."""
    told = {event.id: event for log in logs.values() for event in log if event.id not in baseline}
    effects = [pk for pk in readings.effects(listener) if pk not in baseline]
    verdict.deliveries += len(effects)
    due = {pk for pk, event in told.items() if _hears(listener, event)}
    verdict.lost += [f"{listener} não tratou {told[pk].tipo} {pk}" for pk in sorted(due - set(effects))]
    verdict.doubled += [f"{listener} tratou {times}x o evento {pk}" for pk, times in Counter(effects).items() if times > 1]
    verdict.doubled += [f"{listener} tratou {pk}, que ninguém contou" for pk in sorted(set(effects) - told.keys())]
    reached: dict[str, int] = {}
    for pk in dict.fromkeys(effects):
        if event := told.get(pk):
            if event.version < reached.get(event.record, 0):
                verdict.disordered.append(f"{listener}: {event.tipo} {event.record} v{event.version} depois da v{reached[event.record]}")
            reached[event.record] = max(event.version, reached.get(event.record, 0))


def _hears(listener: str, event: Told) -> bool:
    if listener == "automacao":
        return True
    return listener in EARS.get(event.agregado, ()) and event.tipo.split(".")[2].startswith(COPIED)


def _copies(verdict: Verdict, ledger: Ledger, readings: Readings, listener: str) -> None:
    """Names that lists show are those that the records have."""
    copies = readings.references(listener)
    for kind, (*_, agregado) in PLACES.items():
        if listener not in EARS.get(agregado, ()):
            continue
        for entry in ledger.of(kind):
            nome, estado, versao = copies.get(entry.id, ("", "", 0))
            expected = next(iter(entry.values.values()))
            if nome != expected or (estado == "excluida") != entry.deleted:
                verdict.lost.append(f"{listener}: cópia de {kind} {entry.id} é {nome!r} {estado} v{versao}, devia ser {expected!r}")


def _tasks(verdict: Verdict, ledger: Ledger, readings: Readings) -> None:
    """The flow made one task for each client that asked for it."""
    titles = [value for _, value, _ in readings.records("tarefas", "tarefas_tarefa", "titulo").values()]
    made = Counter(title for title in titles if SAGA not in title and not title.startswith(OTHERS))
    verdict.tasks = sum(made.values())
    wanted = {f"Caos: {entry.first_name}" for entry in ledger.of("cliente") if entry.starts_flow}
    verdict.lost += [f"falta a tarefa {titulo!r}" for titulo in sorted(wanted - made.keys())]
    verdict.doubled += [f"{times} tarefas {titulo!r}" for titulo, times in made.items() if times > 1 or titulo not in wanted]
    failed = readings.count("automacao", "automacao_execucao", "estado = 'falhou'")
    verdict.lost += [f"{failed} execuções falharam"] if failed else []


def _sagas(verdict: Verdict, ledger: Ledger, readings: Readings) -> None:
    """Complete, with one of each of what it makes, or nothing left behind."""
    states = dict(readings.conversions())
    kept = {
        "empresa": _alive(readings, "empresas", "empresas_empresa", "nome_fantasia"),
        "oportunidade": _alive(readings, "vendas", "vendas_oportunidade", "titulo"),
        "tarefa": _alive(readings, "tarefas", "tarefas_tarefa", "replace(titulo, 'Dar seguimento: ', '')"),
    }
    for pk, name in ledger.sagas.items():
        wanted = {"concluida": 1, "compensada": 0}.get(states.get(pk, ""))
        if wanted is None:
            verdict.lost.append(f"saga {pk} está {states.get(pk, 'perdida')}")
            continue
        for kind, found in kept.items():
            if found[name] != wanted:
                (verdict.lost if found[name] < wanted else verdict.doubled).append(f"saga {pk} {states[pk]}: {found[name]} {kind} {name!r}")
    verdict.doubled += [f"saga {pk} que ninguém confirmou" for pk in sorted(states.keys() - ledger.sagas.keys())]
    verdict.sagas = Counter(states.values())


def _alive(readings: Readings, service: str, table: str, column: str) -> Counter[str]:
    return Counter(value for _, value, deleted in readings.records(service, table, column).values() if not deleted)
