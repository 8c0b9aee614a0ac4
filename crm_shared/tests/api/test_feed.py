"""GET /<servico>/eventos: everything that was published, in order, once per reading, from where one stopped."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm_shared.events.models import Evento
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db
FEED = "/exemplo/eventos"


@pytest.fixture
def publish(api):
    """Make so many things, and mark their events as the relay does; the marks are in order, the ids need not be."""

    def make(count, after=0.0):
        start = timezone.now() + timedelta(seconds=after)
        waiting = Evento.objects.filter(publicado_em__isnull=True)
        for number in range(count):
            assert api().post("/exemplo", {"nome": f"{after} {number}"}).status_code == 201
        for number, event in enumerate(waiting.order_by("-id")):
            Evento.objects.filter(pk=event.pk).update(publicado_em=start + timedelta(milliseconds=number // 2))

    return make


def read(client, **parameters):
    answer = client.get(FEED, parameters)
    assert answer.status_code == 200, answer.content
    return answer.json()


def everything(client, quantos, apos=None):
    found = []
    while True:
        page = read(client, quantos=quantos, **({"apos": apos} if apos else {}))
        if not page["resultados"]:
            return found, page["proximo"]
        found += page["resultados"]
        apos = page["proximo"]


@pytest.mark.parametrize("quantos", [1, 2, 3, 100])
def test_each_event_once_in_order_of_publication(api, publish, quantos):
    publish(7)
    found, position = everything(api(), quantos)
    expected = Evento.objects.order_by("publicado_em", "id").values_list("pk", flat=True)
    assert [event["id"] for event in found] == [str(pk) for pk in expected]
    publish(2, after=60)
    later, _ = everything(api(), quantos, position)
    assert len(later) == 2


def test_what_is_not_published_yet_is_not_told(api, publish):
    publish(1)
    assert api().post("/exemplo", {"nome": "depois"}).status_code == 201
    assert len(everything(api(), 100)[0]) == 1


def test_the_position_stays_when_nothing_is_new(api, publish):
    assert read(api()) == {"resultados": [], "proximo": None}
    publish(1)
    position = read(api())["proximo"]
    assert read(api(), apos=position) == {"resultados": [], "proximo": position}


def test_they_are_cloudevents_and_personal_data_needs_its_scope(api, publish):
    publish(1)
    Evento.objects.update(pessoais={"nome": "Ana"})
    (event,) = read(api())["resultados"]
    assert (event["specversion"], event["source"], event["data"]["pessoais"]) == ("1.0", "/exemplo", {"nome": "Ana"})
    (event,) = read(api("eventos:ler"))["resultados"]
    assert event["data"]["pessoais"] == {}


def test_who_does_not_see_all_records_does_not_see_all_events(api):
    assert_problem(api("empresas:ler").get(FEED), 403)
    assert assert_problem(api(vis="equipe").get(FEED), 403)["codigo"] == "visibilidade_insuficiente"


@pytest.mark.parametrize(
    "query", ["apos=x", "apos=WyJhIl0", "apos=" + "A" * 3000, "tipos=nada", "quantos=0", "quantos=501", "quantos=²", "limite=1"]
)
def test_bad_parameters_are_refused(api, query):
    assert_problem(api().get(f"{FEED}?{query}"), 400)
