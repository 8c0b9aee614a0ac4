"""Real threads on a real MongoDB protocol: no row locks there, and yet nothing is lost, doubled or half-written."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from comunicacao import mensagens, services
from comunicacao.models import Conversa, Identidade, Mensagem
from comunicacao.numeracao import proximo_numero
from crm_shared.db import atomic
from crm_shared.events.leases import Lease
from crm_shared.events.models import Evento
from crm_shared.records.references import CLIENTE, Referencia, cite

pytestmark = pytest.mark.django_db(transaction=True)


def together(count, work):
    """Run `work(i)` in `count` threads that start at once; answers the results."""
    barrier = Barrier(count)

    def run(number):
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_of_two_writers_on_one_conversation_both_changes_stand(ator, conversa):
    campos = ({"assunto": "Novo"}, {"prioridade": "urgente"})
    together(2, lambda number: services.atualizar_conversa(ator=ator, pk=conversa["id"], dados=campos[number]))
    depois = Conversa.objects.get()
    assert (depois.assunto, depois.prioridade, depois.versao) == ("Novo", "urgente", 3)


def test_messages_that_arrive_at_once_are_all_counted(ator, conversa):
    def receive(number):
        dados = {"conversa_id": conversa["id"], "direcao": "entrada", "conteudo": str(number)}
        mensagens.registrar_mensagem(ator=ator, dados=dados)

    together(6, receive)
    depois = Conversa.objects.get()
    assert (depois.nao_lidas, depois.versao, Mensagem.objects.count()) == (6, 7, 6)
    versoes = Evento.objects.filter(agregado_id=depois.pk).values_list("versao", flat=True)
    assert sorted(versoes) == list(range(1, 8))


def test_of_writers_with_the_same_version_one_wins_each_field(api, conversa):
    client, tag = api(), {"If-Match": '"v1"'}
    url = f"/comunicacao/{conversa['id']}"
    statuses = Counter(together(5, lambda number: client.patch(url, {"assunto": str(number)}, headers=tag).status_code))
    assert statuses == {200: 1, 412: 4}


def test_a_send_that_was_clicked_twice_is_one_message(api, conversa):
    client, body = api(), {"direcao": "saida", "conteudo": "Olá", "id_cliente": "app-1"}
    answers = together(4, lambda _: client.post(f"/comunicacao/{conversa['id']}/mensagens", body))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == Mensagem.objects.count() == 1


def test_one_key_many_times_at_once_is_one_record(api, nova):
    client, headers = api(), {"Idempotency-Key": "um"}
    statuses = Counter(together(6, lambda _: client.post("/comunicacao", nova, headers=headers).status_code))
    assert set(statuses) <= {201, 409}
    assert (statuses[201] >= 1, Conversa.objects.count()) == (True, 1)


def test_an_identity_taken_in_a_race_is_409_and_leaves_nothing(api, nova_identidade):
    client = api()
    statuses = Counter(together(5, lambda _: client.post("/comunicacao/identidades", nova_identidade).status_code))
    assert statuses == {201: 1, 409: 4}
    assert (Identidade.objects.count(), Evento.objects.filter(agregado="comunicacao.identidade").count()) == (1, 1)


def test_no_number_is_given_twice(db):
    numeros = [numero for some in together(5, lambda _: [proximo_numero() for _ in range(8)]) for numero in some]
    assert len(set(numeros)) == 40


def test_an_unknown_id_cited_at_once_is_one_reference(db, ana):
    together(5, lambda _: atomic(cite)(CLIENTE, ana.id))
    assert Referencia.objects.filter(pk=ana.id).count() == 1


def test_a_lease_has_one_holder(db):
    leases = [Lease("teste") for _ in range(5)]
    for number, lease in enumerate(leases):
        lease.me = str(number)
    assert sum(together(5, lambda number: leases[number].hold())) == 1


def test_an_error_leaves_neither_record_nor_event(ator, nova):
    @atomic
    def half():
        services.criar_conversa(ator=ator, dados={"canal_id": nova["canal_id"]})
        raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert not Conversa.objects.exists()
    assert not Evento.objects.filter(agregado="comunicacao.conversa").exists()
