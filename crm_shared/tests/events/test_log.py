"""The event log: never an event without its change, nor a change without its event."""

from decimal import Decimal

import pytest
from django.db.transaction import TransactionManagementError
from projeto.exemplo.models import Coisa
from projeto.exemplo.services import atualizar_coisa, criar_coisa, evento

from crm_shared.db import atomic
from crm_shared.events.contracts import empresas
from crm_shared.events.log import Change, changed_since, envelope, plain, record
from crm_shared.events.models import Evento


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_refused():
    with pytest.raises(TransactionManagementError):
        record(evento(Coisa(nome="a"), empresas.EmpresaCriada), Coisa(nome="a"))


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_change_leaves_no_event(ator):
    @atomic
    def half() -> None:
        criar_coisa(ator=ator, dados={"nome": "a"})
        raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert (Coisa.objects.count(), Evento.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_versions_of_a_record_count_up_in_its_events(ator):
    coisa = criar_coisa(ator=ator, dados={"nome": "a"})
    for nome in ("b", "c"):
        atualizar_coisa(ator=ator, pk=coisa.pk, dados={"nome": nome})
    assert list(Evento.objects.order_by("id").values_list("versao", flat=True)) == [1, 2, 3]


@pytest.mark.django_db
def test_original_values_since_a_version_are_read_from_the_log(ator):
    coisa = criar_coisa(ator=ator, dados={"nome": "a", "valor": Decimal("0.00")})
    for dados in ({"nome": "b"}, {"nome": "c", "valor": 1}):
        atualizar_coisa(ator=ator, pk=coisa.pk, dados=dados)
    assert changed_since(coisa, 1) == {"nome": "a", "valor": "0.00"}
    assert changed_since(coisa, 2) == {"nome": "b", "valor": "0.00"}
    Evento.objects.all().delete()
    assert changed_since(coisa, 2) is None


@pytest.mark.django_db
def test_a_stale_change_is_refused_when_nothing_tells_what_changed_since(api):
    client = api()
    coisa = client.post("/exemplo", {"nome": "a"}).json()
    client.patch(f"/exemplo/{coisa['id']}", {"nome": "b"})
    Evento.objects.all().delete()
    assert client.patch(f"/exemplo/{coisa['id']}", {"valor": "1.00"}, headers={"If-Match": '"v1"'}).status_code == 412


@pytest.mark.django_db
def test_the_envelope_is_a_cloudevent(ator):
    criar_coisa(ator=ator, dados={"nome": "a"})
    message = envelope(Evento.objects.get())
    assert (message["specversion"], message["type"], message["source"]) == ("1.0", "empresas.empresa.criada.v1", "/exemplo")
    assert message["ator"] == "sistema"
    assert len(message["rastro"]) == 32


def test_a_change_keeps_what_json_can_hold():
    assert plain({"a": [None, True, 1]}) == {"a": [None, True, 1]}
    assert Change("x", None, plain(True)).para is True
