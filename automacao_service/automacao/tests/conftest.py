"""A flow to work with, and auth and tarefas as automacao sees them: one server that verifies and counts for real."""

import threading
import time
from uuid import uuid4

import jwt
import pytest

from crm_shared.events.contracts import clientes
from crm_shared.testing.forge import Forge
from crm_shared.testing.http_server import Reply, serving

CRIADO = clientes.ClienteCriado.TIPO
LIGAR = {"tipo": "criar_tarefa", "parametros": {"titulo": "Ligar para {{nome}}", "tipo": "ligacao", "prazo_dias_uteis": 2}}


@pytest.fixture
def novo():
    """A body that POST /automacao accepts: somebody came by the site, so somebody is to call."""
    return {
        "nome": "Boas-vindas",
        "gatilho": {"evento": CRIADO, "condicoes": [{"campo": "origem", "operador": "igual", "valor": "site"}]},
        "passos": [LIGAR],
    }


@pytest.fixture
def publicado(api, db):
    """`publicado(corpo)` is a flow of ana's in force, as the API answers."""

    def publicar(corpo, **entrada):
        fluxo = api(**entrada).post("/automacao", corpo)
        assert fluxo.status_code == 201, fluxo.content
        answer = api(**entrada).post(f"/automacao/{fluxo.json()['id']}/publicar")
        assert answer.status_code == 200, answer.content
        return answer.json()

    return publicar


@pytest.fixture
def fluxo(publicado, novo):
    return publicado(novo)


@pytest.fixture
def cliente(bruno):
    """`cliente(origem="site")` is the event of a new person of bruno's."""

    def evento(contrato=clientes.ClienteCriado, **valores):
        padrao = {"nome": "Zé", "cpf": "", "email": "ze@x.br", "telefone": "", "ciclo_vida": "lead", "origem": "site"}
        return contrato(**{**padrao, "responsavel_id": str(bruno.id), "equipe_id": str(bruno.equipe), **valores})

    return evento


class Mundo:
    """auth and tarefas. `antes` and `depois` are called around the effect of POST /tarefas, as often as it is asked for."""

    def __init__(self):
        self.chaves = Forge()
        self.tarefas = {}
        self.chamadas = []
        self.obos = []
        self.antes = self.depois = lambda vez: None
        self.resposta = None
        self._trava = threading.Lock()

    def __call__(self, call):
        return self._ficha(call) if call.path == "/auth/interno/token" else self._tarefa(call)

    def _ficha(self, call):
        try:
            jwt.decode(call.body["assertion"], self.chaves.private.public_key(), ["ES256"], audience="crm-auth", issuer="svc:automacao")
        except jwt.PyJWTError:
            return Reply(401, {"codigo": "assercao_invalida"})
        self.obos.append(call.body["obo"])
        claims = self.chaves.service_claims("automacao", call.body["audiencia"], obo=call.body["obo"], scope="tarefas:criar")
        return Reply(200, {"access": self.chaves.sign(claims), "expires_in": 120})

    def _tarefa(self, call):
        token = call.headers.get("Authorization", "").removeprefix("Bearer ")
        jwt.decode(token, self.chaves.private.public_key(), ["ES256"], audience="tarefas")
        self.chamadas.append(call)
        vez = len(self.chamadas)
        self.antes(vez)
        resposta = self.resposta(vez) if callable(self.resposta) else self.resposta
        if resposta:
            return resposta
        with self._trava:
            corpo, tarefa = self.tarefas.setdefault(call.headers["Idempotency-Key"], (call.body, str(uuid4())))
        if corpo != call.body:
            return Reply(422, {"codigo": "idempotencia_conflito"})
        self.depois(vez)
        return Reply(201, {"id": tarefa})


@pytest.fixture
def mundo(settings, tmp_path):
    from automacao import chamadas

    world = Mundo()
    key = tmp_path / "automacao.pem"
    key.write_bytes(world.chaves.private_pem)
    with serving(world) as server:
        settings.AUTH_URL = settings.TAREFAS_URL = server.url
        settings.SERVICE_KEY_FILE = str(key)
        chamadas.fichas.cache_clear()
        chamadas.cliente_de.cache_clear()
        yield world
    chamadas.fichas.cache_clear()
    chamadas.cliente_de.cache_clear()


def esperar(pronto, segundos=15.0):
    """Until `pronto()` is true; answers what it answered last."""
    fim = time.monotonic() + segundos
    while not (achado := pronto()) and time.monotonic() < fim:
        time.sleep(0.05)
    return achado
