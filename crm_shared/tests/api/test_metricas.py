"""GET /metrics: counted by templates, read from the stores, and there also when they are not."""

import pytest
import redis
from django.db import OperationalError
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.test import APIClient

from crm_shared.events.models import CartaMorta
from crm_shared.observability import gauges

pytestmark = pytest.mark.django_db


@pytest.fixture
def scrape(monkeypatch):
    """`scrape()` is what Prometheus would read: {(name, sorted labels): value}."""

    def scrape():
        monkeypatch.setattr(gauges, "_until", 0.0)
        answer = APIClient().get("/metrics")
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.content.decode())
        return {(item.name, *sorted(item.labels.items())): item.value for family in families for item in family.samples}

    return scrape


def value(found, name, **labels):
    return found[(name, *sorted(labels.items()))]


def requests(found, **labels):
    return found.get(("crm_http_requests_total", *sorted(labels.items())), 0)


def test_requests_are_counted_by_template_and_status(api, scrape):
    one = {"metodo": "GET", "rota": "/exemplo/<pk>", "status": "404"}
    none = {"metodo": "GET", "rota": "desconhecida", "status": "404"}
    before = scrape()
    for _ in range(2):
        api().get("/exemplo/018f0000-0000-7000-8000-0000000000ff")
    APIClient().get("/nada/52998224725")
    after = scrape()
    assert requests(after, **one) - requests(before, **one) == 2
    assert requests(after, **none) - requests(before, **none) == 1
    assert not [key for key in after if "018f0000" in str(key) or "52998224725" in str(key)]
    assert value(after, "crm_http_request_duration_seconds_count", metodo="GET", rota="/exemplo/<pk>") >= 2


def test_health_and_metrics_are_not_requests(scrape):
    APIClient().get("/saude/vivo")
    assert not [key for key in scrape() if "saude" in str(key) or "metrics" in str(key)]


def test_what_waits_is_read_from_the_store(api, scrape):
    before = scrape()
    assert api().post("/exemplo", {"nome": "Novo"}).status_code == 201
    CartaMorta.objects.create(evento_id="x", mensagem={}, estado=CartaMorta.Estado.MORTA)
    after = scrape()
    assert value(after, "crm_outbox_unpublished") == value(before, "crm_outbox_unpublished") + 1
    assert value(after, "crm_outbox_oldest_seconds") >= 0
    assert value(after, "crm_dead_letters", estado="morta") == value(before, "crm_dead_letters", estado="morta") + 1
    assert value(after, "crm_store_up", armazenamento="banco") == 1
    assert value(after, "crm_store_up", armazenamento="barramento") == 1


@pytest.mark.parametrize(
    ("place", "error", "out", "up"),
    [
        ("_outbox", OperationalError("fora"), "banco", "barramento"),
        ("_bus", redis.ConnectionError("fora"), "barramento", "banco"),
    ],
)
def test_a_store_that_is_out_fails_no_scrape(scrape, monkeypatch, place, error, out, up):
    def broken():
        raise error

    monkeypatch.setattr(gauges, place, broken)
    found = scrape()
    assert value(found, "crm_store_up", armazenamento=out) == 0
    assert value(found, "crm_store_up", armazenamento=up) == 1


def test_the_stores_are_asked_once_in_a_while(monkeypatch):
    readings = []
    monkeypatch.setattr(gauges, "_until", 0.0)
    monkeypatch.setattr(gauges, "_read", lambda: readings.append(1) or [])
    for _ in range(3):
        APIClient().get("/metrics")
    assert len(readings) == 1
