"""What one may do, told before it is tried."""

from uuid import uuid4

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def perguntar():
    def ask(cliente, *pedidos, **mais):
        answer = cliente.post("/auth/autorizar", {"pedidos": list(pedidos), **mais})
        assert answer.status_code == 200, answer.content
        return [(item["permitido"], item["nivel"], item["motivo"]) for item in answer.json()["respostas"]]

    return ask


def pedido(escopo, **dono):
    recurso, acao = escopo.split(":")
    return {"recurso": recurso, "acao": acao, **dono}


def test_the_matrix_is_the_roles_as_it_is_now(sessao, novo_usuario, nova_equipe, papeis, queries):
    norte = nova_equipe("Norte")
    ana = sessao(novo_usuario("ana", "vendedor", equipe=norte))
    with queries(3):
        visto = ana.get("/auth/eu/permissoes").json()
    assert visto["permissoes"]["clientes"] == dict.fromkeys(("ler", "criar", "editar", "lote"), "proprio")
    assert visto["permissoes"]["empresas"]["ler"] == "todos"
    assert "papeis" not in visto["permissoes"]
    assert visto["equipes"] == [str(norte.pk)]
    papeis["vendedor"].permissoes.filter(recurso="clientes", acao="editar").delete()
    assert "editar" not in ana.get("/auth/eu/permissoes").json()["permissoes"]["clientes"]


def test_questions_are_answered_in_their_order(sessao, novo_usuario, nova_equipe, perguntar, queries):
    norte, sul = nova_equipe("Norte"), nova_equipe("Sul")
    bruno = novo_usuario("bruno", "gerente", equipe=norte)
    eu, outro = str(bruno.pk), str(uuid4())
    pedidos = [
        pedido("clientes:ler", responsavel_id=eu),
        pedido("clientes:ler", responsavel_id=outro, equipe_id=str(norte.pk)),
        pedido("clientes:ler", responsavel_id=outro, equipe_id=str(sul.pk)),
        pedido("clientes:ler", responsavel_id=None, equipe_id=None),
        pedido("clientes:ler"),
        pedido("empresas:ler", responsavel_id=outro),
        pedido("papeis:administrar"),
    ]
    cliente = sessao(bruno)
    with queries(3):
        respostas = perguntar(cliente, *pedidos)
    assert respostas == [
        (True, "equipe", ""),
        (True, "equipe", ""),
        (False, "equipe", "fora_do_alcance"),
        (False, "equipe", "fora_do_alcance"),
        (True, "equipe", ""),
        (True, "todos", ""),
        (False, None, "escopo_ausente"),
    ]
    with queries(3):
        assert len(perguntar(cliente, *pedidos * 28)) == 196


def test_about_others_only_for_who_sees_them(sessao, novo_usuario, nova_equipe, perguntar, papeis):
    norte = nova_equipe("Norte")
    ana = novo_usuario("ana", "vendedor", equipe=norte)
    dono, gil, rita = (
        novo_usuario(nome, papel, equipe=equipe)
        for nome, papel, equipe in (("dono", "administrador", None), ("gil", "gerente", nova_equipe("Sul")), ("rita", "atendente", norte))
    )
    lida = pedido("clientes:ler", responsavel_id=str(ana.pk))
    assert perguntar(sessao(dono), lida, usuario_id=str(ana.pk)) == [(True, "proprio", "")]
    assert perguntar(sessao(ana), lida, usuario_id=str(ana.pk)) == [(True, "proprio", "")]
    for quem, status in ((gil, 404), (rita, 403)):
        assert sessao(quem).post("/auth/autorizar", {"pedidos": [lida], "usuario_id": str(ana.pk)}).status_code == status
    assert sessao(dono).post("/auth/autorizar", {"pedidos": [lida], "usuario_id": str(uuid4())}).status_code == 404


@pytest.mark.parametrize(
    "corpo",
    [
        {},
        {"pedidos": []},
        {"pedidos": {}},
        {"pedidos": [{}]},
        {"pedidos": [{"recurso": "clientes"}]},
        {"pedidos": [{"recurso": "clientes", "acao": "voar"}]},
        {"pedidos": [{"recurso": "luas", "acao": "ler"}]},
        {"pedidos": [{"recurso": "clientes", "acao": "ler", "id": "x"}]},
        {"pedidos": [{"recurso": "clientes", "acao": "ler", "equipe_id": "x"}]},
        {"pedidos": [{"recurso": "clientes", "acao": "ler"}] * 201},
        {"pedidos": [{"recurso": "clientes", "acao": "ler"}], "usuario_id": 7},
    ],
)
def test_bad_questions_are_400(sessao, novo_usuario, corpo):
    assert sessao(novo_usuario("ana")).post("/auth/autorizar", corpo).status_code == 400


def test_a_token_with_less_than_the_role_is_told_less(api, novo_usuario, usuario_de, ana, perguntar):
    usuario_de(ana)
    chave = api("clientes:ler")
    assert set(chave.get("/auth/eu/permissoes").json()["permissoes"]) == {"clientes"}
    assert perguntar(chave, pedido("vendas:ler")) == [(False, None, "escopo_ausente")]
