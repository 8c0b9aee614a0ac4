"""Users in bulk: moved, given a role, deactivated and back, one by one by the rules that hold for each of them."""

import threading

import pytest

from contas import services
from contas.models import Sessao, Usuario
from crm_shared.operations.models import Operacao
from crm_shared.operations.runner import Runner
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db(transaction=True)
LOTE = "/auth/usuarios/lote"


@pytest.fixture
def admin(api, usuario_de, ana):
    usuario_de(ana)
    return api()


@pytest.fixture
def pessoas(novo_usuario, papeis):
    return [novo_usuario(nome) for nome in ("bia", "caio", "davi")]


def ate_o_fim():
    while Operacao.objects.filter(estado__in=Operacao.WAITING).exists():
        Runner().turn(threading.Event())


def feito(client, operacao, *itens, **membros):
    answer = client.post(LOTE, {"operacao": operacao, "itens": list(itens), **membros})
    assert answer.status_code == 207, answer.json()
    return answer.json()


def ids(pessoas):
    return [{"id": str(pessoa.pk)} for pessoa in pessoas]


def ativos():
    return set(Usuario.objects.filter(ativo=True).values_list("nome", flat=True))


def test_deactivated_and_undone(admin, pessoas, sessao, published):
    sessao(pessoas[0])
    answer = feito(admin, "desativar", *ids(pessoas[:2]), {"id": str(pessoas[0].pk)[:-4] + "0000"})
    assert [item["status"] for item in answer["resultados"]] == [200, 200, 404]
    assert ativos() == {"Ana", "Davi"}
    assert Sessao.objects.get(usuario=pessoas[0]).encerrada_em is not None
    assert [item["status"] for item in feito(admin, "desativar", *ids(pessoas))["resultados"]] == [409, 409, 200]
    assert admin.post(f"/auth/operacoes/{answer['operacao']}/desfazer").status_code == 200
    ate_o_fim()
    assert ativos() == {"Ana", "Bia", "Caio"}
    assert [evento.tipo.split(".")[2] for evento in published()][-2:] == ["reativado", "reativado"]


def test_a_selection_is_reactivated(admin, pessoas):
    feito(admin, "desativar", *ids(pessoas))
    answer = admin.post(LOTE, {"operacao": "reativar", "selecao": {"busca": "caio"}})
    assert answer.status_code == 202, answer.json()
    ate_o_fim()
    assert admin.get(answer["Location"]).json()["estado"] == "concluida"
    assert ativos() == {"Ana", "Caio"}


def test_role_and_team(admin, pessoas, papeis, nova_equipe):
    valores = {"papel_id": str(papeis["gerente"].pk), "equipe_id": str(nova_equipe("Sul").pk)}
    answer = feito(admin, "atualizar", *ids(pessoas), valores=valores)
    assert set(Usuario.objects.filter(papel=papeis["gerente"], equipe__nome="Sul").values_list("nome", flat=True)) == {
        "Bia",
        "Caio",
        "Davi",
    }
    admin.post(f"/auth/operacoes/{answer['operacao']}/desfazer")
    ate_o_fim()
    assert Usuario.objects.filter(papel=papeis["vendedor"], equipe=None).count() == 3


@pytest.mark.parametrize("operacao", ["desativar", "atualizar"])
def test_one_administrator_stays(operacao, admin, ana, novo_usuario, papeis):
    outro = novo_usuario("outro", "administrador")
    valores = {"valores": {"papel_id": str(papeis["leitura"].pk)}} if operacao == "atualizar" else {}
    answer = feito(admin, operacao, {"id": str(outro.pk)}, {"id": str(ana.id)}, **valores)
    assert [item["status"] for item in answer["resultados"]] == [200, 422]
    assert answer["resultados"][1]["erros"][0]["codigo"] == "ultimo_administrador"
    assert Usuario.objects.get(pk=ana.id).ativo


@pytest.mark.parametrize("operacao", ["criar", "excluir", "restaurar", "upsert", "atribuir", "marcar"])
def test_what_is_not_offered(operacao, admin, pessoas):
    problem = assert_problem(admin.post(LOTE, {"operacao": operacao, "itens": ids(pessoas)}), 400)
    assert [erro["campo"] for erro in problem["erros"]] == ["operacao"]


def test_it_asks_for_the_right_to_change_users(api, usuario_de, ana, pessoas):
    usuario_de(ana)
    client = api("usuarios:ler", "usuarios:criar", "usuarios:excluir")
    problem = assert_problem(client.post(LOTE, {"operacao": "desativar", "itens": ids(pessoas)}), 403)
    assert problem["codigo"] == "escopo_ausente"


def test_a_transition_takes_nothing_but_the_record(admin, pessoas):
    [result] = feito(admin, "desativar", {**ids(pessoas)[0], "ativo": False})["resultados"]
    assert (result["status"], result["erros"][0]["codigo"]) == (400, "campo_desconhecido")


def test_who_was_deactivated_does_nothing_more(admin, ana, ator, novo_usuario, pessoas):
    novo_usuario("outro", "administrador")
    where = admin.post(LOTE, {"operacao": "desativar", "selecao": {"busca": "bia"}})["Location"]
    services.desativar_usuario(ator=ator, pk=ana.id)
    ate_o_fim()
    assert admin.get(where).json()["estado"] == "falhou"
    assert "Bia" in ativos()
