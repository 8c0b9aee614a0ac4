"""Ways to other people's accounts and rights that were tried: by their address, their team, old links, races, services' tokens."""

import pytest
from django.core import mail
from rest_framework.test import APIClient

from contas import revogacoes, sessoes
from contas.chaves_api.services import trocar
from contas.convites.models import Convite
from contas.correio import envio
from contas.correio.models import PedidoSenha
from contas.exceptions import CredenciaisInvalidas
from contas.models import Permissao, Revogacao, Usuario
from contas.rede import Origem
from contas.segundo_fator import codigos
from contas.segundo_fator.models import SegundoFator
from contas.services import atualizar_usuario, desativar_usuario
from crm_shared.auth.keys import KeySet
from crm_shared.auth.tokens import TokenVerifier
from crm_shared.errors import NotAuthenticated
from crm_shared.testing.contract import assert_problem

from .conftest import SENHA

pytestmark = pytest.mark.django_db
NOVA = "tamandua-azul-31"
AQUI = Origem("127.0.0.1", "")


def publico(path, **body):
    return APIClient().post(f"/auth/{path}", body)


def codigo_da_mensagem():
    mail.outbox.clear()
    while envio.enviar_proximo():
        pass
    return next(line for line in mail.outbox[-1].body.splitlines() if len(line) == 43)


@pytest.fixture
def dono(sessao, novo_usuario):
    return sessao(novo_usuario("dono", "administrador"))


# -- by the address


@pytest.mark.parametrize(
    ("escopos", "vis", "status"),
    [
        (["usuarios:editar"], "todos", 403),
        (["usuarios:editar", "usuarios:administrar"], {"*": "todos", "usuarios:administrar": "equipe"}, 403),
        (["usuarios:editar", "usuarios:administrar"], "todos", 200),
    ],
)
def test_who_may_not_set_a_password_does_not_change_where_one_is_sent(api, novo_usuario, papeis, escopos, vis, status):
    Permissao.objects.filter(papel=papeis["leitura"]).delete()
    bia = novo_usuario("bia", "leitura")
    answer = api("usuarios:ler", *escopos, vis=vis).patch(f"/auth/usuarios/{bia.pk}", {"email": "eva@example.com"})
    assert answer.status_code == status, answer.content
    assert Usuario.objects.get(pk=bia.pk).email == ("eva@example.com" if status == 200 else bia.email)


def test_a_link_sent_to_the_former_address_sets_no_password(dono, novo_usuario):
    bia = novo_usuario("bia")
    publico("senha/esqueci", email=bia.email)
    token = codigo_da_mensagem()
    assert dono.patch(f"/auth/usuarios/{bia.pk}", {"email": "bia.nova@example.com"}).status_code == 200
    assert_problem(publico("senha/redefinir", token=token, senha=NOVA), 400)


def test_a_link_from_before_a_deactivation_is_not_good_after_the_return(dono, novo_usuario):
    bia = novo_usuario("bia")
    publico("senha/esqueci", email=bia.email)
    token = codigo_da_mensagem()
    for passo in ("desativar", "reativar"):
        assert dono.post(f"/auth/usuarios/{bia.pk}/{passo}").status_code == 200
    assert_problem(publico("senha/redefinir", token=token, senha=NOVA), 400)
    assert not PedidoSenha.objects.exists()


# -- by the team


@pytest.fixture
def de_duas_equipes(novo_usuario, nova_equipe, papeis, ana, carla):
    """Bia of Sul may see her team's deals, as ana, of Norte, does those of hers."""
    nova_equipe("Norte", id=ana.equipe)
    Permissao.objects.filter(papel=papeis["leitura"]).delete()
    Permissao.objects.create(papel=papeis["leitura"], recurso="vendas", acao="ler", visibilidade="equipe")
    return novo_usuario("bia", "leitura", equipe=nova_equipe("Sul", id=carla.equipe))


ADMINISTRA = ("usuarios:ler", "usuarios:editar", "usuarios:administrar", "vendas:ler")
POR_EQUIPE = {"*": "todos", "vendas": "equipe"}


@pytest.mark.parametrize(
    ("metodo", "path", "corpo"),
    [
        ("post", "/senha", {"senha": NOVA}),
        ("post", "/redefinir-segundo-fator", {}),
        ("patch", "", {"email": "eva@example.com"}),
        ("patch", "", {"equipe_id": None}),
    ],
)
def test_who_sees_one_team_does_not_take_over_a_person_of_another(api, de_duas_equipes, metodo, path, corpo):
    answer = getattr(api(*ADMINISTRA, vis=POR_EQUIPE), metodo)(f"/auth/usuarios/{de_duas_equipes.pk}{path}", corpo)
    assert assert_problem(answer, 403)["codigo"] == "alcance_excedido"


def test_who_leads_another_team_is_out_of_reach_as_well(api, de_duas_equipes, nova_equipe, ana):
    Usuario.objects.update(equipe=ana.equipe)
    alcancada = api(*ADMINISTRA, vis=POR_EQUIPE)
    assert alcancada.post(f"/auth/usuarios/{de_duas_equipes.pk}/senha", {"senha": NOVA}).status_code == 200
    nova_equipe("Leste", lider=de_duas_equipes)
    assert_problem(alcancada.post(f"/auth/usuarios/{de_duas_equipes.pk}/senha", {"senha": NOVA}), 403)


def test_who_sees_all_teams_reaches_all_people(api, de_duas_equipes):
    answer = api(*ADMINISTRA, vis="todos").post(f"/auth/usuarios/{de_duas_equipes.pk}/senha", {"senha": NOVA})
    assert answer.status_code == 200


def test_nobody_is_taken_out_of_another_s_team(api, novo_usuario, nova_equipe, papeis, ana, carla):
    norte, sul = nova_equipe("Norte", id=ana.equipe), nova_equipe("Sul", id=carla.equipe)
    Permissao.objects.filter(papel=papeis["leitura"]).delete()
    bia = novo_usuario("bia", "leitura", equipe=sul)
    editor = api("usuarios:ler", "usuarios:editar")
    for equipe in (norte.pk, None):
        answer = editor.patch(f"/auth/usuarios/{bia.pk}", {"equipe_id": equipe})
        assert assert_problem(answer, 403)["codigo"] == "alcance_excedido"


def test_a_team_does_not_leave_the_one_above_by_itself(api, nova_equipe, ana):
    """Its leaders would see it no more."""
    norte = nova_equipe("Norte", pai=nova_equipe("Brasil"), id=ana.equipe)
    answer = api("equipes:ler", "equipes:editar").patch(f"/auth/equipes/{norte.pk}", {"pai_id": None})
    assert assert_problem(answer, 403)["codigo"] == "alcance_excedido"


def test_who_edits_roles_does_not_take_the_second_factor_out_of_them(api, papeis):
    papel = papeis["leitura"]
    Permissao.objects.filter(papel=papel).delete()
    editor = api("papeis:ler", "papeis:editar")
    assert editor.patch(f"/auth/papeis/{papel.pk}", {"exige_segundo_fator": True}).status_code == 200
    assert_problem(editor.patch(f"/auth/papeis/{papel.pk}", {"exige_segundo_fator": False}), 403)
    assert editor.patch(f"/auth/papeis/{papel.pk}", {"descricao": "Sempre com código."}).status_code == 200
    sem_limite = api("papeis:ler", "papeis:editar", "papeis:administrar")
    assert sem_limite.patch(f"/auth/papeis/{papel.pk}", {"exige_segundo_fator": False}).status_code == 200


# -- by an invitation


@pytest.fixture
def gerencia(sessao, novo_usuario, papeis):
    """A client of somebody who may invite, and the person."""
    Permissao.objects.create(papel=papeis["gerente"], recurso="usuarios", acao="criar", visibilidade="todos")
    gil = novo_usuario("gil", "gerente")
    return sessao(gil), gil


def convidar(cliente, papel):
    answer = cliente.post("/auth/convites", {"email": "eva@example.com", "papel_id": str(papel.pk)})
    assert answer.status_code == 201, answer.content
    return answer.json()["id"], codigo_da_mensagem()


@pytest.mark.parametrize("como", ["dismissed", "deleted", "may invite no more", "may give the role no more"])
def test_who_was_dismissed_has_left_no_door_open(gerencia, papeis, como):
    cliente, gil = gerencia
    _, token = convidar(cliente, papeis["gerente"])
    if como == "dismissed":
        Usuario.objects.filter(pk=gil.pk).update(ativo=False)
    if como == "deleted":
        Usuario.objects.filter(pk=gil.pk).update(excluido_em="2026-01-01T00:00Z")
    if como == "may invite no more":
        Permissao.objects.filter(recurso="usuarios", acao="criar", papel=papeis["gerente"]).delete()
    if como == "may give the role no more":
        Permissao.objects.create(papel=papeis["gerente"], recurso="papeis", acao="ler", visibilidade="todos")
        Permissao.objects.create(papel=papeis["vendedor"], recurso="usuarios", acao="criar", visibilidade="todos")
        Usuario.objects.filter(pk=gil.pk).update(papel=papeis["vendedor"])
    answer = publico("convites/aceitar", token=token, nome="Eva", senha=NOVA)
    assert assert_problem(answer, 400)["erros"][0]["codigo"] == "convite_invalido"
    assert not Usuario.objects.filter(email="eva@example.com").exists()


def test_who_sends_an_invitation_again_answers_for_it(gerencia, dono, papeis):
    cliente, gil = gerencia
    pk, _ = convidar(cliente, papeis["gerente"])
    Usuario.objects.filter(pk=gil.pk).update(ativo=False)
    assert dono.post(f"/auth/convites/{pk}/reenviar").status_code == 200
    assert Convite.objects.get().convidado_por.nome == "Dono"
    assert publico("convites/aceitar", token=codigo_da_mensagem(), nome="Eva", senha=NOVA).status_code == 201


# -- by being quicker


@pytest.fixture
def claims(chave):
    verifier = TokenVerifier(KeySet.of(chave.jwks), "crm-auth", ["crm"])
    return lambda access: verifier.verify(access)


@pytest.fixture
def enquanto(monkeypatch):
    """`enquanto(change)`: it is committed while a token is being made, right before auth looks at when rights last changed."""

    def race(change):
        real = revogacoes.emitido_em

        def emitido_em(pessoa):
            monkeypatch.setattr(revogacoes, "emitido_em", real)
            change()
            return real(pessoa)

        monkeypatch.setattr(revogacoes, "emitido_em", emitido_em)

    return race


def esta_revogado(found):
    """As verifiers decide."""
    return any(
        linha.alvo == f"sid:{found.sid}" or (linha.alvo == f"sub:{found.sub}" and found.iat <= linha.antes)
        for linha in Revogacao.objects.all()
    )


def test_a_refresh_during_a_change_of_role_brings_no_rights_of_the_old_one(sessao, novo_usuario, papeis, claims, enquanto, ator):
    bia = novo_usuario("bia", "gerente")
    par = sessao(bia).par
    enquanto(lambda: atualizar_usuario(ator=ator, pk=bia.pk, dados={"papel_id": papeis["leitura"].pk}))
    found = claims(sessoes.renovar(refresh=par["refresh"]).access)
    assert esta_revogado(found) or "clientes:editar" not in found.scopes


@pytest.mark.parametrize("como", ["role", "deactivated"])
def test_a_key_exchanged_during_a_change_brings_no_former_rights(sessao, novo_usuario, papeis, claims, enquanto, ator, como):
    bia = novo_usuario("bia", "gerente")
    chave = sessao(bia).post("/auth/chaves-api", {"nome": "ERP", "escopos": ["clientes:editar"]}).json()["segredo"]
    if como == "role":
        enquanto(lambda: atualizar_usuario(ator=ator, pk=bia.pk, dados={"papel_id": papeis["leitura"].pk}))
    else:
        enquanto(lambda: desativar_usuario(ator=ator, pk=bia.pk))
    try:
        access, _ = trocar(texto=chave, origem=AQUI)
    except NotAuthenticated:
        return
    found = claims(access)
    assert esta_revogado(found) or not found.scopes


def test_a_sign_in_during_the_activation_of_the_second_factor_opens_no_session(novo_usuario):
    """The password was looked at before the factor was there; the session would come after the others were ended."""
    bia = novo_usuario("bia")
    _, selado = codigos.novo_segredo()
    SegundoFator.objects.create(usuario=bia, segredo=selado, confirmado_em="2026-01-01T00:00Z")
    with pytest.raises(CredenciaisInvalidas):
        sessoes._abrir(bia, AQUI)
    assert sessoes._abrir(bia, AQUI, com_codigo=True)


# -- by a service's token


def test_a_service_that_acts_for_a_person_changes_nothing_of_the_account(forge, trusted_keys, novo_usuario):
    """Its own list of scopes would be worth nothing if it could make a key with all that the person may."""
    dono = novo_usuario("dono", "administrador")
    token = forge.token(sub="svc:automacao", obo=str(dono.pk), aud="auth", scope="eventos:ler", vis={"*": "todos"}, equipes=[])
    servico = APIClient(HTTP_AUTHORIZATION=f"Bearer {token}")
    assert servico.get("/auth/eu").status_code == 200
    refusals = [
        servico.post("/auth/chaves-api", {"nome": "x", "escopos": ["clientes:exportar"]}),
        servico.patch("/auth/eu", {"nome": "X"}),
        servico.post("/auth/senha", {"senha_atual": SENHA, "senha_nova": NOVA}),
        servico.post("/auth/eu/segundo-fator", {"senha": SENHA}),
        servico.post("/auth/sessoes/encerrar-outras"),
    ]
    assert {assert_problem(answer, 403)["codigo"] for answer in refusals} == {"so_pessoas"}


# -- by filling the line of mail


def test_one_network_does_not_fill_the_line_of_mail():
    answers = [publico("senha/esqueci", email=f"pessoa{numero}@example.com").status_code for numero in range(102)]
    assert answers[:100] == [202] * 100
    assert 429 in answers[100:]
