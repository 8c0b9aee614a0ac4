"""The kinds of step: what each does. A step may be run again after a crash, so its effect hangs on its idempotency key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from crm_shared.records.references import CLIENTE, EMPRESA, OPORTUNIDADE

from .chamadas import cliente_de
from .textos import preencher

TIPOS = (("criar_tarefa", "criar tarefa"), ("aguardar", "aguardar"))
TITULO_MAX = 200
VINCULAVEIS = {CLIENTE: "cliente_id", EMPRESA: "empresa_id", OPORTUNIDADE: "oportunidade_id"}


@dataclass(frozen=True)
class Trabalho:
    """What a step knows: its parameters, the run's values, when the step first began, for whom, under which key."""

    parametros: Mapping[str, Any]
    dados: Mapping[str, Any]
    pessoais: Mapping[str, Any]
    alvo_recurso: str
    alvo_id: str
    dono_id: str
    inicio: datetime
    chave: str


@dataclass(frozen=True)
class Feito:
    saida: dict[str, Any]


@dataclass(frozen=True)
class Espera:
    ate: datetime


def criar_tarefa(trabalho: Trabalho) -> Feito:
    """One task, however often the step runs: tarefas answers a repeated key with its first result."""
    corpo = corpo_da_tarefa(trabalho)
    answer = cliente_de("tarefas", trabalho.dono_id).request("POST", "/tarefas", json=corpo, idempotency_key=trabalho.chave)
    return Feito({"tarefa_id": answer.data["id"]})


def corpo_da_tarefa(trabalho: Trabalho) -> dict[str, Any]:
    """The same bytes at every try: tarefas refuses a key that comes with another body."""
    parametros = trabalho.parametros
    valores = {**trabalho.dados, **trabalho.pessoais}
    do_registro = parametros["para"] == "responsavel"
    return {
        "titulo": preencher(parametros["titulo"], valores, TITULO_MAX),
        "tipo": parametros["tipo"],
        "prioridade": parametros["prioridade"],
        "prazo_dias_uteis": parametros["prazo_dias_uteis"],
        # a record without an owner falls to the owner of the flow
        "responsavel_id": (trabalho.dados.get("responsavel_id") or trabalho.dono_id) if do_registro else parametros["para"],
        "vinculos": _vinculos(trabalho),
    }


def _vinculos(trabalho: Trabalho) -> list[dict[str, str]]:
    """The record that the event is about, and those that it names, as far as tasks can be about them."""
    citados = {recurso: trabalho.dados.get(campo) for recurso, campo in VINCULAVEIS.items()}
    if trabalho.alvo_recurso in VINCULAVEIS:
        citados[trabalho.alvo_recurso] = trabalho.alvo_id
    return [{"recurso": recurso, "id": identifier} for recurso, identifier in citados.items() if identifier]


def aguardar(trabalho: Trabalho) -> Feito | Espera:
    ate = trabalho.inicio + timedelta(**{_UNIDADES[nome]: valor for nome, valor in trabalho.parametros.items()})
    return Feito({}) if timezone.now() >= ate else Espera(ate)


_UNIDADES = {"dias": "days", "horas": "hours", "minutos": "minutes"}
PASSOS: dict[str, Callable[[Trabalho], Feito | Espera]] = {"criar_tarefa": criar_tarefa, "aguardar": aguardar}
