"""The exchange against a server that verifies the assertion with the public key, as auth does."""

import time

import jwt
import pytest
from django.core.exceptions import ImproperlyConfigured

from crm_shared.auth.service_tokens import ServiceTokens
from crm_shared.client import Refused, ServiceClient
from crm_shared.testing.forge import Forge
from crm_shared.testing.http_server import Reply, serving


class Relogio:
    agora = 1000.0

    def __call__(self):
        return self.agora


@pytest.fixture
def chaves():
    return Forge()


@pytest.fixture
def arquivo(chaves, tmp_path):
    path = tmp_path / "automacao.pem"
    path.write_bytes(chaves.private_pem)
    return str(path)


def auth(chaves, vistos):
    """Answers as auth does, and notes the verified claims."""

    def responder(call):
        pedido = call.body
        try:
            claims = jwt.decode(
                pedido["assertion"],
                chaves.private.public_key(),
                algorithms=["ES256"],
                audience="crm-auth",
                issuer="svc:automacao",
                options={"require": ["iss", "sub", "aud", "iat", "exp", "jti"]},
            )
        except jwt.PyJWTError:
            return Reply(401, {"codigo": "assercao_invalida"})
        vistos.append((claims, pedido))
        if pedido.get("obo") == "saiu":
            return Reply(403, {"codigo": "usuario_inativo"})
        return Reply(200, {"access": f"token-{len(vistos)}", "expires_in": 120})

    return responder


def test_one_exchange_serves_until_shortly_before_the_end(chaves, arquivo):
    vistos, relogio = [], Relogio()
    with serving(auth(chaves, vistos)) as server:
        tokens = ServiceTokens("automacao", ServiceClient(server.url), arquivo, clock=relogio)
        assert {tokens.token("tarefas", "ana") for _ in range(3)} == {"token-1"}
        relogio.agora += 104
        assert tokens.token("tarefas", "ana") == "token-1"
        relogio.agora += 2
        assert tokens.token("tarefas", "ana") == "token-2"
    claims, pedido = vistos[0]
    assert (claims["sub"], pedido["audiencia"], pedido["obo"]) == ("svc:automacao", "tarefas", "ana")
    assert claims["exp"] - claims["iat"] <= 60
    assert abs(claims["iat"] - time.time()) < 5
    assert vistos[0][0]["jti"] != vistos[1][0]["jti"]


def test_each_audience_and_person_has_a_token_of_its_own(chaves, arquivo):
    vistos = []
    with serving(auth(chaves, vistos)) as server:
        tokens = ServiceTokens("automacao", ServiceClient(server.url), arquivo)
        pairs = [("tarefas", "ana"), ("tarefas", "bruno"), ("clientes", "ana"), ("tarefas", None)]
        assert len({tokens.token(*pair) for pair in pairs * 2}) == 4
    assert "obo" not in vistos[3][1]


def test_a_forgotten_token_is_exchanged_anew(chaves, arquivo):
    vistos = []
    with serving(auth(chaves, vistos)) as server:
        fonte = ServiceTokens("automacao", ServiceClient(server.url), arquivo).acting("tarefas", "ana")
        first = fonte.token()
        fonte.forget()
        assert fonte.token() != first


def test_a_denied_person_is_refused_for_good(chaves, arquivo):
    with serving(auth(chaves, [])) as server, pytest.raises(Refused) as refusal:
        ServiceTokens("automacao", ServiceClient(server.url), arquivo).token("tarefas", "saiu")
    assert refusal.value.codigo == "usuario_inativo"


@pytest.mark.parametrize("conteudo", [b"", b"-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n"])
def test_a_bad_key_stops_the_start(tmp_path, conteudo):
    path = tmp_path / "ruim.pem"
    path.write_bytes(conteudo)
    with pytest.raises(ImproperlyConfigured, match="SERVICE_KEY_FILE"):
        ServiceTokens("automacao", ServiceClient("http://127.0.0.1:9"), str(path))
