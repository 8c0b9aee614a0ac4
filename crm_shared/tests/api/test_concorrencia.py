"""Real threads on a real PostgreSQL: repeated keys, two writers, a lost deadlock."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from projeto.exemplo.models import Coisa
from projeto.exemplo.services import atualizar_coisa, criar_coisa

from crm_shared import db
from crm_shared.db import atomic
from crm_shared.events.models import Evento
from crm_shared.records import changes

pytestmark = pytest.mark.django_db(transaction=True)


def together(count, work):
    """Run `work(i)` in `count` threads that start at once; answers the results."""
    barrier = Barrier(count)

    def run(number):
        barrier.wait()
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_one_key_twenty_times_at_once_is_one_record(api, transactional_db):
    client = api()
    headers = {"Idempotency-Key": "um"}
    statuses = Counter(together(20, lambda _: client.post("/exemplo", {"nome": "a"}, headers=headers).status_code))
    assert set(statuses) <= {201, 409}
    assert statuses[201] >= 1
    assert (Coisa.objects.count(), Evento.objects.count()) == (1, 1)
    again = client.post("/exemplo", {"nome": "a"}, headers=headers)
    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")


def test_of_writers_with_the_same_version_one_wins_each_field(api):
    client = api()
    coisa = client.post("/exemplo", {"nome": "a"}).json()
    tag = {"If-Match": '"v1"'}
    statuses = Counter(together(8, lambda number: client.patch(f"/exemplo/{coisa['id']}", {"nome": str(number)}, headers=tag).status_code))
    assert statuses == {200: 1, 412: 7}


def test_no_update_is_lost_without_a_version(ator, monkeypatch):
    monkeypatch.setattr(db, "_PATIENCE", 60.0)  # on a busy machine eight in a row may lose each race for longer than callers wait
    coisa = criar_coisa(ator=ator, dados={"nome": "a"})
    together(8, lambda number: atualizar_coisa(ator=ator, pk=coisa.pk, dados={"valor": number + 1}))
    coisa.refresh_from_db()
    assert coisa.versao == 9
    assert sorted(Evento.objects.values_list("versao", flat=True)) == list(range(1, 10))


def test_a_lost_deadlock_is_run_again(ator):
    pks = [criar_coisa(ator=ator, dados={"nome": nome}).pk for nome in "ab"]
    barrier = Barrier(2, timeout=5)
    met = []

    @atomic
    def both(first, second):
        changes.touch(changes.lock(Coisa, first))
        if len(met) < 2:
            met.append(first)
            barrier.wait()
        changes.touch(changes.lock(Coisa, second))

    together(2, lambda number: both(pks[number], pks[1 - number]))
    assert set(Coisa.objects.values_list("versao", flat=True)) == {3}


def test_a_unique_value_taken_in_a_race_is_409_and_leaves_nothing(api):
    client = api()
    statuses = Counter(together(6, lambda _: client.post("/exemplo", {"nome": "mesmo"}).status_code))
    assert statuses == {201: 1, 409: 5}
    assert Evento.objects.count() == 1


def test_an_empty_if_match_was_meant_and_is_refused(api):
    feita = api().post("/exemplo", {"nome": "a"}).json()
    for method in ("patch", "delete"):
        resposta = getattr(api(), method)(f"/exemplo/{feita['id']}", {"nome": "b"}, headers={"If-Match": ""})
        assert resposta.status_code == 400
        assert resposta.json()["erros"][0]["campo"] == "If-Match"
