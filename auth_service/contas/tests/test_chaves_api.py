"""API keys: no more than their owner, from where they are good, until they end, and no way to other credentials."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from contas.chaves_api.models import ChaveApi
from contas.chaves_api.services import MAX_POR_PESSOA
from contas.models import Revogacao
from crm_shared.auth.keys import KeySet
from crm_shared.auth.tokens import TokenVerifier
from crm_shared.testing.contract import assert_problem

from .conftest import SENHA

pytestmark = pytest.mark.django_db
CHAVES = "/auth/chaves-api"


@pytest.fixture
def ana(sessao, novo_usuario):
    return sessao(novo_usuario("ana"))


@pytest.fixture
def claims(chave):
    verifier = TokenVerifier(KeySet.of(chave.jwks), "crm-auth", ["crm"])
    return lambda answer: verifier.verify(answer.json()["access"])


def nova(cliente, *escopos, **outros):
    return cliente.post(CHAVES, {"nome": "ERP", "escopos": list(escopos), **outros})


def trocar(texto, **extra):
    return APIClient().post(f"{CHAVES}/trocar", {"chave": texto}, **extra)


def por(texto):
    """A client with the token that the gateway would buy."""
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {trocar(texto).json()['access']}")


def test_a_key_is_shown_once_and_buys_short_tokens_of_its_scopes(ana, claims, published):
    feita = nova(ana, "clientes:ler", "vendas:ler", redes=["203.0.113.7", "127.0.0.0/8"])
    assert feita.status_code == 201, feita.content
    texto = feita.json()["segredo"]
    assert texto.startswith(feita.json()["prefixo"])
    assert feita.json()["redes"] == ["203.0.113.7/32", "127.0.0.0/8"]
    assert texto not in str(list(ChaveApi.objects.values())) + str([vars(evento) for evento in published()])
    assert "segredo" not in ana.get(feita["Location"]).json()

    comprado = claims(trocar(texto))
    assert (sorted(comprado.scopes), comprado.nome, comprado.aud) == (["clientes:ler", "vendas:ler"], "Ana", ("crm",))
    assert comprado.exp - comprado.iat == 300
    lida = ana.get(feita["Location"]).json()
    assert (lida["usada_de"], lida["usada_em"] is None) == ("127.0.0.1", False)


def test_without_scopes_it_may_nothing(ana, claims):
    assert claims(trocar(nova(ana).json()["segredo"])).scopes == frozenset()


def test_an_idempotency_key_keeps_no_key(ana):
    first, again = (ana.post(CHAVES, {"nome": "ERP", "escopos": []}, headers={"Idempotency-Key": "um"}) for _ in range(2))
    assert (again.json()["id"], again.json()["segredo"]) == (first.json()["id"], None)


@pytest.mark.parametrize(
    ("campos", "campo"),
    [
        ({"escopos": ["clientes:excluir"]}, "escopos"),  # more than a seller may
        ({"escopos": ["usuarios:criar"]}, "escopos"),
        ({"escopos": ["clientes:tudo"]}, "escopos"),
        ({"escopos": "clientes:ler"}, "escopos"),
        ({"nome": ""}, "nome"),
        ({"nome": "x" * 61}, "nome"),
        ({"redes": ["203.0.113.7/24"]}, "redes"),
        ({"redes": ["x"]}, "redes"),
        ({"redes": ["10.0.0.1"] * 21}, "redes"),
        ({"expira_em": "2020-01-01T00:00:00Z"}, "expira_em"),
        ({"usuario_id": str(uuid4())}, "usuario_id"),
        ({"segredo": "crm_x"}, "segredo"),
    ],
)
def test_bad_values_are_400(ana, campos, campo):
    document = assert_problem(ana.post(CHAVES, {"nome": "ERP", "escopos": [], **campos}), 400)
    assert document["erros"][0]["campo"].split(".")[0] == campo


def test_nobody_makes_a_key_that_makes_credentials(sessao, novo_usuario):
    dono = sessao(novo_usuario("dono", "administrador"))
    for escopo in ("usuarios:criar", "usuarios:administrar", "papeis:editar"):
        assert assert_problem(nova(dono, escopo), 400)["erros"][0]["codigo"] == "escopo_proibido"
    programa = por(nova(dono, "usuarios:ler", "clientes:ler").json()["segredo"])
    assert programa.get("/auth/eu").status_code == programa.get("/auth/usuarios").status_code == 200
    refusals = [
        programa.post(CHAVES, {"nome": "outra", "escopos": []}),
        programa.patch("/auth/eu", {"nome": "X"}),
        programa.post("/auth/senha", {"senha_atual": SENHA, "senha_nova": "tamandua-azul-31"}),
        programa.post("/auth/eu/segundo-fator", {"senha": SENHA}),
        programa.post("/auth/sessoes/encerrar-outras"),
    ]
    assert {assert_problem(answer, 403)["codigo"] for answer in refusals} == {"so_pessoas"}
    assert_problem(programa.post("/auth/passe"), 401)


@pytest.mark.parametrize("como", ["inexistente", "expirada", "revogada", "de outra rede", "dono inativo", "dono excluido", "vazia"])
def test_a_key_that_is_not_good_buys_nothing(ana, como):
    texto = nova(ana, "clientes:ler", **({"redes": ["203.0.113.0/24"]} if como == "de outra rede" else {})).json()["segredo"]
    chave = ChaveApi.objects.get()
    if como == "expirada":
        ChaveApi.objects.update(expira_em=timezone.now() - timedelta(seconds=1))
    elif como == "revogada":
        assert ana.delete(f"{CHAVES}/{chave.pk}").status_code == 204
    elif como == "dono inativo":
        chave.usuario.ativo = False
        chave.usuario.save()
    elif como == "dono excluido":
        chave.usuario.excluido_em = timezone.now()
        chave.usuario.save()
    answer = trocar({"inexistente": "crm_x", "vazia": "crm_"}.get(como, texto))
    assert assert_problem(answer, 401)["codigo"] == "chave_invalida"


def test_the_network_is_the_clients_own(ana):
    texto = nova(ana, redes=["203.0.113.0/24"]).json()["segredo"]
    assert trocar(texto, HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 200
    assert trocar(texto, HTTP_X_FORWARDED_FOR="198.51.100.9").status_code == 401


def test_a_turned_key_gives_way_to_the_next(ana, claims, published):
    feita = nova(ana, "clientes:ler")
    velha, uma = feita.json()["segredo"], feita["Location"]
    antes = claims(trocar(velha)).sid
    nova_chave = ana.post(f"{uma}/girar", {"manter_horas": 1}).json()["segredo"]
    assert [trocar(texto).status_code for texto in (velha, nova_chave)] == [200, 200]
    assert claims(trocar(nova_chave)).sid != antes
    ultima = ana.post(f"{uma}/girar", {"manter_horas": 0}).json()["segredo"]
    assert [trocar(texto).status_code for texto in (velha, nova_chave, ultima)] == [401, 401, 200]
    assert Revogacao.objects.filter(alvo=f"sid:{antes}").exists()
    assert not Revogacao.objects.filter(alvo=f"sid:{claims(trocar(ultima)).sid}").exists()
    assert len(published("auth.chave_api.girada.v1")) == 2
    for horas in (-1, 169, "x"):
        assert_problem(ana.post(f"{uma}/girar", {"manter_horas": horas}), 400)


def test_the_owners_rights_of_now_are_the_keys(ana, claims, papeis):
    texto = nova(ana, "clientes:ler", "clientes:criar").json()["segredo"]
    papeis["vendedor"].permissoes.filter(recurso="clientes", acao="criar").delete()
    assert claims(trocar(texto)).scopes == {"clientes:ler"}


def test_whose_keys_are_seen_and_revoked(ana, sessao, novo_usuario, claims, queries):
    feita = nova(ana, "clientes:ler")
    sid, uma = claims(trocar(feita.json()["segredo"])).sid, feita["Location"]
    bruno, dono = sessao(novo_usuario("bruno")), sessao(novo_usuario("dono", "administrador"))
    assert bruno.get(CHAVES).json()["resultados"] == []
    for answer in (bruno.get(uma), bruno.delete(uma), bruno.post(f"{uma}/girar")):
        assert_problem(answer, 404)
    with queries(2):
        assert [linha["usuario_nome"] for linha in dono.get(CHAVES).json()["resultados"]] == ["Ana"]
    assert_problem(dono.post(f"{uma}/girar"), 403)
    assert dono.delete(uma).status_code == 204
    assert Revogacao.objects.filter(alvo=f"sid:{sid}").exists()


def test_a_person_has_a_few(ana, monkeypatch):
    monkeypatch.setattr("contas.chaves_api.services.MAX_POR_PESSOA", 2)
    assert [nova(ana).status_code for _ in range(3)] == [201, 201, 422]
    assert MAX_POR_PESSOA == 20


def test_the_last_use_is_written_once_a_minute(ana, queries):
    texto = nova(ana, "clientes:ler").json()["segredo"]
    trocar(texto)
    usada = ChaveApi.objects.get().usada_em
    trocar(texto)
    assert ChaveApi.objects.get().usada_em == usada


@pytest.mark.parametrize("corpo", [{}, {"chave": 1}, {"chave": "a\0"}, {"chave": "x" * 201}, {"chave": "crm_x", "y": 1}, []])
def test_malformed_exchanges_are_400(corpo):
    assert_problem(APIClient().post(f"{CHAVES}/trocar", corpo), 400)
