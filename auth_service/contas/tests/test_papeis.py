"""Roles: a name and its permissions, changed as one record."""

from importlib import import_module

import pytest
from django.apps import apps

from contas.chaves_api.models import ChaveApi
from contas.models import Papel, Permissao
from contas.papeis_padrao import PAPEIS_PADRAO, garantir

pytestmark = pytest.mark.django_db
LER = {"recurso": "vendas", "acao": "ler", "visibilidade": "equipe"}
CRIAR = {"recurso": "vendas", "acao": "criar", "visibilidade": "proprio"}


@pytest.fixture
def admin(api, papeis):
    return api()


@pytest.fixture
def posvenda(admin):
    answer = admin.post("/auth/papeis", {"nome": "pós-venda", "permissoes": [LER]})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_create(admin, posvenda, published):
    assert (posvenda["sistema"], posvenda["permissoes"]) == (False, [LER])
    [criado] = published("auth.papel.criado.v1")
    assert criado.dados == {"nome": "pós-venda", "permissoes": ["vendas:ler=equipe"], "exige_segundo_fator": False, "campos": []}


def test_permissions_are_replaced_as_a_whole(admin, posvenda, published):
    url = f"/auth/papeis/{posvenda['id']}"

    answer = admin.patch(url, {"permissoes": [CRIAR, LER]}, HTTP_IF_MATCH='"v1"')
    assert (answer.status_code, answer["ETag"], answer.json()["permissoes"]) == (200, '"v2"', [CRIAR, LER])
    [evento] = published("auth.papel.atualizado.v1")
    assert evento.mudancas == [
        {"campo": "permissoes", "de": ["vendas:ler=equipe"], "para": ["vendas:criar=proprio", "vendas:ler=equipe"]},
    ]
    answer = admin.put(url, {"nome": "pós", "permissoes": [LER]})
    assert (answer.json()["versao"], answer.json()["nome"], answer.json()["permissoes"]) == (3, "pós", [LER])
    assert admin.patch(url, {"permissoes": [LER]}).json()["versao"] == 3
    assert admin.patch(url, {"descricao": "Cuida depois da venda."}).json()["permissoes"] == [LER]


def test_two_who_change_the_permissions_at_once(admin, posvenda):
    url = f"/auth/papeis/{posvenda['id']}"
    admin.patch(url, {"permissoes": [CRIAR]})

    stale = admin.patch(url, {"permissoes": []}, HTTP_IF_MATCH='"v1"')
    assert stale.status_code == 412
    assert stale.json()["conflitos"][0]["campo"] == "permissoes"
    assert admin.patch(url, {"descricao": "x"}, HTTP_IF_MATCH='"v1"').status_code == 200


@pytest.mark.parametrize(
    ("permissoes", "campo"),
    [
        ([{**LER, "recurso": "foguetes"}], "permissoes.0.recurso"),
        ([{**LER, "acao": "voar"}], "permissoes.0.acao"),
        ([{**LER, "visibilidade": "tudo"}], "permissoes.0.visibilidade"),
        ([{**LER, "x": 1}], "permissoes.0.x"),
        ([LER, {**LER, "visibilidade": "todos"}], "permissoes"),
        ("todas", "permissoes"),
        (None, "permissoes"),
    ],
)
def test_bad_permissions_are_400(admin, permissoes, campo):
    answer = admin.post("/auth/papeis", {"nome": "x", "permissoes": permissoes})
    assert answer.status_code == 400
    assert [erro["campo"] for erro in answer.json()["erros"]] == [campo]


def test_one_name_is_one_role(admin, posvenda):
    answer = admin.post("/auth/papeis", {"nome": "pós-venda", "permissoes": []})
    assert (answer.status_code, answer.json()["registro_id"]) == (409, posvenda["id"])


def test_system_roles_stay(admin, papeis):
    for papel in papeis.values():
        url = f"/auth/papeis/{papel.pk}"
        for answer in (admin.delete(url), admin.patch(url, {"nome": "outro"})):
            assert (answer.status_code, answer.json()["codigo"]) == (422, "papel_de_sistema")
        assert admin.patch(url, {"sistema": False}).status_code == 400
    assert admin.patch(f"/auth/papeis/{papeis['vendedor'].pk}", {"permissoes": [LER]}).status_code == 200


def test_the_administrator_is_not_weakened(admin, papeis):
    url = f"/auth/papeis/{papeis['administrador'].pk}"
    assert admin.patch(url, {"permissoes": [LER]}).json()["codigo"] == "papel_de_sistema"
    assert admin.patch(url, {"descricao": "Quem manda."}).status_code == 200
    assert admin.patch(url, {"permissoes": admin.get(url).json()["permissoes"]}).status_code == 200


def test_a_role_in_use_stays(admin, posvenda, novo_usuario, published):
    url = f"/auth/papeis/{posvenda['id']}"
    bia = novo_usuario("bia")
    bia.papel_id = posvenda["id"]
    bia.save()
    assert admin.delete(url).json()["codigo"] == "papel_em_uso"

    assert admin.delete(f"/auth/usuarios/{bia.pk}").status_code == 204
    assert admin.delete(url).status_code == 204
    assert admin.post("/auth/papeis", {"nome": "pós-venda", "permissoes": []}).status_code == 201
    assert admin.post(f"{url}/restaurar", {}).status_code == 409
    assert len(published("auth.papel.excluido.v1")) == 1


def test_restored_with_its_permissions(admin, posvenda, published):
    admin.delete(f"/auth/papeis/{posvenda['id']}")
    assert admin.post(f"/auth/papeis/{posvenda['id']}/restaurar", {}).json()["permissoes"] == [LER]
    assert len(published("auth.papel.restaurado.v1")) == 1


def test_the_default_roles_are_made_once(papeis):
    papel = papeis["vendedor"]
    papel.permissoes.filter(recurso="tarefas").delete()
    Papel.objects.filter(nome="leitura").delete()

    garantir(Papel, Permissao)

    assert set(Papel.objects.values_list("nome", flat=True)) == set(PAPEIS_PADRAO)
    assert not papel.permissoes.filter(recurso="tarefas").exists()
    assert Permissao.objects.filter(papel__nome="leitura").count() == len(PAPEIS_PADRAO["leitura"].niveis)


def test_statements_do_not_grow(admin, papeis, queries):
    with queries(1):
        admin.get("/auth/papeis")
    with queries(2):
        admin.get(f"/auth/papeis/{papeis['administrador'].pk}")


def test_who_could_work_on_many_records_before_there_was_a_right_to_it_still_may(ana, usuario_de):
    """The data migration; run again it changes nothing."""
    dar = import_module("contas.migrations.0012_o_direito_a_lotes").dar
    antigo = Papel.objects.create(nome="antigo")
    for escopo, visibilidade in (
        ("vendas:ler", "todos"),
        ("vendas:criar", "proprio"),
        ("vendas:editar", "equipe"),
        ("leads:criar", "todos"),
    ):
        recurso, acao = escopo.split(":")
        Permissao.objects.create(papel=antigo, recurso=recurso, acao=acao, visibilidade=visibilidade)
    leitor = Papel.objects.create(nome="leitor")
    Permissao.objects.create(papel=leitor, recurso="vendas", acao="ler", visibilidade="todos")
    escopos = (["vendas:ler", "vendas:editar"], ["vendas:ler"], ["tarefas:ler", "tarefas:excluir", "tarefas:lote"])
    chaves = [ChaveApi.objects.create(usuario=usuario_de(ana), nome="x", prefixo="x", hash="0", escopos=escopos[0])]
    chaves += [ChaveApi.objects.create(usuario_id=ana.id, nome="x", prefixo="x", hash=str(n), escopos=escopos[n]) for n in (1, 2)]

    for _ in range(2):
        dar(apps, None)

    assert [*antigo.permissoes.filter(acao="lote").values_list("recurso", "visibilidade")] == [("vendas", "equipe")]
    assert not leitor.permissoes.filter(acao="lote").exists()
    assert [ChaveApi.objects.get(pk=chave.pk).escopos for chave in chaves] == [[*escopos[0], "vendas:lote"], escopos[1], escopos[2]]
