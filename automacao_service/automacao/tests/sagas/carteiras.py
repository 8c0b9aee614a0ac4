"""Who owns what in every service, and the operations by which it changes hands, as a saga sees them."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from automacao.sagas.entregar_carteira import RECURSOS
from crm_shared.testing.http_server import Call, Reply

from .servicos import NAO_ACHADO, Servicos

CORRENDO = ("na_fila", "executando")
INICIADA = {"total": None, "feitos": 0, "erros": 0, "desfeitos": 0, "motivo": "", "desfazer_ate": None}


@dataclass
class Carteiras(Servicos):
    """`donos`: by collection, record -> owner. Each look at an operation finds it `porcao` records further."""

    donos: dict[str, dict[str, str]] = field(default_factory=lambda: {recurso: {} for recurso in RECURSOS})
    operacoes: dict[str, dict[str, Any]] = field(default_factory=dict)
    ativos: dict[str, bool] = field(default_factory=dict)
    porcao: int = 2

    def novo(self, recurso: str, dono: str) -> str:
        identifier = str(uuid4())
        self.donos[recurso][identifier] = dono
        return identifier

    def de(self, dono: str) -> int:
        return sum(list(registros.values()).count(dono) for registros in self.donos.values())

    def _efeito(self, call: Call) -> Reply:
        partes = urlsplit(call.path).path.strip("/").split("/")
        if partes[:2] == ["auth", "usuarios"]:
            return Reply(200, {"id": partes[2], "ativo": self.ativos[partes[2]]}) if partes[2] in self.ativos else NAO_ACHADO
        if partes[-1] == "lote":
            return self._lote("/".join(partes[:-1]), call.body)
        return self._operacao(self.operacoes[partes[2]], partes[3] if partes[3:] else "")

    def _lote(self, recurso: str, corpo: dict[str, Any]) -> Reply:
        assert corpo.keys() == {"operacao", "selecao", "valores"}
        assert corpo["operacao"] == "atribuir"
        dono = corpo["selecao"]["filtros"]["responsavel_id"]
        operacao = {
            "id": str(uuid4()),
            "recurso": recurso,
            "estado": "na_fila",
            **INICIADA,
            "para": corpo["valores"]["responsavel_id"],
            "de": dono,
            "faltam": [registro for registro, quem in self.donos[recurso].items() if quem == dono],
            "dados": [],
        }
        self.operacoes[operacao["id"]] = operacao
        return Reply(202, {**operacao})

    def _operacao(self, operacao: dict[str, Any], verbo: str) -> Reply:
        if verbo == "cancelar":
            encerrada = Reply(409, {"codigo": "operacao_encerrada"})
            return self._encerrar(operacao, "cancelada") if operacao["estado"] in CORRENDO else encerrada
        if verbo == "desfazer":
            return self._desfazer(operacao)
        if operacao["estado"] == "desfazendo":
            self._devolver(operacao)
        elif operacao["estado"] in CORRENDO:
            self._trabalhar(operacao)
        return Reply(200, {**operacao})

    def _encerrar(self, operacao: dict[str, Any], estado: str) -> Reply:
        operacao |= {"estado": estado, "faltam": [], "desfazer_ate": "2027-01-01T00:00:00Z" if operacao["dados"] else None}
        return Reply(200, {**operacao})

    def _trabalhar(self, operacao: dict[str, Any]) -> None:
        operacao |= {"estado": "executando", "total": operacao["total"] or len(operacao["faltam"])}
        for _ in range(min(self.porcao, len(operacao["faltam"]))):
            registro = operacao["faltam"].pop()
            self.donos[operacao["recurso"]][registro] = operacao["para"]
            operacao["dados"].append(registro)
            operacao["feitos"] += 1
        if not operacao["faltam"]:
            self._encerrar(operacao, "concluida")

    def _desfazer(self, operacao: dict[str, Any]) -> Reply:
        if operacao["estado"] not in ("concluida", "falhou", "cancelada"):
            return Reply(409, {"codigo": "operacao_nao_encerrada"})
        if not operacao["desfazer_ate"]:
            return Reply(422, {"codigo": "nao_pode_ser_desfeita"})
        operacao["estado"] = "desfazendo"
        return Reply(200, {**operacao})

    def _devolver(self, operacao: dict[str, Any]) -> None:
        for _ in range(min(self.porcao, len(operacao["dados"]))):
            registro = operacao["dados"].pop()
            operacao["desfeitos"] += 1
            if self.donos[operacao["recurso"]][registro] == operacao["para"]:  # else others changed it since
                self.donos[operacao["recurso"]][registro] = operacao["de"]
        if not operacao["dados"]:
            operacao |= {"estado": "desfeita", "desfazer_ate": None}
