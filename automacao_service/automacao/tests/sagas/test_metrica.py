"""What an alert about a saga that stands still is made of."""

from datetime import timedelta

import pytest
from django.utils import timezone

from automacao.models import Saga
from crm_shared.observability import gauges

pytestmark = pytest.mark.django_db


def parada() -> float:
    [metric] = [metric for metric in gauges._jobs() if metric.name == "crm_job_stalled_seconds"]
    [sample] = metric.samples
    assert sample.labels == {"tarefa": "saga"}
    return sample.value


def test_tells_for_how_long_the_slowest_has_stood_still(iniciar, servicos):
    assert parada() == 0
    saga = iniciar()
    Saga.objects.filter(pk=saga.pk).update(progresso_em=timezone.now() - timedelta(minutes=20))
    assert 1200 <= parada() < 1300
    Saga.objects.filter(pk=saga.pk).update(estado="concluida")
    assert parada() == 0
