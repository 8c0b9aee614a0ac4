"""When a worker takes itself for deaf, and when it does not."""

import pytest

from crm_shared.jobs.deafness import DEAF_AFTER, Hearing


class Relogio:
    agora = 0.0

    def __call__(self):
        return self.agora


@pytest.fixture
def relogio():
    return Relogio()


@pytest.fixture
def hearing(relogio):
    return Hearing(relogio)


def look(hearing, relogio, waiting, seconds=DEAF_AFTER + 10, step=10):
    """Look every `step` seconds, as the watch does; tells whether any look found it deaf."""
    found = False
    for _ in range(int(seconds / step)):
        relogio.agora += step
        found = hearing.is_deaf(waiting) or found
    return found


def test_messages_that_nobody_takes_make_it_deaf(hearing, relogio):
    assert not look(hearing, relogio, waiting=1, seconds=DEAF_AFTER)
    assert look(hearing, relogio, waiting=1, seconds=20)


def test_an_empty_queue_never_does(hearing, relogio):
    assert not look(hearing, relogio, waiting=0, seconds=3600)
    assert not look(hearing, relogio, waiting=1, seconds=DEAF_AFTER)


def test_a_long_task_in_hand_never_does(hearing, relogio):
    hearing.took()
    assert not look(hearing, relogio, waiting=5, seconds=600)
    hearing.finished()
    assert look(hearing, relogio, waiting=5)


def test_taking_messages_keeps_it_alive(hearing, relogio):
    for _ in range(20):
        assert not look(hearing, relogio, waiting=9, seconds=DEAF_AFTER - 5)
        hearing.took()
        hearing.finished()
