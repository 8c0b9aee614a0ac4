"""Users: who sees them, who changes them, and what nobody may do."""

import pytest

from contas.models import Sessao, Usuario

from .conftest import SENHA

pytestmark = pytest.mark.django_db
FORTE = "tamandua-azul-31"


@pytest.fixture
def admin(sessao, novo_usuario):
    return sessao(novo_usuario("dono", "administrador"))


@pytest.fixture
def corpo(papeis):
    def make(**campos):
        return {"nome": "Bia Souza", "email": "Bia@Example.com", "papel_id": str(papeis["vendedor"].pk), "senha": FORTE, **campos}

    return make


def test_create_gives_somebody_who_can_sign_in(admin, corpo, entrar, published, nova_equipe):
    norte = nova_equipe("Norte")
    answer = admin.post("/auth/usuarios", corpo(equipe_id=str(norte.pk)))

    assert answer.status_code == 201, answer.content
    bia = answer.json()
    assert answer["Location"] == f"/auth/usuarios/{bia['id']}"
    assert (bia["email"], bia["papel_nome"], bia["equipe_nome"], bia["ativo"]) == ("bia@example.com", "vendedor", "Norte", True)
    assert not {"senha", "password"} & bia.keys()
    assert entrar("bia@example.com", FORTE).status_code == 200
    [evento] = published("auth.usuario.criado.v1")
    assert evento.dados == {"equipe_id": str(norte.pk), "papel": "vendedor", "ativo": True}
    assert evento.pessoais == {"nome": "Bia Souza", "email": "bia@example.com"}


def test_the_password_is_in_no_event(admin, corpo, published):
    bia = admin.post("/auth/usuarios", corpo()).json()
    admin.post(f"/auth/usuarios/{bia['id']}/senha", {"senha": "outra-senha-forte-9"})
    for evento in published():
        assert "argon2" not in str([evento.dados, evento.pessoais, evento.mudancas])
        assert FORTE not in str([evento.dados, evento.pessoais, evento.mudancas])


def test_one_address_is_one_user_until_deleted(admin, corpo):
    bia = admin.post("/auth/usuarios", corpo()).json()
    twin = admin.post("/auth/usuarios", corpo(email="BIA@example.com"))
    assert (twin.status_code, twin.json()["codigo"], twin.json()["registro_id"]) == (409, "duplicado", bia["id"])

    assert admin.delete(f"/auth/usuarios/{bia['id']}").status_code == 204
    assert admin.post("/auth/usuarios", corpo()).status_code == 201
    assert admin.post(f"/auth/usuarios/{bia['id']}/restaurar", {}).status_code == 409


@pytest.mark.parametrize(
    ("campos", "campo", "codigo"),
    [
        ({"senha": "curta"}, "senha", "senha_curta"),
        ({"senha": "bia@example.com"}, "senha", "senha_parecida"),
        ({"email": "bia"}, "email", "email_invalido"),
        ({"papel_id": "018f0000-0000-7000-8000-0000000000ff"}, "papel_id", "inexistente"),
        ({"equipe_id": "018f0000-0000-7000-8000-0000000000ff"}, "equipe_id", "inexistente"),
        ({"ativo": False}, "ativo", "somente_leitura"),
        ({"password": "x"}, "password", "campo_desconhecido"),
    ],
)
def test_bad_values_are_400(admin, corpo, campos, campo, codigo):
    answer = admin.post("/auth/usuarios", corpo(**campos))
    assert answer.status_code == 400
    assert [(erro["campo"], erro["codigo"]) for erro in answer.json()["erros"]] == [(campo, codigo)]
    assert not Usuario.objects.filter(nome="Bia Souza").exists()


def test_change_with_versions(admin, corpo, papeis, published):
    bia = admin.post("/auth/usuarios", corpo()).json()
    url = f"/auth/usuarios/{bia['id']}"

    answer = admin.patch(url, {"papel_id": str(papeis["gerente"].pk)}, HTTP_IF_MATCH='"v1"')
    assert (answer.status_code, answer.json()["papel_nome"], answer["ETag"]) == (200, "gerente", '"v2"')
    assert published("auth.usuario.atualizado.v1")[0].dados["papel"] == "gerente"
    assert admin.patch(url, {"papel_id": str(papeis["leitura"].pk)}, HTTP_IF_MATCH='"v1"').status_code == 412
    assert admin.patch(url, {"nome": "Bia S."}, HTTP_IF_MATCH='"v1"').status_code == 200
    assert admin.patch(url, {"senha": FORTE}).status_code == 400
    assert admin.put(url, {"nome": "B", "email": "b@example.com", "papel_id": bia["papel_id"]}).json()["versao"] == 4


def test_deactivation_ends_the_sessions_at_once(admin, sessao, novo_usuario, entrar, client, published):
    bia = novo_usuario("bia")
    dela = sessao(bia)

    answer = admin.post(f"/auth/usuarios/{bia.pk}/desativar", {})

    assert (answer.status_code, answer.json()["ativo"]) == (200, False)
    refresh = client.post("/auth/refresh", {"refresh": dela.par["refresh"]}, content_type="application/json")
    assert refresh.status_code == 401
    assert entrar(bia.email).status_code == 401
    assert published("auth.usuario.desativado.v1")[0].dados["ativo"] is False
    assert published("auth.sessao.encerrada.v1")[0].dados == {
        "usuario_id": str(bia.pk),
        "motivo": "desativacao",
        "encerrada_em": published("auth.sessao.encerrada.v1")[0].dados["encerrada_em"],
    }
    assert admin.post(f"/auth/usuarios/{bia.pk}/desativar", {}).status_code == 409

    assert admin.post(f"/auth/usuarios/{bia.pk}/reativar", {}).json()["ativo"] is True
    assert entrar(bia.email).status_code == 200
    assert client.post("/auth/refresh", {"refresh": dela.par["refresh"]}, content_type="application/json").status_code == 401
    assert admin.post(f"/auth/usuarios/{bia.pk}/reativar", {}).status_code == 409


def test_deletion_ends_the_sessions_and_can_be_undone(admin, sessao, novo_usuario, entrar, published):
    bia = novo_usuario("bia")
    sessao(bia)
    assert admin.delete(f"/auth/usuarios/{bia.pk}").status_code == 204
    assert not Sessao.objects.filter(usuario=bia, encerrada_em=None).exists()
    assert entrar(bia.email).status_code == 401
    assert admin.post(f"/auth/usuarios/{bia.pk}/restaurar", {}).status_code == 200
    assert entrar(bia.email).status_code == 200
    assert len(published("auth.usuario.excluido.v1")) == len(published("auth.usuario.restaurado.v1")) == 1


def test_a_password_set_by_the_administrator_ends_all_sessions(admin, sessao, novo_usuario, entrar):
    bia = novo_usuario("bia")
    sessao(bia)
    assert admin.post(f"/auth/usuarios/{bia.pk}/senha", {"senha": FORTE}).status_code == 200
    assert not Sessao.objects.filter(usuario=bia, encerrada_em=None).exists()
    assert entrar(bia.email, SENHA).status_code == 401
    assert entrar(bia.email, FORTE).status_code == 200
    assert admin.post(f"/auth/usuarios/{bia.pk}/senha", {"senha": "curta"}).status_code == 400


# -- the last administrator --


def test_the_last_active_administrator_stays(admin, novo_usuario, papeis):
    dono = Usuario.objects.get(nome="Dono")
    novo_usuario("velho", "administrador", ativo=False)
    url = f"/auth/usuarios/{dono.pk}"
    for answer in (
        admin.post(f"{url}/desativar", {}),
        admin.delete(url),
        admin.patch(url, {"papel_id": str(papeis["gerente"].pk)}),
    ):
        assert (answer.status_code, answer.json()["codigo"]) == (422, "ultimo_administrador")

    assert admin.patch(url, {"nome": "Dona"}).status_code == 200
    novo_usuario("outra", "administrador")
    assert admin.patch(url, {"papel_id": str(papeis["gerente"].pk)}).status_code == 200


# -- rights --


@pytest.mark.parametrize("papel", ["gerente", "vendedor", "atendente", "leitura"])
def test_other_roles_change_nobody(sessao, novo_usuario, corpo, papel):
    outro = novo_usuario("outro")
    quem = sessao(novo_usuario("quem", papel))
    url = f"/auth/usuarios/{outro.pk}"
    answers = [
        quem.post("/auth/usuarios", corpo()),
        quem.patch(url, {"nome": "X"}),
        quem.delete(url),
        quem.post(f"{url}/senha", {"senha": FORTE}),
        quem.post(f"{url}/desativar", {}),
        quem.post("/auth/papeis", {"nome": "x", "permissoes": []}),
        quem.post("/auth/equipes", {"nome": "x"}),
    ]
    assert {answer.status_code for answer in answers} == {403}
    proprio = f"/auth/usuarios/{Usuario.objects.get(nome='Quem').pk}"
    assert quem.patch(proprio, {"papel_id": str(outro.papel_id)}).status_code == 403


RH = (
    "usuarios:ler",
    "usuarios:criar",
    "usuarios:editar",
    "usuarios:excluir",
    "usuarios:administrar",
    "papeis:criar",
    "papeis:editar",
    "papeis:ler",
)


def test_who_manages_people_gives_no_more_than_the_own_rights(api, usuario_de, ana, novo_usuario, corpo, papeis, nova_equipe):
    usuario_de(ana, "gerente")
    chefe, colega = novo_usuario("chefe", "administrador"), novo_usuario("colega")
    rh = api(*RH)
    fora = nova_equipe("Fora")

    refused = [
        rh.post("/auth/usuarios", corpo(papel_id=str(papeis["administrador"].pk))),
        rh.post("/auth/usuarios", corpo()),  # even a seller may what this role may not
        rh.patch(f"/auth/usuarios/{ana.id}", {"papel_id": str(papeis["administrador"].pk)}),
        rh.post(f"/auth/usuarios/{chefe.pk}/senha", {"senha": FORTE}),
        rh.patch(f"/auth/usuarios/{chefe.pk}", {"email": "meu@example.com"}),
        rh.post(f"/auth/usuarios/{chefe.pk}/desativar", {}),
        rh.delete(f"/auth/usuarios/{chefe.pk}"),
        rh.patch(f"/auth/usuarios/{colega.pk}", {"papel_id": str(papeis["leitura"].pk)}),
        rh.post("/auth/papeis", {"nome": "x", "permissoes": [{"recurso": "vendas", "acao": "ler", "visibilidade": "proprio"}]}),
        rh.patch(f"/auth/papeis/{papeis['leitura'].pk}", {"permissoes": []}),
    ]
    assert {(answer.status_code, answer.json()["codigo"]) for answer in refused} == {(403, "alcance_excedido")}

    pequeno = rh.post("/auth/papeis", {"nome": "pequeno", "permissoes": [{"recurso": "usuarios", "acao": "ler", "visibilidade": "todos"}]})
    assert pequeno.status_code == 201
    bia = rh.post("/auth/usuarios", corpo(papel_id=pequeno.json()["id"]))
    assert bia.status_code == 201
    url = f"/auth/usuarios/{bia.json()['id']}"
    assert rh.post(f"{url}/senha", {"senha": "mais-uma-senha-77"}).status_code == 200
    assert rh.patch(url, {"equipe_id": str(fora.pk)}).json()["codigo"] == "alcance_excedido"


def test_a_wider_visibility_is_above_the_own_rights_too(api, corpo):
    rh = api(*RH, vis="equipe")
    body = {"nome": "x", "permissoes": [{"recurso": "usuarios", "acao": "ler", "visibilidade": "todos"}]}
    assert rh.post("/auth/papeis", body).json()["codigo"] == "alcance_excedido"
    body["permissoes"][0]["visibilidade"] = "equipe"
    assert rh.post("/auth/papeis", body).status_code == 201


# -- visibility --


@pytest.fixture
def elenco(usuario_de, nova_equipe, ana, bruno, carla):
    """ana and bruno in one team, carla in another, dona in none."""
    norte, sul = nova_equipe("Norte", id=ana.equipe), nova_equipe("Sul", id=carla.equipe)
    for pessoa, equipe in ((ana, norte), (bruno, norte), (carla, sul)):
        usuario = usuario_de(pessoa, "vendedor")
        Usuario.objects.filter(pk=usuario.pk).update(equipe=equipe)


@pytest.mark.parametrize(("vis", "nomes"), [("proprio", {"Ana"}), ("equipe", {"Ana", "Bruno"}), ("todos", {"Ana", "Bruno", "Carla"})])
def test_who_is_seen(api, elenco, bruno, carla, vis, nomes):
    ana = api("usuarios:ler", vis=vis)
    assert {item["nome"] for item in ana.get("/auth/usuarios").json()["resultados"]} == nomes
    for pessoa in (bruno, carla):
        assert ana.get(f"/auth/usuarios/{pessoa.id}").status_code == (200 if pessoa.nome in nomes else 404)


def test_out_of_sight_is_404_for_writes_too(api, elenco, carla):
    ana = api("usuarios:ler", "usuarios:editar", "usuarios:excluir", "papeis:administrar", vis="equipe")
    assert ana.patch(f"/auth/usuarios/{carla.id}", {"nome": "X"}).status_code == 404
    assert ana.delete(f"/auth/usuarios/{carla.id}").status_code == 404
    assert ana.post(f"/auth/usuarios/{carla.id}/desativar", {}).status_code == 404


def test_addresses_are_masked_without_personal_data(api, elenco, ana):
    assert api("usuarios:ler").get(f"/auth/usuarios/{ana.id}").json()["email"] == "a***@example.com"
    assert {item["email"][1:4] for item in api("usuarios:ler").get("/auth/usuarios").json()["resultados"]} == {"***"}
    assert api("usuarios:ler", "pessoais:ler").get(f"/auth/usuarios/{ana.id}").json()["email"] == "ana@example.com"


def test_filters_search_and_order(api, elenco, papeis, ana, carla):
    def nomes(**query):
        return [item["nome"] for item in api().get("/auth/usuarios", query).json()["resultados"]]

    assert nomes(busca="car") == ["Carla"]
    assert nomes(busca="bruno@example") == ["Bruno"]
    assert nomes(email="ANA@example.com") == ["Ana"]
    assert nomes(equipe_id=str(carla.equipe)) == ["Carla"]
    assert nomes(papel_id=str(papeis["gerente"].pk)) == []
    assert nomes(ativo="true", ordenar="nome") == ["Ana", "Bruno", "Carla"]
    assert nomes(ordenar="-nome") == ["Carla", "Bruno", "Ana"]
    assert api().get("/auth/usuarios", {"email": "x"}).status_code == 400


def test_statements_do_not_grow(api, elenco, novo_usuario, queries, ana):
    client = api()
    for numero in range(30):
        novo_usuario(f"pessoa{numero}")
    with queries(1):
        client.get("/auth/usuarios")
    with queries(1):
        client.get(f"/auth/usuarios/{ana.id}")


def test_an_idempotency_key_creates_one(admin, corpo):
    first, again = (admin.post("/auth/usuarios", corpo(), HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotency-Replayed"] == "true"
    assert first.json()["id"] == again.json()["id"]
    assert admin.post("/auth/usuarios", corpo(nome="Outra"), HTTP_IDEMPOTENCY_KEY="k1").status_code == 422
