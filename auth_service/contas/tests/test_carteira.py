"""Deactivation asks to whom the records go, and tells automacao by its event; who was deactivated before can be handed over too."""

import uuid

import pytest

from contas import carteira, services
from contas.models import Permissao, Usuario
from contas.servicos import ESCOPOS
from crm_shared.db import atomic
from crm_shared.errors import Invalid
from crm_shared.testing.contract import assert_problem

from .test_corridas import ao_mesmo_tempo

pytestmark = pytest.mark.django_db
DESATIVADO, PEDIDA = "auth.usuario.desativado.v1", "auth.usuario.entrega_pedida.v1"


@pytest.fixture
def admin(api, usuario_de, ana):
    usuario_de(ana)
    return api()


@pytest.fixture
def bia(admin, novo_usuario):
    return novo_usuario("bia")


@pytest.fixture
def caio(novo_usuario):
    return novo_usuario("caio")


def desativar(client, quem, **corpo):
    return client.post(f"/auth/usuarios/{quem.pk}/desativar", corpo)


def entregar(client, quem, para, **extra):
    return client.post(f"/auth/usuarios/{quem.pk}/entregar-carteira", {"transferir_para": str(para)}, **extra)


def test_the_event_says_to_whom(admin, bia, caio, published):
    answer = desativar(admin, bia, transferir_para=str(caio.pk))
    assert (answer.status_code, answer.json()["ativo"]) == (200, False)
    [evento] = published(DESATIVADO)
    assert evento.dados == {"equipe_id": None, "papel": "vendedor", "ativo": False, "transferir_para": str(caio.pk)}
    assert {"campo": "transferir_para", "de": None, "para": str(caio.pk)} in evento.mudancas
    historico = admin.get(f"/auth/usuarios/{bia.pk}/historico").json()["resultados"][0]
    assert "transferir_para" in {item["campo"] for item in historico["mudancas"]}


@pytest.mark.parametrize("corpo", [{}, {"transferir_para": None}])
def test_without_anybody_the_records_stay(admin, bia, published, corpo):
    assert desativar(admin, bia, **corpo).status_code == 200
    [evento] = published(DESATIVADO)
    assert evento.dados["transferir_para"] is None
    assert [item["campo"] for item in evento.mudancas] == ["ativo"]


def test_who_was_deactivated_before_is_handed_over_later(admin, bia, caio, published):
    desativar(admin, bia)
    answer = entregar(admin, bia, caio.pk)
    assert (answer.status_code, answer.json()["ativo"], answer.json()["versao"]) == (200, False, 3)
    [evento] = published(PEDIDA)
    assert (evento.dados["transferir_para"], evento.agregado_id, evento.versao) == (str(caio.pk), bia.pk, 3)
    assert entregar(admin, bia, caio.pk).status_code == 200, "the first may have come to nothing"


def test_who_works_here_keeps_the_own_records(admin, bia, caio, published):
    assert assert_problem(entregar(admin, bia, caio.pk), 409)["codigo"] == "transicao_nao_permitida"
    assert published(PEDIDA) == []


def test_the_same_key_asks_once(admin, bia, caio, published):
    desativar(admin, bia)
    answers = [entregar(admin, bia, caio.pk, HTTP_IDEMPOTENCY_KEY="um") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(published(PEDIDA)) == 1


def test_read_before_somebody_else_asked(admin, bia, caio):
    desativar(admin, bia)
    entregar(admin, bia, caio.pk)
    assert entregar(admin, bia, caio.pk, HTTP_IF_MATCH='"v2"').status_code == 412
    assert entregar(admin, bia, caio.pk, HTTP_IF_MATCH='"v3"').status_code == 200


CASOS = {
    "ninguem": "inexistente",
    "excluido": "inexistente",
    "desativado": "desativado",
    "ela_mesma": "mesma_pessoa",
    "texto": "invalido",
    "lista": "invalido",
}


@pytest.fixture
def destinos(bia, novo_usuario):
    return {
        "ninguem": str(uuid.uuid4()),
        "excluido": str(novo_usuario("eva", excluido_em="2026-01-01T00:00Z").pk),
        "desativado": str(novo_usuario("davi", ativo=False).pk),
        "ela_mesma": str(bia.pk),
        "texto": "caio",
        "lista": ["x"],
    }


@pytest.mark.parametrize(("destino", "codigo"), CASOS.items())
def test_to_whom_not(admin, bia, destinos, published, destino, codigo):
    problem = assert_problem(desativar(admin, bia, transferir_para=destinos[destino]), 400)
    assert [(erro["campo"], erro["codigo"]) for erro in problem["erros"]] == [("transferir_para", codigo)]
    assert Usuario.objects.get(pk=bia.pk).ativo
    assert published() == []
    desativar(admin, bia)
    problem = assert_problem(admin.post(f"/auth/usuarios/{bia.pk}/entregar-carteira", {"transferir_para": destinos[destino]}), 400)
    assert [(erro["campo"], erro["codigo"]) for erro in problem["erros"]] == [("transferir_para", codigo)]


@pytest.mark.parametrize(
    ("corpo", "campo"), [({}, "transferir_para"), ({"transferir_para": None}, "transferir_para"), ({"para": "x"}, "para")]
)
def test_it_must_be_said_and_spelt(admin, bia, corpo, campo):
    desativar(admin, bia)
    problem = assert_problem(admin.post(f"/auth/usuarios/{bia.pk}/entregar-carteira", corpo), 400)
    assert campo in {erro["campo"] for erro in problem["erros"]}


def test_who_deactivates_the_own_account_asks_somebody_else(admin, ana, novo_usuario, caio):
    novo_usuario("outro", "administrador")
    eu = Usuario.objects.get(pk=ana.id)
    problem = assert_problem(desativar(admin, eu, transferir_para=str(caio.pk)), 400)
    assert problem["erros"][0]["codigo"] == "da_propria_carteira"
    assert desativar(admin, eu).status_code == 200


# -- who may --


SEM = ("clientes:atribuir", "leads:editar", "automacao:atribuir", "comunicacao:ler")


@pytest.mark.parametrize("falta", SEM)
def test_it_takes_what_giving_records_away_takes(api, usuario_de, ana, bia, caio, falta):
    client = api(*({"usuarios:ler", "usuarios:editar", "papeis:administrar", *carteira.ESCOPOS} - {falta}))
    problem = assert_problem(desativar(client, bia, transferir_para=str(caio.pk)), 403)
    assert problem["codigo"] == "escopo_ausente"
    assert falta in problem["detail"]
    assert desativar(client, bia).status_code == 200, "to deactivate takes no more than ever"
    assert_problem(entregar(client, bia, caio.pk), 403)


def test_of_all_records_not_of_one_s_team_alone(api, bia, caio):
    client = api(vis={"*": "todos", "vendas": "equipe"})
    problem = assert_problem(desativar(client, bia, transferir_para=str(caio.pk)), 403)
    assert "vendas:atribuir" in problem["detail"]
    assert "tarefas:atribuir" not in problem["detail"]


def test_to_whom_one_sees(api, bia, caio):
    client = api(vis={"*": "todos", "usuarios": "equipe"})
    Usuario.objects.filter(pk=bia.pk).update(equipe=None)
    assert desativar(client, bia, transferir_para=str(caio.pk)).status_code == 404
    client = api(vis={"*": "todos", "usuarios:ler": "equipe"})
    assert assert_problem(desativar(client, bia, transferir_para=str(caio.pk)), 400)["erros"][0]["codigo"] == "inexistente"


def test_the_administrator_may_and_so_may_automacao_for_somebody(papeis):
    do_papel = {item.escopo for item in Permissao.objects.filter(papel=papeis["administrador"], visibilidade="todos")}
    assert set(carteira.ESCOPOS) <= do_papel
    assert set(carteira.ESCOPOS) <= set(ESCOPOS["automacao"])


def test_in_bulk_they_are_deactivated_and_handed_over_one_by_one(admin, bia, caio):
    item = {"id": str(bia.pk), "transferir_para": str(caio.pk)}
    [result] = admin.post("/auth/usuarios/lote", {"operacao": "desativar", "itens": [item]}).json()["resultados"]
    assert (result["status"], result["erros"][0]["codigo"]) == (400, "campo_desconhecido")


@pytest.mark.django_db(transaction=True)
def test_two_who_are_given_to_each_other_at_once_do_not_both_leave(ator, usuario_de, ana, novo_usuario):
    """Whoever comes second finds the receiver gone; neither waits for the other for ever."""
    usuario_de(ana)
    for rodada in range(5):
        um, outro = novo_usuario(f"um{rodada}"), novo_usuario(f"outro{rodada}")

        def sair(quem, para):
            try:
                return services.desativar_usuario(ator=ator, pk=quem.pk, transferir_para=para.pk).ativo
            except Invalid as error:
                return error.codigo

        resultados = ao_mesmo_tempo(lambda um=um, outro=outro: sair(um, outro), lambda um=um, outro=outro: sair(outro, um))
        assert sorted(map(str, resultados)) == ["False", "desativado"]


def test_a_receiver_stays_until_the_end_of_the_transaction(ator, bia, caio, queries):
    with atomic(), queries(1):
        carteira.exigir_destinatario(ator, bia, caio.pk)
