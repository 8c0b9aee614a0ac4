"""Who controls whom."""

from uuid import uuid4

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def criar(api):
    def _criar(nome, controladora=None):
        return api().post("/empresas", {"nome_fantasia": nome, "controladora_id": controladora and controladora["id"]}).json()

    return _criar


def test_a_group_is_listed_by_its_head(api, criar):
    acme = criar("Acme")
    bluth = criar("Bluth", acme)
    assert (bluth["controladora_id"], bluth["controladora_nome"]) == (acme["id"], "Acme")
    [row] = api().get("/empresas", {"controladora_id": acme["id"]}).json()["resultados"]
    assert (row["id"], row["controladora_nome"]) == (bluth["id"], "Acme")


def test_its_event_names_the_head(criar, published):
    acme = criar("Acme")
    criar("Bluth", acme)
    assert published()[-1].dados["controladora_id"] == acme["id"]


@pytest.mark.parametrize("quem", ["a", "b", "c"])
def test_a_circle_of_any_length_is_refused(api, criar, quem):
    a = criar("A")
    b = criar("B", a)
    c = criar("C", b)
    alvo = {"a": a, "b": b, "c": c}[quem]
    problem = assert_problem(api().patch(f"/empresas/{a['id']}", {"controladora_id": alvo["id"]}), 422)
    assert problem["codigo"] == "controle_circular"


def test_a_circle_over_a_deleted_company_is_refused_too(api, criar):
    a = criar("A")
    b = criar("B", a)
    c = criar("C", b)
    api().delete(f"/empresas/{b['id']}")
    assert_problem(api().patch(f"/empresas/{a['id']}", {"controladora_id": c["id"]}), 422)


def test_a_company_may_move_within_its_group_and_leave_it(api, criar):
    a = criar("A")
    b = criar("B", a)
    c = criar("C", b)
    assert api().patch(f"/empresas/{c['id']}", {"controladora_id": a["id"]}).status_code == 200
    assert api().patch(f"/empresas/{c['id']}", {"controladora_id": None}).json()["controladora_nome"] is None


def test_an_unknown_deleted_or_unseen_head_is_refused(api, criar, carla):
    excluida, alheia = criar("Excluída"), criar("Alheia")
    api().delete(f"/empresas/{excluida['id']}")
    for client, pk in ((api(), str(uuid4())), (api(), excluida["id"]), (api(como=carla, vis="proprio"), alheia["id"])):
        problem = assert_problem(client.post("/empresas", {"nome_fantasia": "X", "controladora_id": pk}), 400)
        assert problem["codigo"] == "inexistente"


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_cannot_close_a_circle(ator):
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    from django.db import connection

    from crm_shared.errors import DomainError
    from empresas import services
    from empresas.models import Empresa

    a, b = (services.criar_empresa(ator=ator, dados={"nome_fantasia": nome}) for nome in "AB")
    together = Barrier(2)

    def controlar(par):
        together.wait()
        try:
            services.atualizar_empresa(ator=ator, pk=par[0].pk, dados={"controladora_id": par[1].pk})
        except DomainError as refused:
            return refused.codigo
        finally:
            connection.close()
        return "ok"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(controlar, [(a, b), (b, a)])) == ["controle_circular", "ok"]
    assert Empresa.objects.filter(controladora__isnull=False).count() == 1
