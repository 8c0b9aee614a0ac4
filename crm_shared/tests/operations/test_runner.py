"""Operations are worked off in portions, by turns, once, whatever dies in between."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.utils import timezone
from projeto.exemplo.models import Coisa
from redis.exceptions import ConnectionError as RedisConnectionError

from crm_shared.events.models import Evento
from crm_shared.operations import runner, services
from crm_shared.operations.models import ItemOperacao, Operacao
from crm_shared.records.references import USUARIO, learn

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """As kill -9: nothing of ours handles it."""


@pytest.fixture
def comecar(ator):
    def start(**parametros):
        return services.start(ator=ator, tipo="contagem", recurso="exemplo", parametros=parametros)

    return start


def nomes():
    return sorted(Coisa.objects.values_list("nome", flat=True), key=int)


def test_it_runs_to_its_end(comecar, ate_o_fim):
    operacao = comecar(ate=5)
    ate_o_fim()
    operacao.refresh_from_db()
    assert (operacao.estado, operacao.total, operacao.feitos, operacao.erros) == ("concluida", 5, 5, 0)
    assert operacao.resultado == {"ultimo": 4}
    assert operacao.iniciado_em < operacao.encerrado_em < operacao.desfazer_ate
    assert nomes() == list("01234")
    assert [item.indice for item in operacao.itens.order_by("indice")] == [0, 1, 2, 3, 4]


def test_its_events_are_those_of_who_asked(comecar, ate_o_fim, ator):
    operacao = comecar(ate=1)
    ate_o_fim()
    evento = Evento.objects.get()
    assert (evento.ator, evento.rastro) == (ator.sub, operacao.rastro)


def test_a_refused_item_leaves_nothing_and_the_others_stand(comecar, ate_o_fim):
    operacao = comecar(ate=6, porcao=4, recusar=[1, 2, 5])
    ate_o_fim()
    operacao.refresh_from_db()
    assert (operacao.estado, operacao.feitos, operacao.erros) == ("concluida", 6, 3)
    assert nomes() == list("034")
    assert Evento.objects.count() == 3
    refused = operacao.itens.get(indice=1)
    assert (refused.status, refused.erros) == (400, [{"campo": "nome", "codigo": "invalido", "mensagem": "recusado"}])


def test_a_long_one_lets_the_others_have_their_turn(comecar, turno):
    long, short = comecar(ate=100), comecar(ate=2)
    turno()
    turno()
    assert [Operacao.objects.get(pk=item.pk).estado for item in (long, short)] == ["executando", "concluida"]


@pytest.mark.parametrize("point", ["operacao.antes_do_commit", "operacao.entre_porcoes"])
def test_killed_it_goes_on_and_does_nothing_twice(point, comecar, turno, ate_o_fim, monkeypatch):
    operacao = comecar(ate=5)
    turno()

    def die(name):
        if name == point:
            raise Killed

    monkeypatch.setattr(runner, "point", die)
    with pytest.raises(Killed):
        turno()
    monkeypatch.undo()
    assert runner.next_one() is None, "the dead one's lease holds"
    Operacao.objects.update(arrendada_ate=timezone.now() - timedelta(seconds=1))
    ate_o_fim()
    operacao.refresh_from_db()
    assert (operacao.estado, operacao.feitos, nomes()) == ("concluida", 5, list("01234"))
    assert ItemOperacao.objects.count() == Evento.objects.count() == 5


def test_who_slept_through_the_lease_writes_nothing(comecar):
    comecar(ate=4)
    sleeper = runner.next_one()
    Operacao.objects.update(arrendada_ate=timezone.now() - timedelta(seconds=1))
    runner.take_back(Operacao)
    assert runner.next_one() is not None
    with pytest.raises(runner.Lost):
        runner.step(sleeper, runner.kind_of(sleeper))
    assert nomes() == []


def test_cancelled_between_portions(comecar, turno, ate_o_fim):
    operacao = comecar(ate=10)
    turno()
    services.cancel(pk=operacao.pk)
    ate_o_fim()
    operacao.refresh_from_db()
    assert (operacao.estado, operacao.feitos, nomes()) == ("cancelada", 2, ["0", "1"])


def test_an_error_of_ours_is_tried_again_and_given_up(comecar, turno):
    operacao = comecar(ate=1, veneno=True)
    for _ in range(runner._ATTEMPTS):
        Operacao.objects.update(proxima_em=timezone.now())
        turno()
    operacao.refresh_from_db()
    assert (operacao.estado, operacao.motivo) == ("falhou", runner._BROKEN)


def test_one_that_takes_its_process_down_is_given_up(comecar, ate_o_fim):
    operacao = comecar(ate=1)
    Operacao.objects.update(tentativas=runner._DEATHS)
    ate_o_fim()
    operacao.refresh_from_db()
    assert (operacao.estado, nomes()) == ("falhou", [])


def test_deaths_that_have_other_causes_do_not_end_it(comecar, ate_o_fim):
    operacao = comecar(ate=1)
    Operacao.objects.update(tentativas=runner._ATTEMPTS + 1)
    ate_o_fim()
    operacao.refresh_from_db()
    assert operacao.estado == "concluida"


def test_outages_count_for_nothing(comecar, ate_o_fim, monkeypatch):
    operacao = comecar(ate=1)
    with monkeypatch.context() as fora:
        fora.setattr(runner, "step", Mock(side_effect=RedisConnectionError("the bus is out")))
        for _ in range(runner._DEATHS + 1):
            with pytest.raises(RedisConnectionError):
                ate_o_fim()
    ate_o_fim()
    operacao.refresh_from_db()
    assert operacao.estado == "concluida"


def test_a_refusal_of_the_whole_says_why(comecar, ate_o_fim):
    operacao = comecar(ate=1, negar=True)
    ate_o_fim()
    operacao.refresh_from_db()
    assert (operacao.estado, operacao.motivo) == ("falhou", "Você não tem permissão para esta ação.")


def test_a_kind_that_is_no_more_fails(ator, ate_o_fim):
    operacao = services.start(ator=ator, tipo="de_outra_versao", recurso="exemplo", parametros={})
    ate_o_fim()
    operacao.refresh_from_db()
    assert operacao.estado == "falhou"


def test_who_was_deactivated_meanwhile_does_nothing_more(comecar, turno, ate_o_fim, ana):
    operacao = comecar(ate=4)
    turno()
    learn(USUARIO, ana.id, versao=9, nome="Ana", dados={"ativo": False})
    ate_o_fim()
    operacao.refresh_from_db()
    assert (operacao.estado, operacao.motivo, nomes()) == ("falhou", runner._GONE, ["0", "1"])


def test_undone_from_its_end(comecar, ate_o_fim, ator, monkeypatch):
    monkeypatch.setattr(runner, "_UNDONE_AT_ONCE", 2)
    operacao = comecar(ate=5, recusar=[1])
    ate_o_fim()
    services.undo(ator=ator, pk=operacao.pk)
    ate_o_fim()
    operacao.refresh_from_db()
    assert (operacao.estado, operacao.desfeitos, operacao.desfazer_ate) == ("desfeita", 4, None)
    assert not Coisa.objects.filter(excluido_em__isnull=True).exists()
    assert set(operacao.itens.filter(status=201).values_list("desfeito", flat=True)) == {"sim"}


def test_undoing_tells_what_it_could_not(comecar, ate_o_fim, ator):
    operacao = comecar(ate=3)
    ate_o_fim()
    Coisa.objects.filter(nome="1").update(excluido_em=timezone.now())
    services.undo(ator=ator, pk=operacao.pk)
    ate_o_fim()
    operacao.refresh_from_db()
    assert (operacao.estado, operacao.desfeitos) == ("desfeita", 2)
    assert operacao.itens.get(indice=1).desfeito == "nao_encontrado"


def test_what_undoing_needs_is_forgotten_in_time(comecar, ate_o_fim):
    operacao = comecar(ate=3)
    ate_o_fim()
    services.forget_old()
    assert ItemOperacao.objects.count() == 3
    Operacao.objects.update(encerrado_em=timezone.now() - services.UNDOABLE_FOR - timedelta(hours=1))
    services.forget_old()
    operacao.refresh_from_db()
    assert (ItemOperacao.objects.count(), operacao.desfazer_ate) == (0, None)
    Operacao.objects.update(encerrado_em=timezone.now() - services.KEPT_FOR - timedelta(hours=1))
    services.forget_old()
    assert not Operacao.objects.exists()
