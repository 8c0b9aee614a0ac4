"""The past of a person and the feed of all people: who may read whose values."""

import pytest
from django.utils import timezone

from crm_shared.events.models import Evento
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db
ANTES, DEPOIS = "joao@exemplo.com.br", "j.silva@exemplo.com.br"


@pytest.fixture
def passado(api, joao):
    """`passado(client)`: what the client reads of João, whose address and source have changed."""
    url = f"/clientes/{joao['id']}"
    assert api().patch(url, {"email": DEPOIS, "origem": "indicacao"}).status_code == 200

    def ler(client, **parametros):
        return client.get(f"{url}/historico", parametros)

    return ler


def mudancas(answer):
    return {item["campo"]: item for item in answer.json()["resultados"][0]["mudancas"]}


def test_personal_values_are_for_who_may_see_them(api, passado):
    assert mudancas(passado(api()))["email"] == {"campo": "email", "de": ANTES, "para": DEPOIS}


def test_others_read_that_they_changed_and_not_from_what_to_what(api, passado):
    answer = passado(api("clientes:ler"))
    assert mudancas(answer)["email"] == {"campo": "email"}
    assert mudancas(answer)["origem"] == {"campo": "origem", "de": "site", "para": "indicacao"}
    for secret in (ANTES, DEPOIS, "52998224725", "João"):
        assert secret not in answer.content.decode()


def test_a_way_to_reach_a_person_has_a_past_and_its_stale_change_is_refused(api, joao):
    url = f"/clientes/{joao['id']}/meios"
    meio = api().post(url, {"tipo": "email", "valor": ANTES.replace("joao", "j")}).json()
    assert api().patch(f"{url}/{meio['id']}", {"valor": DEPOIS}).status_code == 200
    problem = assert_problem(api().patch(f"{url}/{meio['id']}", {"valor": ANTES}, headers={"If-Match": '"v1"'}), 412)
    assert {item["campo"] for item in problem["conflitos"]} >= {"valor"}
    for past in (f"{url}/{meio['id']}/historico", f"/clientes/{joao['id']}/historico"):
        told = api().get(past).json()["resultados"]
        assert "clientes.meio.criado.v1" in {item["tipo"] for item in told}
        (changed,) = [item["mudancas"] for item in told if item["tipo"] == "clientes.meio.atualizado.v1"]
        assert {"campo": "valor", "de": "j@exemplo.com.br", "para": DEPOIS} in changed
        assert DEPOIS not in api("clientes:ler").get(past).content.decode()


def test_the_past_of_a_deleted_person_is_read_by_who_saw_him(api, passado, joao, carla):
    assert api().delete(f"/clientes/{joao['id']}").status_code == 204
    tipos = [item["tipo"].split(".")[2] for item in passado(api()).json()["resultados"]]
    assert tipos == ["excluido", "atualizado", "criado"]
    assert_problem(passado(api(como=carla, vis="equipe")), 404)


def test_it_tells_what_led_to_it(api, joao, passado):
    causa = "018f0000-0000-7000-8000-000000000009"
    Evento.objects.filter(agregado_id=joao["id"], versao=2).update(causa=causa, ator="svc:automacao")
    ultimo = passado(api()).json()["resultados"][0]
    assert (ultimo["causa"], ultimo["ator"], ultimo["ator_nome"]) == (causa, "svc:automacao", None)


def test_the_feed_leaves_personal_values_out_too(api, passado):
    Evento.objects.update(publicado_em=timezone.now())
    visto, mascarado = (api(*scopes).get("/clientes/eventos") for scopes in ((), ("eventos:ler",)))
    assert DEPOIS in visto.content.decode()
    assert all(evento["data"]["pessoais"] == {} for evento in mascarado.json()["resultados"])
    for secret in (ANTES, DEPOIS, "52998224725", "João"):
        assert secret not in mascarado.content.decode()
    assert_problem(api("eventos:ler", vis="equipe").get("/clientes/eventos"), 403)
