"""The records of other services that a task is about."""

from uuid import UUID, uuid4

import pytest

from crm_shared.events.contracts import clientes, empresas, vendas
from crm_shared.events.models import MensagemRecebida
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db

JOAO, ACME, NEGOCIO = (str(UUID(int=numero)) for numero in (1, 2, 3))


def cliente(nome, evento=clientes.ClienteAtualizado):
    return evento(nome=nome, cpf="", email="", telefone="", ciclo_vida="lead", origem="site", responsavel_id=None, equipe_id=None)


def empresa(nome, evento=empresas.EmpresaAtualizada):
    return evento(
        nome=nome, razao_social=nome, nome_fantasia="", cnpj="", segmento="", ciclo_vida="lead", responsavel_id=None, equipe_id=None
    )


def oportunidade(titulo):
    nenhum = dict.fromkeys(("empresa_id", "responsavel_id", "equipe_id", "fechamento_previsto", "fechada_em", "motivo_perda_id"))
    textos = {"codigo": "OP-2026-00001", "status": "aberta", "etapa_nome": "", "valor": "1.00", "moeda": "BRL", "origem": ""}
    return vendas.OportunidadeCriada(titulo=titulo, funil_id=str(uuid4()), etapa_id=str(uuid4()), **textos, **nenhum)


@pytest.fixture
def vinculada(api, nova):
    vinculos = [{"recurso": "empresas.empresa", "id": ACME}, {"recurso": "clientes.cliente", "id": JOAO}]
    return api().post("/tarefas", {**nova, "vinculos": vinculos}).json()


def nomes(api, tarefa):
    return {item["recurso"]: item["nome"] for item in api().get(f"/tarefas/{tarefa['id']}").json()["vinculos"]}


def test_unknown_records_are_taken_at_their_word(vinculada, published):
    assert vinculada["vinculos"] == [
        {"recurso": "clientes.cliente", "id": JOAO, "nome": "", "estado": "pendente"},
        {"recurso": "empresas.empresa", "id": ACME, "nome": "", "estado": "pendente"},
    ]
    assert published()[-1].dados["vinculos"] == [{"recurso": "clientes.cliente", "id": JOAO}, {"recurso": "empresas.empresa", "id": ACME}]


def test_names_follow_by_events_into_list_and_detail(api, vinculada, deliver):
    deliver(cliente("João"), JOAO, versao=1)
    deliver(empresa("Acme"), ACME, versao=1)
    deliver(empresa("Acme S.A."), ACME, versao=2)
    [row] = api().get("/tarefas").json()["resultados"]
    assert [item["nome"] for item in row["vinculos"]] == ["João", "Acme S.A."]
    assert nomes(api, vinculada) == {"clientes.cliente": "João", "empresas.empresa": "Acme S.A."}


def test_a_deal_is_named_by_its_title(api, nova, deliver):
    deliver(oportunidade("100 licenças"), NEGOCIO)
    tarefa = api().post("/tarefas", {**nova, "vinculos": [{"recurso": "vendas.oportunidade", "id": NEGOCIO}]}).json()
    assert nomes(api, tarefa) == {"vendas.oportunidade": "100 licenças"}


def test_an_older_event_that_arrives_late_changes_nothing(api, vinculada, deliver):
    deliver(cliente("João Souza"), JOAO, versao=2)
    deliver(cliente("João"), JOAO, versao=1)
    assert nomes(api, vinculada)["clientes.cliente"] == "João Souza"


def test_the_same_event_twice_takes_effect_once(vinculada, deliver):
    identifier = uuid4()
    for _ in range(2):
        deliver(cliente("João"), JOAO, id=identifier)
    assert MensagemRecebida.objects.filter(pk=identifier).count() == 1


def test_a_deleted_record_stays_named_and_marked(api, vinculada, deliver):
    deliver(cliente("João", clientes.ClienteExcluido), JOAO, versao=3)
    [joao, _acme] = api().get(f"/tarefas/{vinculada['id']}").json()["vinculos"]
    assert (joao["nome"], joao["estado"]) == ("João", "excluida")


def test_a_known_record_of_another_kind_is_refused(api, nova, deliver):
    deliver(cliente("João"), JOAO)
    problem = assert_problem(api().post("/tarefas", {**nova, "vinculos": [{"recurso": "empresas.empresa", "id": JOAO}]}), 400)
    assert problem["codigo"] == "recurso_divergente"


def test_patch_replaces_them_all(api, vinculada, published):
    address = f"/tarefas/{vinculada['id']}"
    novos = [{"recurso": "clientes.cliente", "id": JOAO}, {"recurso": "vendas.oportunidade", "id": NEGOCIO}]
    body = api().patch(address, {"vinculos": [*novos, novos[0]]}).json()
    assert [item["id"] for item in body["vinculos"]] == [JOAO, NEGOCIO]
    [mudanca] = published()[-1].mudancas
    assert (mudanca["campo"], len(mudanca["de"]), mudanca["para"]) == ("vinculos", 2, novos)
    assert api().patch(address, {"vinculos": novos[::-1]})["ETag"] == '"v2"'
    assert api().patch(address, {"vinculos": []}).json()["vinculos"] == []


def test_two_people_s_changes_of_them_conflict(api, vinculada):
    address = f"/tarefas/{vinculada['id']}"
    api().patch(address, {"vinculos": []})
    novo = [{"recurso": "vendas.oportunidade", "id": NEGOCIO}]
    assert_problem(api().patch(address, {"vinculos": novo}, headers={"If-Match": '"v1"'}), 412)


def test_tasks_are_found_by_the_record(api, vinculada, tarefa):
    for registro, ids in ((JOAO, [vinculada["id"]]), (NEGOCIO, [])):
        assert [row["id"] for row in api().get("/tarefas", {"vinculo_id": registro}).json()["resultados"]] == ids


@pytest.mark.parametrize(
    ("vinculo", "campo"),
    [
        ({"recurso": "auth.usuario", "id": JOAO}, "vinculos.0.recurso"),
        ({"recurso": "clientes.cliente", "id": "1"}, "vinculos.0.id"),
        ({"recurso": "clientes.cliente"}, "vinculos.0.id"),
        ({"recurso": "clientes.cliente", "id": JOAO, "nome": "x"}, "vinculos.0.nome"),
        ("x", "vinculos.0"),
    ],
)
def test_bad_ones_are_refused(api, nova, vinculo, campo):
    problem = assert_problem(api().post("/tarefas", {**nova, "vinculos": [vinculo]}), 400)
    assert problem["erros"][0]["campo"] == campo


def test_there_is_a_limit(api, nova):
    vinculos = [{"recurso": "clientes.cliente", "id": str(uuid4())} for _ in range(51)]
    assert_problem(api().post("/tarefas", {**nova, "vinculos": vinculos}), 400)
