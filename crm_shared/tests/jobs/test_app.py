"""The queue's settings, which were learnt from real kills, and what a message carries."""

import pytest
from django.db import OperationalError as StoreIsOut
from kombu.exceptions import OperationalError

from crm_shared.jobs import app as jobs
from crm_shared.jobs.app import celery_app, send
from crm_shared.observability.context import current, working_as


@pytest.fixture
def app(settings):
    settings.QUEUE_URL = "memory://"
    return celery_app("exemplo")


def test_a_killed_workers_task_comes_back_soon_and_only_once(app):
    conf, options = app.conf, app.conf.broker_transport_options
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (10, 1)
    assert conf.task_time_limit < options["visibility_timeout"]


def test_nothing_but_json_is_read(app):
    assert (app.conf.accept_content, app.conf.task_serializer, app.conf.task_ignore_result) == (["json"], "json", True)


def test_a_message_carries_its_arguments_and_the_context(app):
    with working_as(rastro="ab" * 16, causa="evento-1"):
        assert send(app, "exemplo.fazer", "id-7")
    with app.connection_for_read() as connection:
        message = connection.SimpleQueue("exemplo").get(block=False)
        message.ack()
    assert (message.headers["rastro"], message.headers["causa"]) == ("ab" * 16, "evento-1")
    assert message.payload[0] == ["id-7"]


@pytest.mark.django_db  # a task renews connections, also one that an earlier test left open
def test_a_task_runs_under_the_context_of_its_message(app):
    seen = []

    @app.task(name="exemplo.ver", bind=True)
    def ver(task):
        seen.append(current())

    ver.push_request(headers={"rastro": "cd" * 16, "causa": "evento-2"})
    try:
        ver()
    finally:
        ver.pop_request()
    [context] = seen
    assert (context.rastro, context.causa, context.ator) == ("cd" * 16, "evento-2", "svc:exemplo")


@pytest.mark.django_db
def test_a_task_waits_for_its_store(app, monkeypatch):
    monkeypatch.setattr(jobs, "_LOOK_AGAIN", 0)
    outages = [StoreIsOut("fora"), StoreIsOut("fora")]

    @app.task(name="exemplo.ver")
    def ver():
        if outages:
            raise outages.pop()
        return "feito"

    assert ver() == "feito"


@pytest.mark.django_db
def test_a_task_gives_up_on_a_store_that_stays_out_and_on_other_errors_at_once(app, monkeypatch):
    monkeypatch.setattr(jobs, "_LOOK_AGAIN", 0)
    tries = []

    @app.task(name="exemplo.falhar")
    def falhar(error):
        tries.append(error)
        raise error

    with pytest.raises(ZeroDivisionError):
        falhar(ZeroDivisionError())
    assert len(tries) == 1
    monkeypatch.setattr(jobs, "OUTAGE", 0.01)
    with pytest.raises(StoreIsOut):
        falhar(StoreIsOut("fora"))


def test_a_queue_that_is_out_is_no_error(app, monkeypatch):
    def fora(*_args, **_kwargs):
        raise OperationalError("fora")

    monkeypatch.setattr(app, "send_task", fora)
    assert not send(app, "exemplo.fazer", "id-7")
