"""Teams: a tree without cycles, with a region that is inherited."""

import uuid

import pytest

from contas.models import Equipe, Usuario

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(api):
    return api()


@pytest.fixture
def criar(admin):
    def make(nome, pai=None, **campos):
        answer = admin.post("/auth/equipes", {"nome": nome, "pai_id": pai and pai["id"], **campos})
        assert answer.status_code == 201, answer.content
        return answer.json()

    return make


def test_create_and_change(admin, criar, novo_usuario, published):
    lider = novo_usuario("lia", "gerente")
    sul = criar("Sul", regiao="Sul", lider_id=str(lider.pk))
    assert (sul["lider_nome"], sul["pai_nome"], sul["regiao_efetiva"]) == ("Lia", None, "Sul")
    [criada] = published("auth.equipe.criada.v1")
    assert criada.dados == {"nome": "Sul", "pai_id": None, "lider_id": str(lider.pk), "regiao": "Sul"}

    answer = admin.patch(f"/auth/equipes/{sul['id']}", {"nome": "Região Sul"}, HTTP_IF_MATCH='"v1"')
    assert (answer.status_code, answer["ETag"]) == (200, '"v2"')
    assert admin.patch(f"/auth/equipes/{sul['id']}", {"nome": "X"}, HTTP_IF_MATCH='"v1"').status_code == 412
    assert len(published("auth.equipe.atualizada.v1")) == 1


def test_the_region_comes_from_above(admin, criar, published):
    sul = criar("Sul", regiao="Sul")
    porto = criar("Porto", sul)
    centro = criar("Centro", porto)
    propria = criar("Própria", porto, regiao="Capital")
    assert (porto["regiao"], porto["regiao_efetiva"], centro["regiao_efetiva"]) == ("", "Sul", "Sul")

    admin.patch(f"/auth/equipes/{sul['id']}", {"regiao": "Meridional"})

    def regioes():
        return dict(Equipe.objects.values_list("nome", "regiao_efetiva"))

    assert regioes() == {"Sul": "Meridional", "Porto": "Meridional", "Centro": "Meridional", "Própria": "Capital"}
    told = {evento.agregado_id: evento.dados["regiao"] for evento in published("auth.equipe.atualizada.v1")}
    assert told == {uuid.UUID(item["id"]): "Meridional" for item in (sul, porto, centro)}
    assert propria["regiao_efetiva"] == "Capital"

    norte = criar("Norte", regiao="Norte")
    admin.patch(f"/auth/equipes/{porto['id']}", {"pai_id": norte["id"]})
    assert regioes()["Centro"] == "Norte"
    admin.patch(f"/auth/equipes/{porto['id']}", {"pai_id": None})
    assert regioes()["Centro"] == ""


@pytest.mark.parametrize("alvo", ["self", "child", "grandchild"])
def test_a_cycle_is_refused(admin, criar, alvo):
    sul = criar("Sul")
    porto = criar("Porto", sul)
    centro = criar("Centro", porto)
    novo_pai = {"self": sul, "child": porto, "grandchild": centro}[alvo]

    answer = admin.patch(f"/auth/equipes/{sul['id']}", {"pai_id": novo_pai["id"]})
    assert (answer.status_code, answer.json()["codigo"]) == (422, "equipe_em_ciclo")


@pytest.mark.parametrize("campo", ["pai_id", "lider_id"])
def test_links_must_be_there(admin, criar, campo):
    answer = admin.post("/auth/equipes", {"nome": "X", campo: str(uuid.uuid4())})
    assert (answer.status_code, answer.json()["erros"][0]["campo"]) == (400, campo)


def test_a_leader_must_be_active(admin, novo_usuario):
    lider = novo_usuario("lia", ativo=False)
    assert admin.post("/auth/equipes", {"nome": "X", "lider_id": str(lider.pk)}).status_code == 400


def test_one_name_per_place(admin, criar):
    sul = criar("Sul")
    criar("Vendas", sul)
    answer = admin.post("/auth/equipes", {"nome": "Sul"})
    assert (answer.status_code, answer.json()["registro_id"]) == (409, sul["id"])
    criar("Vendas")
    norte = criar("Norte")
    assert admin.patch(f"/auth/equipes/{norte['id']}", {"nome": "Sul"}).status_code == 409


def test_a_team_in_use_stays(admin, criar, novo_usuario, published):
    sul = criar("Sul")
    porto = criar("Porto", sul)
    bia = novo_usuario("bia", equipe=Equipe.objects.get(pk=porto["id"]))
    for equipe in (sul, porto):
        answer = admin.delete(f"/auth/equipes/{equipe['id']}")
        assert (answer.status_code, answer.json()["codigo"]) == (422, "equipe_em_uso")

    Usuario.objects.filter(pk=bia.pk).update(equipe=None)
    assert admin.delete(f"/auth/equipes/{porto['id']}").status_code == 204
    assert admin.delete(f"/auth/equipes/{sul['id']}").status_code == 204
    assert admin.post(f"/auth/equipes/{porto['id']}/restaurar", {}).status_code == 400
    assert admin.post(f"/auth/equipes/{sul['id']}/restaurar", {}).status_code == 200
    assert admin.post(f"/auth/equipes/{porto['id']}/restaurar", {}).status_code == 200
    assert len(published("auth.equipe.excluida.v1")) == len(published("auth.equipe.restaurada.v1")) == 2


def test_the_tree(admin, criar, novo_usuario):
    sul = criar("Sul", regiao="Sul")
    porto = criar("Porto", sul)
    criar("Norte")
    novo_usuario("bia", equipe=Equipe.objects.get(pk=porto["id"]))

    norte, raiz = admin.get("/auth/equipes/arvore").json()
    assert (norte["nome"], norte["filhas"]) == ("Norte", [])
    assert (raiz["nome"], raiz["membros"]) == ("Sul", 0)
    [filha] = raiz["filhas"]
    assert (filha["nome"], filha["regiao"], filha["membros"], filha["pai_id"]) == ("Porto", "Sul", 1, sul["id"])


def test_what_is_seen_of_the_tree(api, nova_equipe, ana, carla):
    norte, _sul = nova_equipe("Norte", id=ana.equipe), nova_equipe("Sul", id=carla.equipe)
    nova_equipe("Belém", pai=norte)

    def nomes(vis, **claims):
        client = api("equipes:ler", vis=vis, **claims)
        assert {item["nome"] for item in client.get("/auth/equipes/arvore").json()} <= {"Norte", "Sul"}
        return {item["nome"] for item in client.get("/auth/equipes").json()["resultados"]}

    assert nomes("proprio") == {"Norte"}
    assert nomes("equipe") == {"Norte"}
    assert nomes("todos") == {"Norte", "Sul", "Belém"}
    assert api("equipes:ler", vis="equipe").get(f"/auth/equipes/{carla.equipe}").status_code == 404


def test_teams_move_only_among_the_own(api, nova_equipe, ana, carla):
    """To put another team below the own one would open its records."""
    norte, sul = nova_equipe("Norte", id=ana.equipe), nova_equipe("Sul", id=carla.equipe)
    gestor = api("equipes:ler", "equipes:criar", "equipes:editar", "equipes:excluir")

    for answer in (
        gestor.patch(f"/auth/equipes/{sul.pk}", {"pai_id": str(norte.pk)}),
        gestor.patch(f"/auth/equipes/{norte.pk}", {"pai_id": str(sul.pk)}),
        gestor.post("/auth/equipes", {"nome": "X", "pai_id": str(sul.pk)}),
        gestor.delete(f"/auth/equipes/{sul.pk}"),
    ):
        assert (answer.status_code, answer.json()["codigo"]) == (403, "alcance_excedido")
    assert gestor.post("/auth/equipes", {"nome": "X", "pai_id": str(norte.pk)}).status_code == 201


def test_statements_do_not_grow(admin, nova_equipe, novo_usuario, queries):
    raiz = nova_equipe("Raiz")
    for numero in range(30):
        nova_equipe(f"Equipe {numero}", pai=raiz)
    with queries(1):
        admin.get("/auth/equipes")
    with queries(2):
        admin.get("/auth/equipes/arvore")


def test_filters(admin, criar):
    sul = criar("Sul", regiao="Sul")
    criar("Porto", sul)
    assert [item["nome"] for item in admin.get("/auth/equipes", {"regiao": "Sul", "ordenar": "nome"}).json()["resultados"]] == [
        "Porto",
        "Sul",
    ]
    assert [item["nome"] for item in admin.get("/auth/equipes", {"pai_id": sul["id"]}).json()["resultados"]] == ["Porto"]
    assert [item["nome"] for item in admin.get("/auth/equipes", {"nome": "Sul"}).json()["resultados"]] == ["Sul"]
