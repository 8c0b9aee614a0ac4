"""GET /<servico>/rastros/{rastro}: what one request led to here."""

import pytest
from django.utils import timezone

from crm_shared.api import traces
from crm_shared.events.consume import deliver, parse
from crm_shared.events.log import envelope
from crm_shared.events.models import CartaMorta, Evento, MensagemRecebida
from crm_shared.operations.models import Operacao
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db
RASTRO = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = {"HTTP_TRACEPARENT": f"00-{RASTRO}-00f067aa0ba902b7-01"}


def read(client, rastro=RASTRO):
    answer = client.get(f"/exemplo/rastros/{rastro}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_an_event_its_reception_operations_and_dead_letters_in_order_of_time(api):
    made = api().post("/exemplo", {"nome": "a"}, **PARENT).json()
    api().post("/exemplo", {"nome": "b"})
    event = Evento.objects.get(rastro=RASTRO)
    MensagemRecebida.objects.create(evento_id=event.pk, tipo=event.tipo, rastro=RASTRO)
    Operacao.objects.create(tipo="lote", recurso="exemplo", rastro=RASTRO, criado_por="ana")
    CartaMorta.objects.create(evento_id="e", tipo="x.y.z.v1", mensagem={"rastro": RASTRO}, estado=CartaMorta.Estado.MORTA)
    CartaMorta.objects.create(evento_id="f", tipo="x.y.z.v1", mensagem={"rastro": "0" * 32})
    shown = read(api())
    kinds = [(step["tipo"], step["nome"], step["situacao"], step["causa"]) for step in shown["passos"]]
    assert kinds == [
        ("evento", event.tipo, "na_fila", ""),
        ("recebido", event.tipo, "feito", str(event.pk)),
        ("operacao", "lote exemplo", "na_fila", ""),
        ("carta_morta", "x.y.z.v1", "morta", "e"),
    ]
    assert (shown["passos"][0]["registro_id"], shown["incompleto"]) == (made["id"], False)
    Evento.objects.update(publicado_em=timezone.now())
    assert read(api())["passos"][0]["situacao"] == "publicado"


def test_who_takes_an_event_keeps_its_trace(api):
    api().post("/exemplo", {"nome": "a"}, **PARENT)
    deliver(parse(envelope(Evento.objects.get())), lambda event: None)
    assert [step["tipo"] for step in read(api())["passos"]] == ["evento", "recebido"]


def test_nothing_is_known_of_another(api):
    assert read(api(), "0" * 32) == {"passos": [], "incompleto": False}


def test_the_first_of_many(api, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(traces, "LIMIT", 2)
    for name in "abc":
        api().post("/exemplo", {"nome": name}, **PARENT)
    with django_assert_num_queries(4):
        shown = read(api())
    assert (len(shown["passos"]), shown["incompleto"]) == (2, True)


@pytest.mark.parametrize("rastro", ["1", "g" * 32, RASTRO.upper(), RASTRO + "0"])
def test_what_is_no_trace(api, rastro):
    assert_problem(api().get(f"/exemplo/rastros/{rastro}"), 404)


def test_it_is_for_those_who_see_all_events(api):
    assert_problem(api("empresas:ler").get(f"/exemplo/rastros/{RASTRO}"), 403)
    assert_problem(api("eventos:ler", vis={"*": "equipe"}).get(f"/exemplo/rastros/{RASTRO}"), 403)
    assert_problem(api().get(f"/exemplo/rastros/{RASTRO}?outro=1"), 400)
