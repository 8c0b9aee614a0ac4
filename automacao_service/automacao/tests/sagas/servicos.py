"""The services that a saga works with, as it sees them: they verify tokens, know what a key did, and fail as they are told."""

import re
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import jwt

from crm_shared.identity.search import matches, search_terms, search_text
from crm_shared.testing.forge import Forge
from crm_shared.testing.http_server import Call, Reply

CANCELADA = Reply(409, {"codigo": "idempotencia_cancelada"})
NAO_ACHADO = Reply(404, {"codigo": "nao_encontrado"})


@dataclass
class Defeito:
    """What is wrong with requests like `METODO /caminho` (a pattern), for the next `vezes` of them.

    A Reply is given instead of the effect. `perdida`: the effect takes place, the answer is lost. `tarde`: the caller hears
    nothing, and the request takes effect when `chegar()` is called.
    """

    onde: str
    como: Reply | str
    vezes: int = 1000
    cancelamento: bool = False  # it is the withdrawals that fail

    def serve(self, call: Call) -> bool:
        cancela = "Idempotency-Cancel" in call.headers
        return (
            self.vezes > 0 and cancela == self.cancelamento and bool(re.fullmatch(self.onde, f"{call.method} {urlsplit(call.path).path}"))
        )


@dataclass
class Servicos:
    chaves: Forge = field(default_factory=Forge)
    leads: dict[str, dict[str, Any]] = field(default_factory=dict)
    empresas: dict[str, dict[str, Any]] = field(default_factory=dict)
    vendas: dict[str, dict[str, Any]] = field(default_factory=dict)
    tarefas: dict[str, dict[str, Any]] = field(default_factory=dict)
    vinculos: dict[str, dict[str, Any]] = field(default_factory=dict)
    clientes: dict[str, dict[str, Any]] = field(default_factory=dict)
    respostas: dict[tuple[str, str], tuple[Any, Reply]] = field(default_factory=dict)
    defeitos: list[Defeito] = field(default_factory=list)
    chamadas: list[Call] = field(default_factory=list)
    atrasadas: list[Call] = field(default_factory=list)
    validade: int = 120  # seconds of a token; with 15 it is asked for anew each time
    inativos: set[str] = field(default_factory=set)
    ao_chamar: Any = field(default_factory=lambda: lambda _call: None)
    trava: Any = field(default_factory=threading.RLock)

    def novo_lead(self, **campos: Any) -> str:
        identifier = str(uuid4())
        padrao = {
            "status": "qualificado",
            "empresa_nome": "Padaria Sol",
            "interesse": "Fornos",
            "valor_estimado": "1500.00",
            "fonte": "site",
        }
        self.leads[identifier] = {"id": identifier, "cliente_id": str(uuid4()), "responsavel_id": None, **padrao, **campos}
        return identifier

    def nova_empresa(self, nome: str, cnpj: str = "") -> str:
        return self._novo(self.empresas, {"nome_fantasia": nome, "razao_social": "", "cnpj": cnpj}).body["id"]

    def nova_oportunidade(self, **campos: Any) -> str:
        padrao = {
            "status": "aberta",
            "titulo": "Fornos",
            "responsavel_id": None,
            "empresa_id": self.nova_empresa("X"),
            "cliente_id": str(uuid4()),
        }
        return self._novo(self.vendas, {**padrao, **campos}).body["id"]

    @property
    def criados(self) -> dict[str, int]:
        return {nome: len(getattr(self, nome)) for nome in ("empresas", "vendas", "tarefas", "vinculos")}

    def chegar(self) -> list[Reply]:
        """What was on its way arrives at last, as it was sent."""
        atrasadas, self.atrasadas = self.atrasadas, []
        return [self._uma_vez(call) for call in atrasadas]

    # -- HTTP --

    def __call__(self, call: Call) -> Reply:
        if call.path == "/auth/interno/token":
            return self._ficha(call)
        token = call.headers.get("Authorization", "").removeprefix("Bearer ")
        servico = call.path.split("/")[1].partition("?")[0]
        jwt.decode(token, self.chaves.private.public_key(), ["ES256"], audience=servico)
        with self.trava:
            self.chamadas.append(call)
            self.ao_chamar(call)
            defeito = next((item for item in self.defeitos if item.serve(call)), None)
            if defeito is None:
                return self._uma_vez(call)
            defeito.vezes -= 1
            if isinstance(defeito.como, Reply):
                return defeito.como
            if defeito.como == "perdida":
                self._uma_vez(call)
            else:
                self.atrasadas.append(call)
            return Reply(cut=True)

    def _ficha(self, call: Call) -> Reply:
        obo = call.body.get("obo")
        if obo in self.inativos:
            return Reply(422, {"codigo": "obo_inativo"})
        extra = {"obo": obo} if obo else {}
        claims = self.chaves.service_claims("automacao", call.body["audiencia"], scope="tudo:ler", **extra)
        return Reply(200, {"access": self.chaves.sign(claims), "expires_in": self.validade})

    def _uma_vez(self, call: Call) -> Reply:
        """As crm_shared.api.idempotency: one effect for each key, none for one that was withdrawn."""
        chave = (call.path, call.headers.get("Idempotency-Key", ""))
        if not chave[1]:
            return self._efeito(call)
        if chave in self.respostas:
            corpo, resposta = self.respostas[chave]
            return resposta if corpo == call.body or resposta is CANCELADA else Reply(422, {"codigo": "idempotencia_conflito"})
        resposta = CANCELADA if "Idempotency-Cancel" in call.headers else self._efeito(call)
        if resposta.status < 300 or resposta is CANCELADA:
            self.respostas[chave] = (call.body, resposta)
        return resposta

    def _efeito(self, call: Call) -> Reply:
        url = urlsplit(call.path)
        partes = url.path.strip("/").split("/")
        if partes[:2] == ["clientes", "leads"]:
            return self._lead(partes[2], call)
        if partes[0] == "clientes":
            return (
                self._novo(self.vinculos, {**call.body, "cliente_id": partes[1]})
                if call.method == "POST"
                else self._mudar(self.clientes, partes, call)
            )
        linhas = getattr(self, partes[0])
        if call.method == "POST" and partes[2:] == ["ganhar"]:
            return self._ganhar(partes[1], call)
        if call.method == "POST":
            return self._novo(linhas, call.body)
        if call.method == "GET" and len(partes) == 1:
            return self._buscar(linhas, parse_qs(url.query))
        if call.method == "DELETE":
            return Reply(204) if linhas.pop(partes[1], None) else NAO_ACHADO
        if call.method == "PATCH":
            return self._mudar(linhas, partes, call)
        return Reply(200, linhas[partes[1]]) if partes[1] in linhas else NAO_ACHADO

    def _mudar(self, linhas: dict[str, dict[str, Any]], partes: list[str], call: Call) -> Reply:
        linhas.setdefault(partes[1], {"id": partes[1]}).update(call.body)
        return Reply(200, linhas[partes[1]])

    def _lead(self, identifier: str, call: Call) -> Reply:
        lead = self.leads.get(identifier)
        if lead is None:
            return NAO_ACHADO
        if call.method == "POST":
            if lead["status"] != "qualificado":
                return Reply(409, {"codigo": "transicao_nao_permitida"})
            lead |= {"status": "convertido", "oportunidade_id": call.body["oportunidade_id"]}
        return Reply(200, lead)

    def _ganhar(self, identifier: str, call: Call) -> Reply:
        deal = self.vendas[identifier]
        if deal["status"] != "aberta":
            return Reply(409, {"codigo": "transicao_nao_permitida"})
        deal |= {"status": "ganha", **call.body}
        return Reply(200, deal)

    def _novo(self, linhas: dict[str, dict[str, Any]], corpo: dict[str, Any]) -> Reply:
        identifier = str(uuid4())
        linhas[identifier] = {"razao_social": "", **corpo, "id": identifier, "codigo": "OP-2026-00001"}
        return Reply(201, linhas[identifier])

    def _buscar(self, linhas: dict[str, dict[str, Any]], filtros: dict[str, list[str]]) -> Reply:
        if cnpj := filtros.get("cnpj"):
            achadas = [linha for linha in linhas.values() if linha.get("cnpj") == cnpj[0]]
        else:
            termos = search_terms(filtros["busca"][0])
            achadas = [linha for linha in linhas.values() if matches(search_text(linha["nome_fantasia"]), termos)]
        return Reply(200, {"resultados": achadas, "proximo": None, "anterior": None})
