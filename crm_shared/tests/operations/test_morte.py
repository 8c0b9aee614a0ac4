"""The real loop in a process of its own, killed in the middle of a `lote` and of its undoing: the next one goes on, nothing is doubled."""

from collections import Counter

import pytest
from projeto.exemplo.models import Coisa
from projeto.processos import ON_POSTGRESQL, ended, killed, process  # noqa: F401  a fixture

from crm_shared.events.models import Evento
from crm_shared.operations.models import Operacao

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600), ON_POSTGRESQL]
ITEMS = 250


def test_killed_in_the_middle(api, process, monkeypatch):  # noqa: F811
    monkeypatch.setattr("crm_shared.api.bulk.mixin.SYNCHRONOUS", 3)
    client = api()
    items = [{"nome": f"n{number}"} for number in range(ITEMS)]
    where = client.post("/exemplo/lote", {"operacao": "criar", "itens": items})["Location"]
    killed(process(held_at=2))
    assert (Operacao.objects.get().feitos, Coisa.objects.count(), Evento.objects.count()) == (100, 100, 100)
    second = process(held_at=4)  # two portions remain, then those of undoing
    ended("concluida")
    assert sorted(Coisa.objects.values_list("nome", flat=True)) == sorted(item["nome"] for item in items)
    assert Evento.objects.count() == ITEMS
    assert list(Operacao.objects.get().itens.order_by("indice").values_list("indice", flat=True)) == list(range(ITEMS))

    client.post(f"{where}/desfazer")
    killed(second)
    assert Operacao.objects.get().desfeitos == 100
    process(held_at=0)
    ended("desfeita")
    assert Operacao.objects.get().desfeitos == ITEMS
    assert not Coisa.objects.filter(excluido_em=None).exists()
    assert Counter(evento.tipo.split(".")[2] for evento in Evento.objects.all()) == {"criada": ITEMS, "excluida": ITEMS}
