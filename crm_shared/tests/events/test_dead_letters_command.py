"""`manage.py cartas_mortas`: what was given up is shown, and tried again when asked."""

import pytest
from django.core.management import call_command

from crm_shared.events.consume import park_unreadable
from crm_shared.events.contracts import clientes
from crm_shared.events.models import CartaMorta

pytestmark = pytest.mark.django_db
REPETINDO, MORTA = CartaMorta.Estado.REPETINDO, CartaMorta.Estado.MORTA


@pytest.fixture
def letters():
    for evento_id in ("um", "dois"):
        CartaMorta.objects.create(
            evento_id=evento_id, tipo=clientes.ClienteCriado.TIPO, mensagem={}, estado=MORTA, tentativas=8, erro="ValueError('x')"
        )
    park_unreadable(b"{", ValueError("y"))


def states():
    return {letter.evento_id[:8]: (letter.estado, letter.tentativas) for letter in CartaMorta.objects.all()}


def test_shows_what_and_why(letters, capsys):
    call_command("cartas_mortas")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [["um", clientes.ClienteCriado.TIPO], ["dois", clientes.ClienteCriado.TIPO]]
    assert "(ilegível)" in lines[2]
    assert all("ValueError" in line for line in lines)


def test_one_is_tried_again(letters):
    call_command("cartas_mortas", "--repetir", "um")
    assert states() == {"um": (REPETINDO, 0), "dois": (MORTA, 8), "ilegivel": (MORTA, 0)}


def test_all_that_can_be_read_are(letters, capsys):
    call_command("cartas_mortas", "--repetir", "todas")
    assert states() == {"um": (REPETINDO, 0), "dois": (REPETINDO, 0), "ilegivel": (MORTA, 0)}
    assert capsys.readouterr().out.startswith("2 ")
