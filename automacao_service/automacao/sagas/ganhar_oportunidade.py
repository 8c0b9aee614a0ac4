"""A deal is won: the task that begins the delivery, the deal closed, and company and person counted among the customers."""

from typing import Any

from crm_shared.client import Refused

from .converter_lead import excluir_tarefa, ler_id
from .definicao import Definicao, Passo, Pedido, Saida, Situacao
from .tarefa import criar_tarefa

_CLIENTE = {"ciclo_vida": "cliente"}


def ver_oportunidade(situacao: Situacao) -> Pedido:
    return Pedido("vendas", "GET", f"/vendas/{situacao.alvo_id}")


def ler_oportunidade(situacao: Situacao, oportunidade: Any) -> Saida:
    if oportunidade["status"] != "aberta":
        raise Refused("A oportunidade está fechada.", status=409, codigo="oportunidade_fechada")
    dono = oportunidade["responsavel_id"] if situacao.entrada["atribui"] else None
    return {
        "titulo": oportunidade["titulo"],
        "responsavel_id": dono or str(situacao.responsavel_id),
        "empresa_id": oportunidade["empresa_id"],
        "cliente_id": oportunidade["cliente_id"],
    }


def iniciar_entrega(situacao: Situacao) -> Pedido:
    return criar_tarefa(
        situacao,
        titulo=f"Iniciar a entrega: {situacao.de('oportunidade', 'titulo')}",
        responsavel_id=situacao.de("oportunidade", "responsavel_id"),
        cliente=situacao.de("oportunidade", "cliente_id"),
        empresa=situacao.de("oportunidade", "empresa_id"),
        oportunidade=str(situacao.alvo_id),
    )


def ganhar(situacao: Situacao) -> Pedido:
    valor = situacao.entrada.get("valor")
    return Pedido("vendas", "POST", f"/vendas/{situacao.alvo_id}/ganhar", {"valor": valor} if valor is not None else {})


def promover_empresa(situacao: Situacao) -> Pedido | None:
    empresa = situacao.de("oportunidade", "empresa_id")
    return Pedido("empresas", "PATCH", f"/empresas/{empresa}", _CLIENTE) if empresa else None


def promover_pessoa(situacao: Situacao) -> Pedido | None:
    cliente = situacao.de("oportunidade", "cliente_id")
    return Pedido("clientes", "PATCH", f"/clientes/{cliente}", _CLIENTE) if cliente else None


GANHAR_OPORTUNIDADE = Definicao(
    nome="ganhar-oportunidade",
    versao=1,
    recurso="vendas",
    escopos=("vendas:editar", "tarefas:criar"),
    alvo_recurso="vendas.oportunidade",
    passos=(
        Passo("oportunidade", ver_oportunidade, ler_oportunidade, le=True),
        Passo("tarefa", iniciar_entrega, ler_id, desfazer=excluir_tarefa),
        Passo("ganhar", ganhar, pivo=True),
        Passo("empresa", promover_empresa, opcional=True),
        Passo("cliente", promover_pessoa, opcional=True),
    ),
)
