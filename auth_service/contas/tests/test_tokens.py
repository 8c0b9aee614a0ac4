"""Access tokens as verifiers see them, and the keys by which they do."""

import ast
import json
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import contas
from contas import checks, keys, tokens
from contas.direitos import Direitos, compactar, direitos_de
from contas.papeis_padrao import PAPEIS_PADRAO
from crm_shared.auth.keys import KeySet
from crm_shared.auth.principal import Principal
from crm_shared.auth.scopes import ACOES, RECURSOS
from crm_shared.auth.tokens import TokenVerifier
from crm_shared.testing.forge import Forge

pytestmark = pytest.mark.django_db
CLAIMS = {"iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "scope", "vis", "equipes", "nome"}


def test_the_jwks_verifies_a_login(client, entrar, novo_usuario):
    answer = client.get("/auth/.well-known/jwks.json")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "public, max-age=15")
    assert client.get("/auth/.well-known/jwks.json/").json() == answer.json()

    ana = novo_usuario("ana")
    claims = TokenVerifier(KeySet.of(answer.json()), "crm-auth", ["crm"]).verify(entrar(ana.email).json()["access"])

    assert (claims.sub, claims.nome, claims.aud) == (str(ana.pk), "Ana", ("crm",))
    assert claims.exp - claims.iat == 300
    assert set(claims.raw) == CLAIMS
    assert "@" not in json.dumps(claims.raw)


def test_pyjwt_alone_verifies_it_too(client, entrar, novo_usuario):
    jwks = jwt.PyJWKSet.from_dict(client.get("/auth/.well-known/jwks.json").json())
    access = entrar(novo_usuario("ana").email).json()["access"]
    header = jwt.get_unverified_header(access)

    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": jwks.keys[0].key_id}
    assert jwt.decode(
        access, jwks[header["kid"]], algorithms=["ES256"], audience="crm", issuer="crm-auth", options={"require": list(CLAIMS)}
    )


def test_the_public_document_holds_no_private_number(client, chave):
    [key] = client.get("/auth/.well-known/jwks.json").json()["keys"]
    assert key == chave.jwk
    assert "d" not in key


def test_auth_verifies_by_its_own_keys(sessao, novo_usuario, settings):
    settings.AUTH_JWKS_URL = "http://127.0.0.1:9/"
    assert sessao(novo_usuario("ana")).get("/auth/eu").status_code == 200


def test_next_and_retired_keys_are_published_too(client, settings, tmp_path, chave):
    outra = Forge()
    folder = tmp_path / "publicadas"
    folder.mkdir()
    (folder / "proxima.pub.pem").write_bytes(outra.public_bytes(Encoding.PEM))
    (folder / "leia-me.txt").write_text("não é uma chave")
    settings.AUTH_PUBLISHED_KEYS_DIR = str(folder)

    kids = [key["kid"] for key in client.get("/auth/.well-known/jwks.json").json()["keys"]]
    assert kids == [chave.kid, outra.kid]


def _pem(curve):
    return ec.generate_private_key(curve).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("content", [None, b"", b"not a key", _pem(ec.SECP384R1())])
def test_a_bad_signing_key_refuses_the_start(settings, tmp_path, content):
    path = tmp_path / "outra.pem"
    if content is not None:
        path.write_bytes(content)
    settings.AUTH_SIGNING_KEY_FILE = str(path)

    assert [found.id for found in checks.keys_load()] == ["contas.E001"]


def test_the_good_key_passes_the_check():
    assert checks.keys_load() == []


@pytest.mark.parametrize("papel", PAPEIS_PADRAO)
def test_a_default_role_leaves_room_in_a_cookie(novo_usuario, nova_equipe, papel):
    ana = novo_usuario("ana", papel, equipe=nova_equipe("Norte"))
    ana.nome = "Maria Aparecida da Conceição Gonçalves"
    access = tokens.emitir_de_pessoa(sub=str(ana.pk), sid=str(ana.pk), nome=ana.nome, direitos=direitos_de(ana))
    assert len(access) <= 1650  # of 4096


def test_who_leads_many_teams_signs_in_with_a_browser(novo_usuario, nova_equipe):
    """What does not fit into a cookie signs nobody in; what is longer than 8 KiB no verifier reads."""
    raiz = nova_equipe("Brasil")
    for numero in range(80):
        nova_equipe(f"Loja {numero}", pai=raiz)
    ana = novo_usuario("ana", "gerente", equipe=raiz)
    access = tokens.emitir_de_pessoa(sub=str(ana.pk), sid=str(ana.pk), nome=ana.nome, direitos=direitos_de(ana))
    assert len(access) < 4096 - len("__Host-acesso")
    assert Principal.from_claims(_claims(ana)).equipes == direitos_de(ana).equipes


def test_signing_by_anything_else_is_impossible():
    from rest_framework_simplejwt.state import token_backend

    assert token_backend.algorithm == "ES256"
    with pytest.raises(TypeError):
        token_backend.encode({"sub": "x"})


def test_one_module_knows_simplejwt():
    folder = Path(contas.__file__).parent
    importers = set()
    for path in folder.rglob("*.py"):
        names = {getattr(node, "module", None) for node in ast.walk(ast.parse(path.read_text()))} | {
            alias.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Import) for alias in node.names
        }
        if any(name and name.startswith("rest_framework_simplejwt") for name in names) and "tests" not in path.parts:
            importers.add(path.name)
    assert importers == {"tokens.py"}


# -- vis --


def _expanded(niveis):
    """Each scope's level as a verifier reads it from the compact claim."""
    principal = Principal("x", frozenset(niveis), compactar(niveis), ())
    return {escopo: principal.nivel(*escopo.split(":")) for escopo in niveis}


@pytest.mark.parametrize("papel", PAPEIS_PADRAO)
def test_the_compact_form_says_the_same(papel):
    niveis = {f"{recurso}:{acao}": nivel for (recurso, acao), nivel in PAPEIS_PADRAO[papel].niveis.items()}
    assert _expanded(niveis) == niveis


def test_exceptions_within_a_resource_are_kept():
    niveis = {"vendas:ler": "todos", "vendas:criar": "proprio", "vendas:editar": "proprio", "tarefas:ler": "todos", "leads:ler": "todos"}
    assert compactar(niveis) == {"*": "todos", "vendas": "proprio", "vendas:ler": "todos"}
    assert _expanded(niveis) == niveis


def test_no_rights_see_no_more_than_their_own():
    assert compactar({}) == {"*": "proprio"}


def test_default_roles_use_the_vocabulary():
    for papel in PAPEIS_PADRAO.values():
        for recurso, acao in papel.niveis:
            assert recurso in RECURSOS
            assert acao in ACOES


def test_the_default_roles_are_those_of_the_design(papeis):
    vendedor = direitos_de_papel(papeis["vendedor"])
    assert vendedor.vis == {"*": "proprio", "automacao": "todos", "empresas": "todos", "produtos": "todos"}
    assert {"tarefas:excluir", "pessoais:ler"} <= set(vendedor.escopos)
    assert not {"clientes:excluir", "vendas:importar", "usuarios:criar"} & set(vendedor.escopos)
    gerente = direitos_de_papel(papeis["gerente"])
    assert gerente.vis == {"*": "equipe", "automacao": "todos", "empresas": "todos", "produtos": "todos"}
    assert {"vendas:importar", "vendas:administrar", "clientes:administrar"} <= set(gerente.escopos)
    assert not {"usuarios:criar", "papeis:ler"} & set(gerente.escopos)
    leitura = direitos_de_papel(papeis["leitura"])
    assert {escopo.split(":")[1] for escopo in leitura.escopos} == {"ler"}
    assert "pessoais:ler" not in leitura.escopos
    assert direitos_de_papel(papeis["atendente"]).vis == {"*": "equipe"}
    assert direitos_de_papel(papeis["administrador"]).vis == {"*": "todos"}


def direitos_de_papel(papel) -> Direitos:
    return Direitos({item.escopo: item.visibilidade for item in papel.permissoes.all()})


# -- equipes --


def test_own_team_first_then_below_then_those_led(novo_usuario, nova_equipe):
    sul = nova_equipe("Sul")
    porto = nova_equipe("Porto Alegre", pai=sul)
    centro = nova_equipe("Centro", pai=porto)
    ana = novo_usuario("ana", "gerente", equipe=sul)
    norte = nova_equipe("Norte", lider=ana)
    belem = nova_equipe("Belém", pai=norte)
    nova_equipe("Leste")
    nova_equipe("Extinta", pai=sul, excluido_em="2026-01-01T00:00Z")

    assert direitos_de(ana).equipes == (sul.pk, porto.pk, centro.pk, norte.pk, belem.pk)
    assert Principal.from_claims(_claims(ana)).equipe_id == sul.pk


def _claims(usuario):
    access = tokens.emitir_de_pessoa(sub=str(usuario.pk), sid="s", nome="", direitos=direitos_de(usuario))
    return TokenVerifier(KeySet.of(keys.jwks()), "crm-auth", ["crm"]).verify(access)


def test_without_a_team_there_is_none(novo_usuario):
    assert direitos_de(novo_usuario("ana")).equipes == ()
