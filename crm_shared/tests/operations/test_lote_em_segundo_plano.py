"""A `lote` of many items, or of a selection, is an operation: followed, cancelled, killed, undone."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from projeto.exemplo.models import Coisa

from crm_shared.api.bulk import kind
from crm_shared.events.models import Evento
from crm_shared.operations import runner
from crm_shared.operations.models import Operacao
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db(transaction=True)
LOTE = "/exemplo/lote"


class Killed(BaseException):
    """As kill -9: nothing of ours handles it."""


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """An operation for more than three items, in portions of three."""
    monkeypatch.setattr("crm_shared.api.bulk.mixin.SYNCHRONOUS", 3)
    monkeypatch.setattr(kind, "at_once", lambda: 3)


@pytest.fixture
def coisas(api):
    answer = [api().post("/exemplo", {"nome": f"n{number}", "valor": f"{number}.00"}).json() for number in range(7)]
    Evento.objects.all().delete()
    return answer


def aceito(client, **corpo):
    answer = client.post(LOTE, corpo)
    assert answer.status_code == 202, answer.json()
    assert answer["Location"] == f"/exemplo/operacoes/{answer.json()['id']}"
    return answer["Location"]


def valores():
    return [int(coisa.valor) for coisa in Coisa.objects.order_by("nome")]


def test_many_items(api, ate_o_fim):
    client = api()
    where = aceito(client, operacao="criar", itens=[{"nome": f"n{number}" if number != 4 else ""} for number in range(8)])
    assert client.get(where).json()["estado"] == "na_fila"
    ate_o_fim()
    done = client.get(where).json()
    assert (done["estado"], done["total"], done["feitos"], done["erros"]) == ("concluida", 8, 8, 1)
    assert Coisa.objects.count() == Evento.objects.count() == 7
    [error] = client.get(f"{where}/erros").json()["resultados"]
    assert (error["indice"], error["status"], error["erros"][0]["codigo"]) == (4, 400, "em_branco")


def test_a_selection(api, coisas, ate_o_fim):
    client = api()
    where = aceito(client, operacao="atualizar", selecao={"q": "valor:>=2"}, valores={"valor": "1.00"})
    api().post("/exemplo", {"nome": "posterior", "valor": "50.00"})
    ate_o_fim()
    done = client.get(where).json()
    assert (done["estado"], done["total"], done["feitos"], done["erros"]) == ("concluida", 5, 5, 0)
    assert valores() == [0, 1, 1, 1, 1, 1, 1, 50]


def test_a_selection_by_filters(api, coisas, ate_o_fim):
    api().patch(f"/exemplo/{coisas[3]['id']}", {"prazo": "2026-12-01"})
    aceito(api(), operacao="excluir", selecao={"filtros": {"prazo": "2026-12-01"}})
    ate_o_fim()
    assert list(Coisa.objects.exclude(excluido_em=None).values_list("nome", flat=True)) == ["n3"]


def test_a_selection_has_only_what_its_author_sees(api, coisas, bruno, ate_o_fim):
    api(como=bruno).post("/exemplo", {"nome": "dele", "valor": "3.00"})
    aceito(api(como=bruno, vis="proprio"), operacao="excluir", selecao={"q": "valor:>=0"})
    ate_o_fim()
    assert list(Coisa.objects.exclude(excluido_em=None).values_list("nome", flat=True)) == ["dele"]


def test_rights_are_those_of_who_asked_on_the_records_as_they_are_then(api, coisas, bruno, turno, ate_o_fim):
    client = api(vis="proprio")
    where = aceito(client, operacao="atualizar", itens=[{"id": item["id"], "valor": "9.00"} for item in coisas])
    turno()
    api().post(LOTE, {"operacao": "atribuir", "itens": [{"id": coisas[5]["id"], "responsavel_id": str(bruno.id)}]})
    ate_o_fim()
    [error] = client.get(f"{where}/erros").json()["resultados"]
    assert (error["indice"], error["status"]) == (5, 404)
    assert valores() == [9, 9, 9, 9, 9, 5, 9]


@pytest.mark.parametrize("point", ["operacao.antes_do_commit", "operacao.entre_porcoes"])
@pytest.mark.parametrize("portion", [0, 1, 2])
def test_killed_nothing_is_doubled_or_lost(point, portion, api, turno, ate_o_fim, monkeypatch):
    client = api()
    where = aceito(client, operacao="criar", itens=[{"nome": f"n{number}"} for number in range(9)])
    for _ in range(portion):
        turno()

    def die(name):
        if name == point:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(runner, "point", die)
        with pytest.raises(Killed):
            turno()
    Operacao.objects.filter(arrendada_ate__isnull=False).update(arrendada_ate=timezone.now() - timedelta(seconds=1))
    ate_o_fim()
    assert client.get(where).json()["feitos"] == 9
    assert sorted(Coisa.objects.values_list("nome", flat=True)) == [f"n{number}" for number in range(9)]
    assert Evento.objects.count() == 9
    items = client.get(f"{where}/itens").json()["resultados"]
    assert all(b["indice"] == a["indice"] + 1 for a, b in pairwise(items))


def test_cancelled_in_between(api, turno, ate_o_fim):
    client = api()
    where = aceito(client, operacao="criar", itens=[{"nome": f"n{number}"} for number in range(9)])
    turno()
    assert client.post(f"{where}/cancelar").json()["estado"] == "cancelada"
    ate_o_fim()
    assert Coisa.objects.count() == 3
    client.post(f"{where}/desfazer")
    ate_o_fim()
    assert not Coisa.objects.filter(excluido_em=None).exists()


def desfeito(client, where, ate_o_fim):
    ate_o_fim()
    answer = client.post(f"{where}/desfazer")
    assert answer.status_code == 200, answer.json()
    ate_o_fim()
    assert client.get(where).json()["estado"] == "desfeita"
    return {item["indice"]: item["desfeito"] for item in client.get(f"{where}/itens").json()["resultados"]}


def test_undo_updates_but_not_over_what_others_changed(api, coisas, ate_o_fim):
    client = api()
    where = aceito(client, operacao="atualizar", itens=[{"id": item["id"], "valor": "90.00"} for item in coisas])
    ate_o_fim()
    client.patch(f"/exemplo/{coisas[1]['id']}", {"valor": "91.00"})  # the same field: theirs stays
    client.patch(f"/exemplo/{coisas[2]['id']}", {"prazo": "2026-12-01"})  # another one: both stand
    client.delete(f"/exemplo/{coisas[3]['id']}")
    told = desfeito(client, where, ate_o_fim)
    assert told == {0: "sim", 1: "alterado_depois", 2: "sim", 3: "nao_encontrado", 4: "sim", 5: "sim", 6: "sim"}
    assert valores() == [0, 91, 2, 90, 4, 5, 6]
    assert Coisa.objects.get(nome="n2").prazo is not None
    assert client.get(where).json()["desfeitos"] == 5
    assert Evento.objects.filter(agregado_id=coisas[0]["id"]).count() == 2  # each with an event of its own


def test_undo_of_what_was_the_same_already_does_nothing(api, coisas, ate_o_fim):
    client = api()
    where = aceito(client, operacao="atualizar", selecao={"q": "valor:>=0"}, valores={"valor": "3.00"})
    assert desfeito(client, where, ate_o_fim)[3] == ""
    assert valores() == [0, 1, 2, 3, 4, 5, 6]


def test_undo_creations(api, ate_o_fim):
    client = api()
    where = aceito(client, operacao="criar", itens=[{"nome": f"n{number}"} for number in range(5)])
    ate_o_fim()
    changed = Coisa.objects.get(nome="n1")
    client.patch(f"/exemplo/{changed.pk}", {"valor": "1.00"})
    assert desfeito(client, where, ate_o_fim)[1] == "alterado_depois"
    assert list(Coisa.objects.filter(excluido_em=None).values_list("nome", flat=True)) == ["n1"]


def test_undo_deletions_and_undeletions(api, coisas, ate_o_fim):
    client = api()
    ids = [{"id": item["id"]} for item in coisas]
    where = aceito(client, operacao="excluir", itens=ids)
    ate_o_fim()
    client.post(f"/exemplo/{coisas[0]['id']}/restaurar")
    assert desfeito(client, where, ate_o_fim)[0] == "alterado_depois"
    assert Coisa.objects.filter(excluido_em=None).count() == 7
    aceito(client, operacao="excluir", itens=ids)
    ate_o_fim()
    assert set(desfeito(client, aceito(client, operacao="restaurar", itens=ids), ate_o_fim).values()) == {"sim"}
    assert not Coisa.objects.filter(excluido_em=None).exists()


def test_undo_upserts_and_assignments(api, coisas, bruno, ate_o_fim):
    client = api()
    itens = [{"nome": "novo"}, *({"nome": item["nome"], "valor": "70.00"} for item in coisas[:4])]
    assert set(desfeito(client, aceito(client, operacao="upsert", chave="nome", itens=itens), ate_o_fim).values()) == {"sim"}
    assert valores()[:4] == [0, 1, 2, 3]
    assert Coisa.objects.exclude(excluido_em=None).get().nome == "novo"
    where = aceito(client, operacao="atribuir", selecao={"q": "valor:>=5"}, valores={"responsavel_id": str(bruno.id)})
    ate_o_fim()
    assert Coisa.objects.filter(responsavel_id=bruno.id).count() == 2
    desfeito(client, where, ate_o_fim)
    assert not Coisa.objects.filter(responsavel_id=bruno.id).exists()


def test_undo_tags(api, coisas, ate_o_fim):
    client = api()
    client.post("/exemplo/marcadores", {"nome": "frio"})
    client.post(f"/exemplo/{coisas[0]['id']}/marcadores", {"marcadores": ["frio"]})
    where = aceito(client, operacao="marcar", selecao={"q": "valor:<=2"}, valores={"marcadores": ["frio"]})
    ate_o_fim()
    assert Coisa.objects.filter(valor__lte=2).order_by("nome").last().marcadores == ["frio"]
    assert desfeito(client, where, ate_o_fim)[1] == "sim"
    assert [bool(coisa.marcadores) for coisa in Coisa.objects.order_by("nome")[:3]] == [True, False, False]


def test_undoing_asks_for_the_right_to_do_the_reverse(api, ate_o_fim):
    where = aceito(api(), operacao="criar", itens=[{"nome": f"n{number}"} for number in range(4)])
    ate_o_fim()
    answer = api("empresas:ler", "empresas:criar", "empresas:editar").post(f"{where}/desfazer")
    assert assert_problem(answer, 403)["codigo"] == "escopo_ausente"


def test_the_same_key_starts_one_operation(api, ate_o_fim):
    client, corpo = api(), {"operacao": "criar", "itens": [{"nome": f"n{number}"} for number in range(5)]}
    headers = {"Idempotency-Key": "um"}
    first, again = (client.post(LOTE, corpo, headers=headers) for _ in range(2))
    assert (again["Location"], again["Idempotency-Replayed"]) == (first["Location"], "true")
    ate_o_fim()
    assert (Operacao.objects.count(), Coisa.objects.count()) == (1, 5)
