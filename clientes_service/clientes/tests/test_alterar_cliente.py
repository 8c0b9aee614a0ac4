"""Changing, deleting and restoring a person; what happens when two do it at once."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


def test_patch_changes_only_what_it_names(api, joao):
    response = api().patch(f"/clientes/{joao['id']}", {"nome": "João Souza"})
    assert (response.status_code, response["ETag"]) == (200, '"v2"')
    assert (response.json()["nome"], response.json()["cpf"]) == ("João Souza", joao["cpf"])


def test_put_resets_what_it_leaves_out(api, joao):
    body = api().put(f"/clientes/{joao['id']}", {"nome": "João"}).json()
    assert (body["cpf"], body["email"], body["meios"][0]["principal"]) == ("", "", False)
    assert body["responsavel_id"] == joao["responsavel_id"]


def test_the_same_values_again_change_nothing(api, joao, published):
    assert api().patch(f"/clientes/{joao['id']}", {"nome": joao["nome"]})["ETag"] == '"v1"'
    assert len(published()) == 1


def test_disjoint_changes_of_two_people_both_stand(api, joao):
    api().patch(f"/clientes/{joao['id']}", {"campanha": "natal"})
    response = api().patch(f"/clientes/{joao['id']}", {"nome": "João Souza"}, headers={"If-Match": '"v1"'})
    assert (response.status_code, response.json()["campanha"], response.json()["nome"]) == (200, "natal", "João Souza")


def test_the_same_field_of_two_people_is_a_conflict(api, joao):
    api().patch(f"/clientes/{joao['id']}", {"nome": "João Souza"})
    response = api().patch(f"/clientes/{joao['id']}", {"nome": "João Lima"}, headers={"If-Match": '"v1"'})
    problem = assert_problem(response, 412)
    assert problem["conflitos"] == [{"campo": "nome", "original": "João da Silva", "atual": "João Souza", "enviado": "João Lima"}]


def test_a_conflict_tells_personal_values_only_to_who_may_see_them(api, joao):
    api().patch(f"/clientes/{joao['id']}", {"cpf": "111.444.777-35", "campanha": "a"})
    headers, mine = {"If-Match": '"v1"'}, {"cpf": "123.456.789-09", "campanha": "b"}
    problem = assert_problem(api("clientes:editar").patch(f"/clientes/{joao['id']}", mine, headers=headers), 412)
    told = {item.pop("campo"): item for item in problem["conflitos"]}
    assert told == {"cpf": {"enviado": "12345678909"}, "campanha": {"original": "", "atual": "a", "enviado": "b"}}


@pytest.mark.parametrize("tag", ['"v99"', '"v2147483648999"', "v1", '"x"'])
def test_an_unknown_version_is_refused(api, joao, tag):
    assert_problem(api().patch(f"/clientes/{joao['id']}", {"nome": "x"}, headers={"If-Match": tag}), 400, 412)


def test_a_version_already_read_answers_304(api, joao):
    assert api().get(f"/clientes/{joao['id']}", headers={"If-None-Match": '"v1"'}).status_code == 304


def test_a_deleted_person_is_gone_until_restored(api, joao, published):
    assert api().delete(f"/clientes/{joao['id']}").status_code == 204
    assert_problem(api().get(f"/clientes/{joao['id']}"), 404)
    assert api().get("/clientes").json()["resultados"] == []
    assert api().post(f"/clientes/{joao['id']}/restaurar").json()["versao"] == 3
    assert_problem(api().post(f"/clientes/{joao['id']}/restaurar"), 409)
    assert [evento.tipo.split(".")[2] for evento in published()] == ["criado", "excluido", "restaurado"]


def test_an_update_tells_what_changed_and_hides_personal_values(api, joao, published):
    api().patch(f"/clientes/{joao['id']}", {"nome": "João Souza", "ciclo_vida": "cliente"})
    evento = published("clientes.cliente.atualizado.v1")[0]
    assert evento.mudancas == [{"campo": "nome"}, {"campo": "ciclo_vida", "de": "lead", "para": "cliente"}]
    assert evento.pessoais["mudancas"] == [{"campo": "nome", "de": "João da Silva", "para": "João Souza"}]


def test_a_repeated_key_replays_the_answer(api, novo):
    from clientes.models import Cliente

    headers = {"Idempotency-Key": "pedido-1"}
    first, again = (api().post("/clientes", novo, headers=headers) for _ in range(2))
    assert (again.status_code, again.json(), again["Location"]) == (201, first.json(), first["Location"])
    assert again["Idempotency-Replayed"] == "true"
    assert Cliente.objects.count() == 1


def test_a_key_belongs_to_one_body_and_one_user(api, novo, bruno):
    headers = {"Idempotency-Key": "pedido-1"}
    api().post("/clientes", {"nome": "A"}, headers=headers)
    assert assert_problem(api().post("/clientes", {"nome": "B"}, headers=headers), 422)["codigo"] == "idempotencia_conflito"
    assert api(como=bruno).post("/clientes", {"nome": "B"}, headers=headers).status_code == 201


def test_a_key_belongs_to_one_version(api, novo):
    uma = api().post("/clientes", novo).headers["Location"]
    statuses = [
        api().patch(uma, {"nome": "A"}, headers={"Idempotency-Key": "pedido-1", "If-Match": tag}).status_code
        for tag in ('"v1"', '"v1"', '"v2"', "")
    ]
    assert statuses == [200, 200, 422, 422]


def test_a_failed_request_does_not_use_up_its_key(api):
    headers = {"Idempotency-Key": "pedido-1"}
    assert_problem(api().post("/clientes", {"nome": ""}, headers=headers), 400)
    assert api().post("/clientes", {"nome": "Agora sim"}, headers=headers).status_code == 201
